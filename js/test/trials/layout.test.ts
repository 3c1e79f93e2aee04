import assert from "node:assert/strict";
import { test } from "node:test";
import { batchTicks, everyEpoch, spreadOut } from "../../src/trials/layout.ts";

test("labels that would overlap move apart, the others stay", () => {
  assert.deepEqual(spreadOut([10, 100], 30, [0, 148]), [10, 100]);
  assert.deepEqual(spreadOut([50, 60], 30, [0, 148]), [40, 70]);
  assert.deepEqual(spreadOut([60, 50], 30, [0, 148]), [70, 40]);
});

test("labels stay in the plot, also where many want the same place", () => {
  const tops = spreadOut([140, 139, 141, 3], 30, [0, 148]).sort((a, b) => a - b);
  assert.deepEqual(tops, [3, 58, 88, 118]);
  assert.deepEqual(spreadOut([-20], 30, [0, 148]), [0]);
});

test("ends of epochs keep their distance, and the last is always there", () => {
  assert.deepEqual(everyEpoch(2, 300, 90), [0, 1]);
  assert.deepEqual(everyEpoch(10, 40, 90), [0, 3, 6, 9]);
});

test("ticks: the ends of epochs, and round numbers where there is room", () => {
  assert.deepEqual(batchTicks(2, 31, 8.7, 30), [0, 10, 20, 31, 40, 50, 62]);
  assert.deepEqual(batchTicks(1, 1, 400, 30), [0, 1]);
});
