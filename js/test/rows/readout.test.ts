import assert from "node:assert/strict";
import { test } from "node:test";
import { codeLine, fitting } from "../../src/rows/readout.ts";

test("where a text does not fit, its first sentence stands", () => {
  const text = "No pick: the curve had not turned. Set picker.value = (lo, hi).";
  assert.equal(
    fitting(text, () => true),
    text,
  );
  assert.equal(
    fitting(text, () => false),
    "No pick: the curve had not turned.",
  );
  assert.equal(
    fitting("Set picker.value now", () => false),
    "Set picker.value now",
  );
});

test("the line of code for every loop", () => {
  const pick = [2.4e-4, 2.4e-3] as const;
  assert.equal(codeLine("fastai", pick), "learn.fit_one_cycle(2, picker.max_lr)");
  assert.match(codeLine("pytorch", pick), /^OneCycleLR\(optimizer, max_lr=picker\.group_lrs/);
  assert.match(codeLine("step", pick), /picker\.group_lrs/);
  assert.equal(codeLine("recorded", pick), "learn.fit_one_cycle(2, slice(2.4e-4, 2.4e-3))");
  assert.doesNotMatch(codeLine("recorded", null), /[{}]/);
});
