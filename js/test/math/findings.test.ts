import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsOf } from "../../src/math/findings.ts";

test("losses above the scale are told by their first and last rate and the highest of them", () => {
  const found = findingsOf([1e-4, 1e-3, 1e-2, 1e-1, 1], [2, 1, 7, 63, 9], 3);
  assert.deepEqual(found.beyond, { from_lr: 1e-2, to_lr: 1, loss: 63 });
  assert.equal(findingsOf([1e-4, 1e-3], [2, 1], 3).beyond, null);
});

test("the first loss that is no number is told, and is not above the scale", () => {
  const found = findingsOf([1e-4, 1e-3, 1e-2], [2, Infinity, NaN], 3);
  assert.deepEqual(found.bad, { lr: 1e-3, loss: Infinity });
  assert.equal(found.beyond, null);
});
