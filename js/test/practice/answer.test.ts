import assert from "node:assert/strict";
import { test } from "node:test";
import { answerLine } from "../../src/practice/answer.ts";

test("a line is as Python writes it", () => {
  const guess = { lo: 1.4e-3, hi: 1.4e-2, why: "" };
  assert.equal(answerLine("collab", guess), "lr1 collab 1.4e-3 1.4e-2");
  assert.equal(answerLine("", { lo: 0.1, hi: 12, why: "x\ny" }), "lr1 sweep 1e-1 12");
});
