import assert from "node:assert/strict";
import { test } from "node:test";
import { runningParts, type StatusView, secondsLeft } from "../../src/rows/status-row.ts";

const status: StatusView = {
  status: "running",
  outcome: "",
  steps: 37,
  num_it: 100,
  lr: 8.1e-5,
  loss: 2.484,
  stepsAtFirst: 1,
  elapsed_ms: 8000,
  stop: { phase: "ready", hint: "" },
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
  assert.equal(secondsLeft({ ...status, stepsAtFirst: 37 }), null);
});

test("a view that comes late guesses from the steps that it has seen", () => {
  const late = { ...status, stepsAtFirst: 27, elapsed_ms: 2000 };
  assert.equal(secondsLeft(late), 13);
});
