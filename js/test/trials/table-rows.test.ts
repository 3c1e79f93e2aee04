import assert from "node:assert/strict";
import { test } from "node:test";
import { sentences } from "../../src/base/sentences.ts";
import { runsOf } from "../../src/model/trial-progress.ts";
import {
  cellsBefore,
  formatSeconds,
  formatSpread,
  tableRows,
  validAfter,
} from "../../src/trials/table-rows.ts";
import { epochOf, runOf, trialsOf } from "../support/trials.ts";

test("rows are there from the start and fill one by one", () => {
  const empty = tableRows(trialsOf());
  assert.deepEqual(
    empty.map(({ candidate, epoch }) => [candidate, epoch]),
    [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
  );
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
  assert.equal(validAfter(runsOf(trials), 0, 0), 0.405);
  assert.ok(Number.isNaN(validAfter(runsOf(trials), 1, 0)));
});

test("why a run ended stands after its last epoch", () => {
  const rows = tableRows(trialsOf({ runs: [runOf(0, [0.7], { ended: "diverged at batch 40" })] }));
  assert.deepEqual(
    rows.map(({ ended }) => ended),
    ["", "diverged at batch 40", "", ""],
  );
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
  const runs = [runOf(0, [0.7, 0.6]), { ...runOf(1, []), epochs: [epochOf(0.5, null)] }];
  const rows = tableRows(trialsOf({ status: "finished", runs, best: 1 }));
  assert.deepEqual(
    rows.map(({ best }) => best),
    [false, false, true, false],
  );
  assert.equal(rows[2]!.cells[0], sentences.trials.none);
});

test("the loss before training stands above the candidates, a dash where nobody knows it", () => {
  assert.deepEqual(cellsBefore(trialsOf()), ["", "", "", ""]);
  assert.deepEqual(cellsBefore(trialsOf({ start_loss: 0.712 })), ["", "0.712", "", ""]);
  const unknown = trialsOf({ status: "finished", metrics: [] });
  assert.deepEqual(cellsBefore(unknown), ["", sentences.trials.none, ""]);
});

test("times as fastai prints them", () => {
  assert.deepEqual([9.4, 61, 3723].map(formatSeconds), ["00:09", "01:01", "1:02:03"]);
});
