import assert from "node:assert/strict";
import { test } from "node:test";
import { stackDots } from "../../src/practice/dots.ts";

test("dots that are apart stand on the line, each in the column of its place", () => {
  const dots = stackDots([10, 42], 8, 64);
  assert.deepEqual(dots, [
    { x_px: 8, up_px: 4 },
    { x_px: 40, up_px: 4 },
  ]);
});

test("dots that are alike stand on top of each other", () => {
  const ups = stackDots([20, 21, 22], 8, 64).map(({ up_px }) => up_px);
  assert.deepEqual(ups, [4, 12, 20]);
});

test("columns that are too high are pressed together, all by as much, and none leaves the room", () => {
  const dots = stackDots([...Array(100).fill(16), 40, 40], 8, 64);
  assert.ok(Math.max(...dots.map(({ up_px }) => up_px)) <= 60 + 1e-9);
  assert.ok(
    Math.abs(dots[1]!.up_px - dots[0]!.up_px - (dots[101]!.up_px - dots[100]!.up_px)) < 1e-9,
  );
});

test("no dots are no dots", () => assert.deepEqual(stackDots([], 8, 64), []));
