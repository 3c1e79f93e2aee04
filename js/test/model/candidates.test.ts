import assert from "node:assert/strict";
import { test } from "node:test";
import { keptAt, rangeText } from "../../src/model/candidates.ts";

const A = { name: "A", lo: 1e-6, hi: 1e-4 };

test("a pick is a kept one to nine digits", () => {
  assert.equal(keptAt([1e-6 * (1 + 1e-10), 1e-4], [A]), A);
  assert.equal(keptAt([1e-6 * (1 + 1e-8), 1e-4], [A]), undefined);
});

test("a range in words, one rate alone where both are the same", () => {
  assert.equal(rangeText({ name: "A", lo: 1e-3, hi: 1e-3 }), "1e-3");
  assert.equal(rangeText({ name: "A", lo: 1e-6, hi: 2.4e-4 }), "1e-6 to 2.4e-4");
});
