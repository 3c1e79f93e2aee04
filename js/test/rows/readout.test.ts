import assert from "node:assert/strict";
import { test } from "node:test";
import { shownGroups } from "../../src/rows/groups-row.ts";
import { codeLine, fitting } from "../../src/rows/readout.ts";
import { say, sentences } from "../../src/base/sentences.ts";
import { runningParts, secondsLeft, type StatusView } from "../../src/rows/status-row.ts";

test("where a text does not fit, its first sentence stands", () => {
  const text = "No pick: the curve had not turned. Set picker.value = (lo, hi).";
  assert.equal(fitting(text, () => true), text);
  assert.equal(fitting(text, () => false), "No pick: the curve had not turned.");
  assert.equal(fitting("Set picker.value now", () => false), "Set picker.value now");
});

test("the line of code for every loop", () => {
  const pick = [2.4e-4, 2.4e-3] as const;
  assert.equal(codeLine("fastai", pick), "learn.fit_one_cycle(2, picker.max_lr)");
  assert.match(codeLine("pytorch", pick), /^OneCycleLR\(optimizer, max_lr=picker\.group_lrs/);
  assert.match(codeLine("step", pick), /picker\.group_lrs/);
  assert.equal(codeLine("recorded", pick), "learn.fit_one_cycle(2, slice(2.4e-4, 2.4e-3))");
  assert.doesNotMatch(codeLine("recorded", null), /[{}]/);
});

test("no sentence keeps a place unfilled", () => {
  assert.equal(say("step {step} of {num_it}", { step: 3, num_it: 100 }), "step 3 of 100");
  assert.equal(say("{name}", { name: "{other}" }), "{other}");
  assert.equal(say(sentences.running.step, { step: 1, num_it: 2 }).includes("{"), false);
});

test("many groups: the first, the last and how many between", () => {
  assert.deepEqual(shownGroups(3, 3), { head: [0, 1, 2], between: 0, tail: [] });
  assert.deepEqual(shownGroups(9, 2), { head: [0], between: 7, tail: [8] });
});

const status: StatusView = {
  status: "running",
  outcome: "",
  steps: 37,
  num_it: 100,
  lr: 8.1e-5,
  loss: 2.484,
  elapsed_ms: 8000,
  stop: "ready",
  dragging: false,
  keep: null,
};

test("a running sweep in numbers", () => {
  const { step, lr, loss, left } = runningParts(status);
  assert.deepEqual([step, lr, loss], ["step 37 of 100", "lr 8.1e-5", "loss 2.48"]);
  assert.equal(left, "about 14 s left");
  assert.equal(runningParts({ ...status, steps: 0 }).lr, "");
  assert.equal(runningParts({ ...status, loss: NaN }).loss, "loss NaN");
});

test("no time left is guessed from too little", () => {
  assert.equal(secondsLeft({ ...status, steps: 2 }), null);
  assert.equal(secondsLeft({ ...status, elapsed_ms: NaN }), null);
  assert.equal(secondsLeft({ ...status, steps: 100 }), null);
});
