import assert from "node:assert/strict";
import { test } from "node:test";
import { sentences } from "../../src/base/sentences.ts";
import type { TrialRun, Trials } from "../../src/source/types.ts";
import { LossStore } from "../../src/model/trial-losses.ts";
import { formatSeconds, formatSpread, tableRows, validAfter } from "../../src/trials/table-rows.ts";
import { leftText, numberOf, progressOf, progressParts, rangeText, runsOf, Stopwatch } from "../../src/model/trial-progress.ts";
import { TrialState } from "../../src/model/trials.ts";
import { float64s, FakeSource, trialMessage } from "../support/fake-source.ts";
import { FakeTimer } from "../support/fake-timer.ts";

const row = (valid_loss: number | "NaN", train_loss: number | null = 0.5) => ({ train_loss, valid_loss, metrics: [0.8], seconds: 9.4 });

function trialsOf(more: Partial<Trials> = {}): Trials {
  return {
    ...{ run: "t", status: "running", outcome: "", epochs: 2, seeds: 1, total: 2, batches: 31, metrics: ["accuracy"] },
    ...{ runs: [], best: null, answer: "", code: "" },
    candidates: [
      { name: "A", lo: 1e-6, hi: 1e-4 },
      { name: "B", lo: 1e-4, hi: 1e-3 },
    ],
    ...more,
  } as Trials;
}

const runOf = (candidate: number, valid: (number | "NaN")[], more: Partial<TrialRun> = {}): TrialRun => {
  return { candidate, seed: 0, ended: "", epochs: valid.map((loss) => row(loss)), ...more };
};

