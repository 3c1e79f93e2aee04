// The formulas that Python and the page both compute, held together by one file.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { formatLr, plannedLr, spread } from "../../src/math/scale.ts";
import {
  extended,
  linePlaces,
  linePoints,
  runningMedian,
  smooth,
  yRange,
} from "../../src/math/smoothing.ts";
import { fillCode } from "../../src/rows/pick-readout.ts";

type Stored = number | string;
const vectors = JSON.parse(
  readFileSync(new URL("../../../tests/data/vectors.json", import.meta.url), "utf8"),
);

function number(stored: Stored): number {
  if (typeof stored === "number") return stored;
  return (
    { nan: NaN, inf: Infinity, "-inf": -Infinity }[stored] ?? assert.fail(`no number: ${stored}`)
  );
}

function numbers(stored: readonly Stored[]): number[] {
  return stored.map(number);
}

function assertClose(got: readonly number[], stored: readonly Stored[]): void {
  const wanted = numbers(stored);
  assert.equal(got.length, wanted.length);
  wanted.forEach((want, i) => {
    const near = Object.is(got[i], want) || Math.abs(got[i]! - want) <= 1e-12 * Math.abs(want);
    assert.ok(near, `at ${i}: got ${got[i]}, wanted ${want}`);
  });
}

test("every formula has vectors", () => {
  for (const name of [
    "spread",
    "planned_lr",
    "running_median",
    "y_range",
    "extended",
    "smooth",
    "line_points",
    "line_places",
    "lowest",
    "format_lr",
    "fill_code",
    "one_cycle",
  ]) {
    assert.ok(vectors[name].length > 0, name);
  }
});

test("spread", () => {
  for (const { lo, hi, n, out } of vectors.spread) assertClose(spread(lo, hi, n), out);
});

test("planned rates", () => {
  for (const { out, ...plan } of vectors.planned_lr) {
    assertClose(
      numbers(out).map((_, step) => plannedLr(plan, step)),
      out,
    );
  }
});

test("running median", () => {
  for (const { losses, out } of vectors.running_median) {
    assertClose(runningMedian(numbers(losses)), out);
  }
});

test("y range", () => {
  for (const { losses, out } of vectors.y_range) assertClose(yRange(numbers(losses)), out);
});

test("room for other curves", () => {
  for (const { shown, others, out } of vectors.extended) assertClose(extended(shown, others), out);
});

test("smooth line", () => {
  for (const { log10_lrs, losses, at, out } of vectors.smooth) {
    assertClose(smooth(numbers(log10_lrs), numbers(losses), numbers(at)), out);
  }
});

test("points of the smooth line", () => {
  for (const { n, out } of vectors.line_points) assert.deepEqual(linePoints(n), out);
  for (const { losses, out } of vectors.line_places) {
    assert.deepEqual(linePlaces(numbers(losses)), out);
  }
});

test("the drawn line is lowest where Python reads it to be", () => {
  for (const { log10_lrs, losses, out } of vectors.lowest) {
    const at = linePlaces(numbers(losses)).map((i) => log10_lrs[i]!);
    const line = smooth(log10_lrs, numbers(losses), at);
    const lowest = at[line.indexOf(Math.min(...line))]!;
    assert.ok(Math.abs(lowest - out) < 1e-9, `${lowest} ${out}`);
  }
});

test("how a rate is written", () => {
  for (const { lr, out } of vectors.format_lr) assert.equal(formatLr(number(lr)), out);
});

test("how a line of code is filled", () => {
  for (const { code, pick, n_groups, out } of vectors.fill_code) {
    assert.equal(fillCode(code, pick, n_groups), out);
  }
});
