import assert from "node:assert/strict";
import { test } from "node:test";
import { sentences } from "../../src/base/sentences.ts";
import {
  leftText,
  progressOf,
  progressParts,
  runsOf,
  Stopwatch,
} from "../../src/model/trial-progress.ts";
import { runOf, trialsOf } from "../support/trials.ts";

test("where the trials stand", () => {
  const trials = trialsOf({ runs: [runOf(0, [0.7, 0.6]), runOf(1, [])] });
  const at = progressOf(trials, [[], Array(12).fill(1)]);
  assert.deepEqual(progressParts(trials, at), [
    "candidate B of 2",
    "epoch 1 of 2",
    "batch 12 of 31",
  ]);
  assert.deepEqual([at.done, at.planned], [74, 124]);
  const second = progressOf({ ...trials, runs: [trials.runs[0]!, runOf(1, [0.4])] }, [
    [],
    Array(31).fill(1),
  ]);
  assert.deepEqual([second.epoch, second.batch], [2, 0]);
  assert.deepEqual(progressParts(trialsOf(), progressOf(trialsOf(), [])), [
    sentences.running.waiting,
  ]);
});

test("a run that ended early counts as done", () => {
  const trials = trialsOf({ runs: [runOf(0, [], { ended: "diverged at batch 5" })] });
  assert.equal(progressOf(trials, [[1, 2, 3, 4, 5]]).done, 62);
});

test("several seeds are said, unknown batches are not", () => {
  const trials = trialsOf({
    seeds: 3,
    total: 6,
    batches: 0,
    runs: [runOf(0, [0.7, 0.6]), runOf(0, [0.6])],
  });
  assert.deepEqual(progressParts(trials, progressOf(trials, [])), [
    "candidate A of 2",
    "seed 2 of 3",
    "epoch 2 of 2",
  ]);
});

test("losses of a run that the trait does not tell of yet wait for it", () => {
  const trials = trialsOf({ seeds: 2, total: 4, runs: [runOf(1, [0.7, 0.6])] });
  const losses = [Array(62).fill(1), [1, 1]];
  assert.deepEqual(runsOf(trials).length, 1);
  assert.equal(progressOf(trials, losses).done, 62);
  const told = { ...trials, runs: [...trials.runs, runOf(1, [])] };
  assert.deepEqual(
    runsOf(told).map(({ candidate, ordinal }) => [candidate, ordinal]),
    [
      [1, 1],
      [1, 2],
    ],
  );
  assert.equal(progressOf(told, losses).done, 64);
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
  assert.deepEqual(
    [leftText(null), leftText(14.2), leftText(33), leftText(700)],
    ["", "about 14 s left", "about 35 s left", "about 12 min left"],
  );
});
