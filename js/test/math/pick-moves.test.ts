import assert from "node:assert/strict";
import { test } from "node:test";
import {
  firstPick,
  keyStep,
  limits,
  moveBoth,
  moveByKey,
  moveEnd,
} from "../../src/math/pick-moves.ts";
import type { Interval } from "../../src/math/scale.ts";

const swept: Interval = [1e-7, 10];
const pick: Interval = [2.4e-4, 2.4e-3];

test("the end that is not moved keeps its bits", () => {
  assert.equal(moveEnd(pick, "lo", -5.3, swept)[1], 2.4e-3);
  assert.equal(moveEnd(pick, "hi", -1.7, swept)[0], 2.4e-4);
});

test("ends meet but never cross", () => {
  assert.deepEqual(moveEnd(pick, "lo", 0, swept), [2.4e-3, 2.4e-3]);
  assert.deepEqual(moveEnd(pick, "hi", -6, swept), [2.4e-4, 2.4e-4]);
});

test("the ends of the sweep stop an end, to the last bit", () => {
  assert.equal(moveEnd(pick, "lo", -40, swept)[0], 1e-7);
  assert.equal(moveEnd(pick, "hi", 40, swept)[1], 10);
});

test("the first move of one end brings the other along at a tenth", () => {
  assert.deepEqual(firstPick("hi", 0.5, swept), [0.05, 0.5]);
  assert.deepEqual(firstPick("lo", 0.05, swept), [0.05, 0.5]);
  assert.deepEqual(firstPick("lo", 5, swept), [5, 10]);
  assert.deepEqual(firstPick("hi", 2e-7, swept), [1e-7, 2e-7]);
});

test("a first rate outside the sweep still makes a pick", () => {
  assert.deepEqual(firstPick("lo", 100, swept), [100, 100]);
  assert.deepEqual(firstPick("hi", 1e-9, swept), [1e-9, 1e-9]);
});

test("moving both keeps the ratio and stops at the ends", () => {
  const [lo, hi] = moveBoth(pick, 0.7, swept);
  assert.ok(Math.abs(hi / lo - 10) < 1e-12);
  const [, top] = moveBoth(pick, 40, swept);
  assert.equal(top, 10);
  const low = moveBoth(pick, -40, swept);
  assert.equal(low[0], 1e-7);
  assert.ok(Math.abs(low[1] / low[0] - 10) < 1e-12);
  assert.deepEqual(moveBoth([1e-7, 10], 1, swept), [1e-7, 10]);
});

test("with one group the left end gives way", () => {
  assert.deepEqual(moveEnd(pick, "hi", -5, swept, true), [10 ** -5, 10 ** -5]);
  assert.equal(moveEnd(pick, "hi", -2, swept, true)[0], 2.4e-4);
});

test("keys", () => {
  assert.equal(keyStep("ArrowRight", false), 0.05);
  assert.equal(keyStep("ArrowUp", true), 0.2);
  assert.equal(keyStep("ArrowLeft", false), -0.05);
  assert.equal(keyStep("PageDown", false), -1);
  assert.equal(keyStep("a", false), null);
  const [, hi] = moveByKey(pick, "hi", 0.05, swept);
  assert.ok(Math.abs(Math.log10(hi / 2.4e-3) - 0.05) < 1e-12);
  assert.deepEqual(moveByKey(pick, "lo", "last", swept), [2.4e-3, 2.4e-3]);
  assert.deepEqual(moveByKey(pick, "hi", "first", swept), [2.4e-4, 2.4e-4]);
  assert.deepEqual(moveByKey(pick, "lo", "first", swept), [1e-7, 2.4e-3]);
  assert.deepEqual(moveByKey(pick, "hi", "last", swept), [2.4e-4, 10]);
});

test("keys start from where the thumbs are parked", () => {
  const [lo, hi] = moveByKey(null, "hi", -1, swept);
  assert.ok(Math.abs(hi - 1) < 1e-12 && Math.abs(lo - 0.1) < 1e-12);
  // 40 lies beyond the sweep: its thumb stands at 10.
  const [, from] = moveByKey([1e-3, 40], "hi", -1, swept);
  assert.ok(Math.abs(from - 1) < 1e-12);
});

test("a value outside the sweep: a key outward does nothing, a key inward starts from the swept end", () => {
  const high: Interval = [1e-3, 100];
  assert.deepEqual(moveByKey(high, "hi", 0.05, swept), high);
  assert.deepEqual(moveByKey(high, "hi", 1, swept), high);
  assert.ok(Math.abs(Math.log10(moveByKey(high, "hi", -0.05, swept)[1]) - 0.95) < 1e-12);
  const low: Interval = [1e-9, 1e-3];
  assert.deepEqual(moveByKey(low, "lo", -0.2, swept), low);
  assert.ok(Math.abs(Math.log10(moveByKey(low, "lo", 0.2, swept)[0]) + 6.8) < 1e-12);
  // Both beyond one end: the other end of the pick still stops a thumb.
  assert.deepEqual(moveByKey([20, 100], "lo", 0.05, swept), [20, 100]);
  assert.deepEqual(moveByKey([20, 100], "hi", -0.05, swept), [20, 20]);
  assert.deepEqual(moveByKey([1e-9, 1e-8], "lo", 0.05, swept), [1e-8, 1e-8]);
});

test("Home and End go to the limits that are announced, also outside the sweep", () => {
  for (const outside of [
    [1e-9, 100],
    [20, 100],
    [1e-9, 1e-8],
  ] as const) {
    for (const oneGroup of [false, true]) {
      for (const [end, index] of [
        ["lo", 0],
        ["hi", 1],
      ] as const) {
        const [min, max] = limits(outside, end, swept, oneGroup);
        assert.ok(min <= outside[index] && outside[index] <= max);
        assert.equal(moveByKey(outside, end, "first", swept, oneGroup)[index], min);
        assert.equal(moveByKey(outside, end, "last", swept, oneGroup)[index], max);
      }
    }
  }
});

test("limits depend on the other end and hold the value even outside the sweep", () => {
  assert.deepEqual(limits(pick, "lo", swept), [1e-7, 2.4e-3]);
  assert.deepEqual(limits(pick, "hi", swept), [2.4e-4, 10]);
  assert.deepEqual(limits([1e-9, 40], "lo", swept), [1e-9, 40]);
  assert.deepEqual(limits([1e-9, 40], "hi", swept), [1e-9, 40]);
  assert.deepEqual(limits(null, "hi", swept), [1e-7, 10]);
});
