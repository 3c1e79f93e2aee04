import assert from "node:assert/strict";
import { test } from "node:test";
import { say, sentences } from "../../src/base/sentences.ts";

test("no sentence keeps a place unfilled", () => {
  assert.equal(say("step {step} of {num_it}", { step: 3, num_it: 100 }), "step 3 of 100");
  assert.equal(say("{name}", { name: "{other}" }), "{other}");
  assert.equal(say(sentences.running.step, { step: 1, num_it: 2 }).includes("{"), false);
});
