import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interval } from "../../src/math/scale.ts";
import { sidesOf } from "../../src/practice/mark-names.ts";

const PLOT: Interval = [88, 700];

test("of two lines the left one has its name on the left, in whatever order they come", () => {
  const [left, right] = [
    { x_px: 300, width_px: 60 },
    { x_px: 310, width_px: 30 },
  ];
  assert.deepEqual(sidesOf([left, right], PLOT), ["end", "start"]);
  assert.deepEqual(sidesOf([right, left], PLOT), ["start", "end"]);
});

test("two at one place have one name on each side", () => {
  const name = { x_px: 300, width_px: 60 };
  assert.deepEqual(sidesOf([name, name], PLOT), ["end", "start"]);
});

test("one alone stands on the right, where there is room", () => {
  assert.deepEqual(sidesOf([{ x_px: 300, width_px: 60 }], PLOT), ["start"]);
  assert.deepEqual(sidesOf([{ x_px: 680, width_px: 60 }], PLOT), ["end"]);
});

test("a name that has no room on its side stands on the other", () => {
  const near = [
    { x_px: 100, width_px: 60 },
    { x_px: 120, width_px: 60 },
  ];
  assert.deepEqual(sidesOf(near, PLOT), ["start", "start"]);
  assert.deepEqual(sidesOf([], PLOT), []);
});
