import assert from "node:assert/strict";
import { test } from "node:test";
import type { Trials } from "../../src/source/types.ts";
import { batchTicks, everyEpoch, placeLetters, spreadOut } from "../../src/trials/layout.ts";
import { Lines, leftOf, pictureOf, planeOf, topOf, type TrialLook, type TrialsView } from "../../src/trials/plotly-figure.ts";
import { lossRange, shownRange, trialLossTicks } from "../../src/trials/loss-range.ts";
import { runsOf } from "../../src/model/trial-progress.ts";
import { markPath, plotlyDash, STYLE_COUNT, styleOf } from "../../src/chart/candidate-style.ts";

const fall = (from: number, to: number, n = 62) => Array.from({ length: n }, (_, i) => to + (from - to) * Math.exp(-i / 10) + 0.01 * (i % 3));

function viewOf(losses: number[][], more: Partial<Trials> = {}): TrialsView {
  const trials = {
    ...{ run: "t", status: "finished", outcome: "", epochs: 2, seeds: 1, total: losses.length, batches: 31, metrics: [] },
    ...{ best: null, answer: "", code: "" },
    candidates: losses.map((_, i) => ({ name: "ABCDEFGH"[i]!, lo: 1e-4, hi: 1e-3 })),
    runs: losses.map((_, i) => ({ candidate: i, seed: 0, ended: "", epochs: [] })),
    ...more,
  } as Trials;
  return { trials, losses, runs: runsOf(trials, losses) };
}

const look: TrialLook = {
  sizes: { width_px: 840, height_px: 192, left_px: 88, right_px: 32, top_px: 20, bottom_px: 24 },
  theme: {
    ...{ ink: "rgb(0, 0, 0)", muted: "rgb(1, 1, 1)", points: "rgb(2, 2, 2)", grid: "rgb(3, 3, 3)", axis: "rgb(4, 4, 4)", paper: "rgb(5, 5, 5)" },
    ...{ trials: ["a", "b", "c", "d", "e", "f"], fontFamily: "serif", fontSize_px: 13 },
  },
  free: 0.25,
};

test("candidates differ in colour, dash and mark, each of them", () => {
  const styles = [..."ABCDEF"].map((name, i) => styleOf(name, i));
  const looks = [styles.map(({ index }) => index), styles.map((style) => plotlyDash(style, 1)), styles.map(({ symbol }) => symbol)];
  for (const look of looks) assert.equal(new Set<string | number>(look).size, STYLE_COUNT);
  assert.equal(plotlyDash(styles[0]!, 1), "6px,3px");
  assert.equal(plotlyDash(styles[1]!, 1), "solid");
  assert.ok(styles.every((style) => markPath(style, 0, 0).endsWith("Z")));
});

test("a pick keeps its look when those before it are dropped, and after F they repeat", () => {
  assert.deepEqual(styleOf("B", 0), styleOf("B", 1));
  assert.deepEqual(styleOf("G", 6), styleOf("A", 0));
  assert.deepEqual(styleOf("mine", 2), styleOf("C", 9));
});

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

test("letters stand at the left end, beside it where another one is", () => {
  const bar = (left_px: number, right_px: number, above_px: number) => ({ left_px, right_px, above_px });
  const room = [0, 900] as const;
  assert.deepEqual(placeLetters([bar(200, 300, 7), bar(400, 500, 15)], 24, 16, room), [176, 376]);
  assert.deepEqual(placeLetters([bar(200, 300, 7), bar(200, 500, 15)], 24, 16, room), [176, 500]);
  assert.deepEqual(placeLetters([bar(200, 300, 7), bar(200, 500, 23)], 24, 16, room), [176, 176]);
  assert.deepEqual(placeLetters([bar(200, 300, 7), bar(200, 300, 15), bar(200, 300, 7)], 24, 16, room), [176, 300, 152]);
});

test("one spike and a run that diverges do not flatten the others", () => {
  const spiked = fall(0.9, 0.4);
  spiked[20] = 50;
  const wild = Array.from({ length: 31 }, (_, i) => 0.9 + i ** 3 / 900);
  const [low, high] = lossRange(viewOf([spiked, wild]))!;
  assert.equal(low, 0);
  assert.ok(high > 0.9 && high < 1.5, String(high));
});

test("validation losses can be seen, but for one far away", () => {
  const epochs = [[0.7, 1.1], [0.5, 63]].map((valid) => valid.map((valid_loss) => ({ train_loss: 1, valid_loss, metrics: [], seconds: 1 })));
  const runs = epochs.map((rows, candidate) => ({ candidate, seed: 0, ended: "", epochs: rows }));
  const [, high] = lossRange(viewOf([fall(0.9, 0.4), fall(0.9, 0.4)], { runs }))!;
  assert.ok(high > 1.1 && high < 2, String(high));
});

test("without losses there is no range", () => {
  assert.equal(lossRange(viewOf([[NaN]])), null);
  assert.equal(shownRange(null, viewOf([])), null);
});

test("while they run the range only grows, and at the end it stays if it fits", () => {
  const running = { status: "running" } as const;
  const first = shownRange(null, viewOf([fall(0.9, 0.4, 5)], running))!;
  assert.equal(first[0], 0);
  const second = shownRange(first, viewOf([fall(0.9, 0.4)], running))!;
  assert.ok(second[0] <= first[0] && second[1] >= first[1]);
  assert.deepEqual(shownRange(second, viewOf([fall(0.9, 0.4)])), second);
});

test("three or four ticks of losses", () => {
  for (const y of [[0, 1.1], [0, 2.3], [0.3, 1.2], [0, 0.9], [2, 2.4]] as const) {
    const { step } = trialLossTicks(y);
    const count = Math.floor(y[1] / step + 1e-9) - Math.ceil(y[0] / step - 1e-9) + 1;
    assert.ok(count >= 3 && count <= 5, `${y}: ${count}`);
  }
});

test("a loss and a batch in px, clamped to the plot", () => {
  const plane = planeOf(viewOf([[1]]).trials, look, [0, 1]);
  assert.equal(leftOf(plane, 0), 88);
  assert.equal(leftOf(plane, 62), 88 + 0.75 * 720);
  assert.deepEqual([topOf(plane, 1), topOf(plane, 0), topOf(plane, 99), topOf(plane, -1)], [20, 168, 20, 168]);
});

test("three traces for each candidate, and runs of one candidate are not joined by a line", () => {
  const view = viewOf([fall(1, 0.5, 3), fall(1, 0.5, 2)], { seeds: 2, candidates: [{ name: "A", lo: 1, hi: 2 }], runs: [] });
  const { data } = pictureOf({ ...view, runs: runsOf(view.trials, view.losses) }, look, [0, 1], new Lines());
  assert.equal(data.length, 3);
  assert.deepEqual((data[0] as { x: unknown[] }).x, [1, 2, 3, null, 1, 2, null]);
  assert.deepEqual((data[2] as { x: unknown[] }).x, []);
});

test("of long runs only some raw points are drawn, the same ones while they come", () => {
  const xs = (n: number) => {
    const view = viewOf([fall(1, 0.5, n)], { batches: 3000 });
    return (pictureOf(view, look, [0, 1], new Lines()).data[0] as { x: number[] }).x.slice(0, -1);
  };
  assert.deepEqual(xs(20), [4, 8, 12, 16, 20]);
  assert.deepEqual(xs(200).slice(0, 5), xs(20));
});
