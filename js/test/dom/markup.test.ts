import assert from "node:assert/strict";
import { test } from "node:test";
import { pieces, ratesApart } from "../../src/dom/markup.ts";

test("marks make strong text and code; one without its partner stays", () => {
  assert.deepEqual(pieces("**Flat.** Try `num_it=300`, or not."), [
    { kind: "strong", text: "Flat." },
    { kind: "text", text: " Try " },
    { kind: "code", text: "num_it=300" },
    { kind: "text", text: ", or not." },
  ]);
  assert.deepEqual(pieces("2 ** 3 and `"), [{ kind: "text", text: "2 ** 3 and `" }]);
});

test("a rate is kept in one piece, and nothing else is", () => {
  assert.deepEqual(ratesApart("from 2.4e-3 to 1e-4."), ["from ", "2.4e-3", " to ", "1e-4", "."]);
  assert.deepEqual(ratesApart("one-by-one, 12 of 62"), ["one-by-one, 12 of 62"]);
});
