// What a pick gives up: the page says what Python says (tests/support/make_scores.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { answerLine } from "../../src/practice/answer.ts";
import { regret, scoreLines } from "../../src/practice/score.ts";
import { unbroken, words } from "../../src/practice/words.ts";
import type { Truth } from "../../src/source/types.ts";

interface Said {
  readonly hi: number;
  readonly regret: number;
  readonly text: string;
  readonly line: string;
}
const cases: { name: string; truth: Truth; said: Said[] }[] = JSON.parse(
  readFileSync(new URL("../../../tests/data/scores.json", import.meta.url), "utf8"),
);

test("there are a dozen cases", () => assert.equal(cases.length, 12));

test("a number and its % stay on one line", () => {
  assert.equal(unbroken("gives up 5 % at most"), "gives up 5\u00a0% at most");
});

for (const { name, truth, said } of cases) {
  test(`${name}: score, words and line are those of Python`, () => {
    for (const { hi, regret: wanted, text, line } of said) {
      assert.ok(Math.abs(regret(truth, hi) - wanted) < 1e-12, `${hi}: ${regret(truth, hi)}`);
      assert.equal(scoreLines(truth, hi, words.score.pick).join(" "), text);
      assert.equal(answerLine(name, { lo: hi / 10, hi, why: "" }), line);
    }
  });
}
