import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interval } from "../../src/math/scale.ts";
import { notTested, typed } from "../../src/rows/pick-row.ts";

const swept: Interval = [1e-7, 10];
const pick: Interval = [2.4e-4, 2.4e-3];

test("a typed rate changes its own end only", () => {
  assert.deepEqual(typed("3e-4", "lo", pick, swept, false), [3e-4, 2.4e-3]);
  assert.deepEqual(typed("3×10⁻²", "hi", pick, swept, false), [2.4e-4, 3e-2]);
});

test("the first typed rate brings the other at a tenth", () => {
  assert.deepEqual(typed("0.5", "hi", null, swept, false), [0.05, 0.5]);
});

test("a rate outside the sweep is taken as it is", () => {
  assert.deepEqual(typed("100", "hi", pick, swept, false), [2.4e-4, 100]);
});

test("before a guess a rate outside the sweep is refused, and the range of the sweep is said", () => {
  assert.equal(notTested("100", swept), "100 was not tried: the test went from 1e-7 to 10.");
  assert.equal(notTested(" 1e-9", swept), "1e-9 was not tried: the test went from 1e-7 to 10.");
  for (const text of ["10", "1e-7", "3e-4", "fast", ""]) assert.equal(notTested(text, swept), null);
});

test("refusals name what is wrong", () => {
  assert.match(String(typed("fast", "lo", pick, swept, false)), /fast.*3e-4/);
  assert.match(String(typed("", "lo", pick, swept, false)), /3e-4/);
  assert.match(String(typed("-1", "lo", pick, swept, false)), /above 0/);
  assert.match(String(typed("0", "hi", pick, swept, false)), /above 0/);
  assert.match(String(typed("1e-2", "lo", pick, swept, false)), /1e-2.*2\.4e-3/);
  assert.match(String(typed("1e-5", "hi", pick, swept, false)), /1e-5.*2\.4e-4/);
});

test("of a decimal comma the very rate is written with a point", () => {
  assert.match(String(typed("3,5e-4", "hi", pick, swept, false)), /3,5e-4.*point: 3\.5e-4\.$/);
  assert.match(String(typed(" 0,002 ", "hi", pick, swept, false)), /point: 0\.002\.$/);
  assert.match(String(typed("1,2,3", "hi", pick, swept, false)), /is no rate.*3e-4/);
});

test("a long text is cut in the refusal", () => {
  const words = String(typed("x".repeat(500), "lo", pick, swept, false));
  assert.ok(words.length < 80, words);
});

test("with one group the left end follows the right one down", () => {
  assert.deepEqual(typed("1e-5", "hi", pick, swept, true), [1e-5, 1e-5]);
});
