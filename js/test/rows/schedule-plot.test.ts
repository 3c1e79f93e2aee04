import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { courseOf, drawnAt, shareAt } from "../../src/rows/schedule-plot.ts";

const { one_cycle } = JSON.parse(
  readFileSync(new URL("../../../tests/data/vectors.json", import.meta.url), "utf8"),
);

const WARM_UP = [
  [0, 0],
  [0.03, 1],
  [1, 0],
] as const;

test("the points of a schedule are joined by straight lines", () => {
  assert.equal(shareAt(WARM_UP, 0), 0);
  assert.ok(Math.abs(shareAt(WARM_UP, 0.015) - 0.5) < 1e-12);
  assert.equal(shareAt(WARM_UP, 0.03), 1);
  assert.ok(Math.abs(shareAt(WARM_UP, 0.515) - 0.5) < 1e-12);
  assert.equal(shareAt(WARM_UP, 1), 0);
});

test("a step from one rate to another", () => {
  const halved = [
    [0, 1],
    [0.5, 1],
    [0.5, 0.5],
    [1, 0.5],
  ] as const;
  assert.deepEqual(
    [0, 0.5, 0.6, 1].map((time) => shareAt(halved, time)),
    [1, 1, 0.5, 0.5],
  );
});

test("where it is highest, and what it starts and ends with", () => {
  assert.deepEqual(courseOf(WARM_UP), { peak: 0.03, start: 0, end: 0 });
  const courses = one_cycle.map(({ out }: { out: [number, number][] }) => courseOf(out));
  assert.deepEqual(courses, [
    { peak: 0.25, start: 0.04, end: 1e-5 },
    { peak: 0.3, start: 0.04, end: 4e-6 },
  ]);
});

test("a line is drawn at a grid and at each point beside it", () => {
  const times = drawnAt(WARM_UP);
  assert.equal(times.length, 122);
  assert.ok(times.includes(0.03));
  for (const { out } of one_cycle) assert.equal(drawnAt(out).length, 121);
});

test("the one-cycle schedules are drawn as half a cosine up and half a cosine down", () => {
  for (const { peak, start, end, out } of one_cycle) {
    for (const time of drawnAt(out)) {
      const [from, way] =
        time < peak ? [1 / start, time / peak] : [1 / end, (1 - time) / (1 - peak)];
      const share = from + ((1 - from) * (1 - Math.cos(Math.PI * way))) / 2;
      const off_decades = Math.abs(Math.log10(shareAt(out, time) / share));
      assert.ok(off_decades < 0.004, `${off_decades} decades at ${time}: a fifth of a px`);
    }
  }
});
