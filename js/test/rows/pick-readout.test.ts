import assert from "node:assert/strict";
import { test } from "node:test";
import { fillCode } from "../../src/rows/pick-readout.ts";

test("the blanks of a line of code follow the pick; without one their names stand", () => {
  const pick = [2.4e-4, 2.4e-3] as const;
  const recorded = "learn.fit_one_cycle(2, slice({lo}, {hi}))";
  assert.equal(fillCode(recorded, pick, 2), "learn.fit_one_cycle(2, slice(2.4e-4, 2.4e-3))");
  assert.equal(fillCode(recorded, null, 2), "learn.fit_one_cycle(2, slice(lo, hi))");
});

test("a line of code without blanks is the same for every pick", () => {
  const line = "learn.fit_one_cycle(2, picker.max_lr)";
  assert.equal(fillCode(line, [1e-4, 1e-3], 2), line);
  assert.equal(fillCode(line, null, 0), line);
});
