import assert from "node:assert/strict";
import { test } from "node:test";
import { LossStore, TrialState } from "../../src/model/trials.ts";
import { FakeSource, float64s, trialMessage, withRepeated } from "../support/fake-source.ts";
import { FakeTimer } from "../support/fake-timer.ts";
import { trialsOf } from "../support/trials.ts";

test("losses come in pieces, run by run, and twice does no harm", () => {
  const store = new LossStore();
  assert.equal(store.receive(trialMessage("t", 0, 0, [3, 2])), true);
  store.receive(trialMessage("t", 0, 2, [1]));
  store.receive(trialMessage("t", 0, 1, [2, 1]));
  store.receive(trialMessage("t", 1, 0, [5, Infinity]));
  assert.deepEqual(store.runs, [
    [3, 2, 1],
    [5, Infinity],
  ]);
});

test("a gap stays open until the whole losses come, which count even where they are shorter", () => {
  const store = new LossStore();
  store.receive(trialMessage("t", 0, 3, [1, 1]));
  assert.deepEqual(store.runs, [[NaN, NaN, NaN, 1, 1]]);
  store.replace({ run: "t", losses: [float64s([4, 3, 2, 1])] });
  assert.deepEqual(store.runs, [[4, 3, 2, 1]]);
  store.replace({});
  assert.equal(store.runs.length, 1);
});

test("the empty losses that open trials take nothing away that came before them", () => {
  for (const losses of [[], [float64s([])]]) {
    const store = new LossStore();
    store.receive(trialMessage("t", 0, 0, [3, 2]));
    store.replace({ run: "t", losses });
    assert.deepEqual(store.runs, [[3, 2]]);
    store.replace({ run: "u", losses });
    assert.deepEqual(store.runs.flat(), [], "those of other trials count");
  }
});

test("a message that repeats what was before it fills a gap", () => {
  const store = new LossStore();
  store.receive(trialMessage("t", 0, 0, [4]));
  const repeating = withRepeated(trialMessage("t", 0, 3, [1]), [9, 3, NaN]);
  store.receive(repeating);
  assert.deepEqual(store.runs, [[4, 3, NaN, 1]]);
});

test("what is no message of trials is left alone", () => {
  const store = new LossStore();
  for (const content of [
    { type: "points", run: "a", start: 0 },
    { type: "trial", run: "t", index: -1, start: 0 },
    { type: "trial", run: "t", index: 0 },
  ]) {
    assert.equal(store.receive({ content, buffers: [float64s([1])] }), false);
  }
  assert.equal(store.run, "");
});

test("a message that overtakes the trait is kept, and a late word of the trials before takes nothing away", () => {
  const source = new FakeSource();
  const state = new TrialState(source, new FakeTimer());
  source.receive((message) => state.receive(message));
  source.kernelSends(trialMessage("t", 0, 0, [2, 1]));
  assert.equal(state.trials, null);
  source.kernelSets("_trials", trialsOf());
  assert.deepEqual(state.losses.runs, [[2, 1]]);
  source.kernelSends(trialMessage("u", 0, 0, [7]));
  assert.equal(state.matching, false);
  source.kernelSets("_trials", trialsOf({ status: "finished" }));
  assert.deepEqual(state.losses.runs, [[7]]);
  source.kernelSets("_trials", trialsOf({ run: "u" }));
  assert.equal(state.matching, true);
});

test("a view that comes when other trials run does not show the losses of those before", () => {
  const source = new FakeSource({
    _trials: trialsOf({ run: "u" }),
    _trial_losses: { run: "t", losses: [float64s([1])] },
  });
  assert.deepEqual(new TrialState(source).losses.runs, []);
});