test("losses come in pieces, run by run, and twice does no harm", () => {
  const store = new LossStore();
  assert.equal(store.receive(trialMessage("t", 0, 0, [3, 2])), true);
  store.receive(trialMessage("t", 0, 2, [1]));
  store.receive(trialMessage("t", 0, 1, [2, 1]));
  store.receive(trialMessage("t", 1, 0, [5, Infinity]));
  assert.deepEqual(store.runs, [[3, 2, 1], [5, Infinity]]);
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

test("what is no message of trials is left alone", () => {
  const store = new LossStore();
  for (const content of [{ type: "points", run: "a", start: 0 }, { type: "trial", run: "t", index: -1, start: 0 }, { type: "trial", run: "t", index: 0 }]) {
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
  const source = new FakeSource({ _trials: trialsOf({ run: "u" }), _trial_losses: { run: "t", losses: [float64s([1])] } });
  assert.deepEqual(new TrialState(source).losses.runs, []);
});

test("where the trials stand", () => {
  const trials = trialsOf({ runs: [runOf(0, [0.7, 0.6]), runOf(1, [])] });
  const at = progressOf(trials, [[], Array(12).fill(1)]);
  assert.deepEqual(progressParts(trials, at), ["candidate B of 2", "epoch 1 of 2", "batch 12 of 31"]);
  assert.deepEqual([at.done, at.planned], [74, 124]);
  const second = progressOf({ ...trials, runs: [trials.runs[0]!, runOf(1, [0.4])] }, [[], Array(31).fill(1)]);
  assert.deepEqual([second.epoch, second.batch], [2, 0]);
  assert.deepEqual(progressParts(trialsOf(), progressOf(trialsOf(), [])), [sentences.running.waiting]);
});

test("a run that ended early counts as done", () => {
  const trials = trialsOf({ runs: [runOf(0, [], { ended: "diverged at batch 5" })] });
  assert.equal(progressOf(trials, [[1, 2, 3, 4, 5]]).done, 62);
});

test("several seeds are said, unknown batches are not", () => {
  const trials = trialsOf({ seeds: 3, total: 6, batches: 0, runs: [runOf(0, [0.7, 0.6]), runOf(0, [0.6])] });
  assert.deepEqual(progressParts(trials, progressOf(trials, [])), ["candidate A of 2", "seed 2 of 3", "epoch 2 of 2"]);
});

test("a run that only messages tell of is taken for the next", () => {
  const next = (trials: Trials) => runsOf(trials, [[1], [1], [1]]).at(-1)!.candidate;
  assert.equal(next(trialsOf({ runs: [runOf(0, []), runOf(1, [])], total: 2 })), 0);
  assert.equal(next(trialsOf({ seeds: 2, total: 4, runs: [runOf(0, []), runOf(0, [])] })), 1);
  assert.equal(next(trialsOf({ seeds: 2, total: 4, runs: [runOf(0, []), runOf(1, [])] })), 0);
});

test("the time left comes from the batches so far, and not too soon", () => {
  const watch = new Stopwatch();
  watch.note("t", 1, 0);
  watch.note("t", 4, 900);
  assert.equal(watch.secondsLeft(100), null);
  watch.note("t", 21, 2000);
  assert.equal(watch.secondsLeft(101), 8);
  watch.note("u", 1, 3000);
  assert.equal(watch.secondsLeft(101), null);
  assert.deepEqual([leftText(null), leftText(14.2), leftText(33), leftText(700)], ["", "about 14 s left", "about 35 s left", "about 12 min left"]);
});

test("numbers of a trait", () => {
  assert.deepEqual([numberOf(1.5), numberOf("inf"), numberOf("-inf"), numberOf(null), numberOf("NaN")], [1.5, Infinity, -Infinity, null, NaN]);
  assert.equal(rangeText({ name: "A", lo: 1e-3, hi: 1e-3 }), "1e-3");
  assert.equal(rangeText({ name: "A", lo: 1e-6, hi: 2.4e-4 }), "1e-6 to 2.4e-4");
});

test("rows are there from the start and fill one by one", () => {
  const empty = tableRows(trialsOf());
  assert.deepEqual(empty.map(({ candidate, epoch }) => [candidate, epoch]), [[0, 0], [0, 1], [1, 0], [1, 1]]);
  assert.ok(empty.every(({ cells }) => cells.length === 4 && cells.every((cell) => cell === "")));
  const [first, second] = tableRows(trialsOf({ runs: [runOf(0, [0.702])] }));
  assert.deepEqual(first!.cells, ["0.500", "0.702", "0.800", "00:09"]);
  assert.equal(second!.cells[0], "");
});

test("a mean over seeds has its spread, of those that have the epoch", () => {
  const trials = trialsOf({ seeds: 2, total: 4, runs: [runOf(0, [0.4, 0.3]), runOf(0, [0.41])] });
  const rows = tableRows(trials);
  assert.equal(rows[0]!.cells[1], "0.405 ± 0.007");
  assert.equal(rows[1]!.cells[1], "0.300");
  assert.equal(formatSpread([NaN, 1]), "NaN");
  assert.equal(validAfter(runsOf(trials, []), 0, 0), 0.405);
  assert.ok(Number.isNaN(validAfter(runsOf(trials, []), 1, 0)));
});

test("why a run ended stands after its last epoch", () => {
  const rows = tableRows(trialsOf({ runs: [runOf(0, [0.7], { ended: "diverged at batch 40" })] }));
  assert.deepEqual(rows.map(({ ended }) => ended), ["", "diverged at batch 40", "", ""]);
});

test("a seed that ended does not take the place of the others' numbers", () => {
  const bad = runOf(0, [0.7], { ended: "diverged at batch 40" });
  const good = runOf(0, [0.6, 0.5]);
  const rows = tableRows(trialsOf({ seeds: 2, total: 4, runs: [bad, good] }));
  assert.equal(rows[1]!.cells[1], "0.500");
  assert.equal(rows[1]!.note, "seed 1: diverged at batch 40");
  assert.equal(rows[1]!.ended, "");
});

test("the best candidate's last row stands out, and what a loop does not tell is a dash", () => {
  const runs = [runOf(0, [0.7, 0.6]), { ...runOf(1, []), epochs: [row(0.5, null)] }];
  const rows = tableRows(trialsOf({ status: "finished", runs, best: 1 }));
  assert.deepEqual(rows.map(({ best }) => best), [false, false, true, false]);
  assert.equal(rows[2]!.cells[0], sentences.trials.none);
});

test("times as fastai prints them", () => {
  assert.deepEqual([9.4, 61, 3723].map(formatSeconds), ["00:09", "01:01", "1:02:03"]);
});
