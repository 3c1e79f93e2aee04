import assert from "node:assert/strict";
import { test } from "node:test";
import { placeRules } from "../../src/overlay/rule-layout.ts";

test("ours stands still below its rate and the others move aside", () => {
  const rule = (at_px: number, ours = false) => ({ at_px, width_px: 40, ours });
  assert.deepEqual(
    placeRules([rule(280), rule(300, true), rule(310), rule(600)], 10, [0, 900]),
    [230, 280, 330, 580],
  );
});

test("what would leave the room moves back into it, ours too", () => {
  const rule = (at_px: number, ours = false) => ({ at_px, width_px: 40, ours });
  const lefts = placeRules([rule(870), rule(880, true), rule(890)], 10, [0, 900]);
  assert.deepEqual(lefts, [760, 810, 860]);
  assert.deepEqual(placeRules([rule(5), rule(8, true)], 10, [0, 900]), [0, 50]);
  assert.deepEqual(placeRules([], 10, [0, 900]), []);
});
