import assert from "node:assert/strict";
import { test } from "node:test";
import { cycleOf, shareAt } from "../../src/rows/schedule-plot.ts";

test("the rate starts low, is highest where the cycle says, and ends lowest", () => {
  for (const loop of ["fastai", "pytorch"] as const) {
    const cycle = cycleOf(loop);
    assert.equal(shareAt(cycle, 0), 1 / 25);
    assert.ok(Math.abs(shareAt(cycle, cycle.peak) - 1) < 1e-12);
    assert.ok(Math.abs(shareAt(cycle, 1) * cycle.end - 1) < 1e-6);
  }
});

test("fastai's cycle and PyTorch's are told apart; a recorded sweep shows fastai's line of code", () => {
  assert.deepEqual([cycleOf("fastai").peak, cycleOf("fastai").end], [0.25, 1e5]);
  assert.deepEqual([cycleOf("pytorch").peak, cycleOf("pytorch").end], [0.3, 25e4]);
  assert.equal(cycleOf("recorded"), cycleOf("fastai"));
});

test("half-way up and half-way down by half a cosine", () => {
  const cycle = cycleOf("fastai");
  assert.ok(Math.abs(shareAt(cycle, 0.125) - (1 + 1 / 25) / 2) < 1e-12);
  assert.ok(Math.abs(shareAt(cycle, 0.625) - (1 + 1e-5) / 2) < 1e-12);
});
