import assert from "node:assert/strict";
import { test } from "node:test";
import { lossLabel } from "../../src/chart/first-axes.ts";

test("losses are written as Plotly writes them", () => {
  const written = [
    [2, ".1f"],
    [-0.5, ".1f"],
    [-1e-17, ".1f"],
    [1200, ".0f"],
    [0.1 + 0.2, "~e"],
    [1.5e-3, "~e"],
    [-400000, "~e"],
    [0, "~e"],
  ] as const;
  assert.deepEqual(
    written.map(([loss, format]) => lossLabel(loss, format)),
    ["2.0", "−0.5", "0.0", "1200", "3e−1", "1.5e−3", "−4e+5", "0e+0"],
  );
});
