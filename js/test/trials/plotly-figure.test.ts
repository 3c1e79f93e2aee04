import assert from "node:assert/strict";
import { test } from "node:test";
import {
  figureOf,
  Lines,
  leftOf,
  planeOf,
  type TrialLook,
  topOf,
} from "../../src/trials/plotly-figure.ts";
import { fall, runOf, viewOf } from "../support/trials.ts";

const look: TrialLook = {
  sizes: { width_px: 840, height_px: 192, left_px: 88, right_px: 32, top_px: 20, bottom_px: 24 },
  theme: {
    ink: "rgb(0, 0, 0)",
    muted: "rgb(1, 1, 1)",
    points: "rgb(2, 2, 2)",
    grid: "rgb(3, 3, 3)",
    axis: "rgb(4, 4, 4)",
    paper: "rgb(5, 5, 5)",
    trials: [1, 2, 3, 4, 5, 6].map((red) => `rgb(${red}, 0, 0)`),
    fontFamily: "serif",
    fontSize_px: 13,
    unit: 1,
    letterSpacing_em: 0,
    wordSpacing_em: 0,
  },
  free: 0.25,
};

test("a loss and a batch in px, clamped to the plot", () => {
  const plane = planeOf(viewOf([[1]]).trials, look, [0, 1]);
  assert.equal(leftOf(plane, 0), 88);
  assert.equal(leftOf(plane, 62), 88 + 0.75 * 720);
  assert.deepEqual(
    [topOf(plane, 1), topOf(plane, 0), topOf(plane, 99), topOf(plane, -1)],
    [20, 168, 20, 168],
  );
});

test("three traces for each candidate, and runs of one candidate are not joined by a line", () => {
  const view = viewOf([fall(1, 0.5, 3), fall(1, 0.5, 2)], {
    seeds: 2,
    candidates: [{ name: "A", lo: 1, hi: 2 }],
    runs: [runOf(0, []), runOf(0, [])],
  });
  const { data } = figureOf(view, look, [0, 1], new Lines());
  assert.equal(data.length, 3);
  assert.deepEqual((data[0] as { x: unknown[] }).x, [1, 2, 3, null, 1, 2, null]);
  assert.deepEqual((data[2] as { x: unknown[] }).x, []);
});

test("of long runs only some raw points are drawn, the same ones while they come", () => {
  const xs = (n: number) => {
    const view = viewOf([fall(1, 0.5, n)], { batches: 3000 });
    return (figureOf(view, look, [0, 1], new Lines()).data[0] as { x: number[] }).x.slice(0, -1);
  };
  assert.deepEqual(xs(20), [4, 8, 12, 16, 20]);
  assert.deepEqual(xs(200).slice(0, 5), xs(20));
});
