import assert from "node:assert/strict";
import { test } from "node:test";
import { grown, smooth, smoother, yRange } from "../../src/math/smoothing.ts";

test("a diverged tail does not flatten the descent", () => {
  const losses = [2.5, 2.5, 2.4, 2.0, 1.5, 1.0, 0.9, 1.0, 40, 63];
  const [low, high] = yRange(losses);
  assert.ok(low >= 0 && high < 4, `${low} ${high}`);
});

test("a constant loss has a range and a level line", () => {
  const losses = [1, 1, 1, 1, 1, 1];
  const xs = [-7, -6.9, -6.8, -6.7, -6.6, -6.5];
  const [low, high] = yRange(losses);
  assert.ok(low < 1 && high > 1);
  for (const y of smooth(xs, losses, xs)) assert.ok(Math.abs(y - 1) < 1e-12);
});

test("far from every point the line has no value", () => {
  const at = smoother([-7, -6.9], [1, 2]);
  assert.ok(Number.isNaN(at(-3)));
  assert.ok(Number.isFinite(at(-6.95)));
});

test("while a sweep runs the range of losses only grows, a bit ahead", () => {
  assert.deepEqual(grown(null, [1, 2]), [0, 2], "from 0: the descent has its room");
  assert.deepEqual(grown(null, [-3, -1]), [-3, -1]);
  assert.deepEqual(grown([1, 3], [0.5, 2]), [0.25, 3]);
  assert.deepEqual(grown([1, 3], [1.5, 5]), [1, 6]);
  assert.deepEqual(grown([1, 3], [1.5, 2]), [1, 3]);
  assert.deepEqual(grown([1, 3], [1, 3.01]), [1, 3], "not for a trifle");
  assert.deepEqual(grown([1, 3], [0.1, 3]), [0, 3], "no room below 0 for a loss that is above it");
  assert.deepEqual(grown([1, 3], [-1, 3]), [-2, 3]);
});
