import assert from "node:assert/strict";
import { test } from "node:test";
import { pieces, plain, ratesApart } from "../../src/dom/markup.ts";
import { placeRules } from "../../src/overlay/rule-layout.ts";
import type { Zone } from "../../src/source/types.ts";
import { placeZones } from "../../src/overlay/zones.ts";

const axis = { left_px: 88, width_px: 800, log10_lo: -7, log10_hi: 1 };

test("marks make strong text and code; one without its partner stays", () => {
  assert.deepEqual(pieces("**Flat.** Try `num_it=300`, or not."), [
    { kind: "strong", text: "Flat." },
    { kind: "text", text: " Try " },
    { kind: "code", text: "num_it=300" },
    { kind: "text", text: ", or not." },
  ]);
  assert.deepEqual(pieces("2 ** 3 and `"), [{ kind: "text", text: "2 ** 3 and `" }]);
  assert.equal(plain("**Flat.** Try `num_it=300`."), "Flat. Try num_it=300.");
});

test("zones stand at their rates, and the rest of the axis is not reached", () => {
  const zones: readonly Zone[] = [
    { name: "too_slow", lo: 1e-7, hi: 1e-4 },
    { name: "learning", lo: 1e-4, hi: 1e-2 },
    { name: "edge", lo: 1e-2, hi: 10 ** -1.9 },
  ];
  const placed = placeZones(zones, axis, () => 40);
  assert.deepEqual(
    placed.map(({ name, left_px, labelled }) => [name, Math.round(left_px), labelled]),
    [
      ["too_slow", 88, true],
      ["learning", 388, true],
      ["edge", 588, false],
      ["not_reached", 598, true],
    ],
  );
  assert.deepEqual(placeZones([], axis, () => 40), []);
});

test("zoomed in, only what can be seen of the zones is there", () => {
  const zones: readonly Zone[] = [
    { name: "too_slow", lo: 1e-7, hi: 1e-4 },
    { name: "learning", lo: 1e-4, hi: 10 },
  ];
  const placed = placeZones(zones, { ...axis, log10_lo: -3, log10_hi: -2 }, () => 40);
  assert.deepEqual(placed, [{ name: "learning", left_px: 88, width_px: 800, labelled: true }]);
});

test("ours stands still below its rate and the others move aside", () => {
  const rule = (at_px: number, ours = false) => ({ at_px, width_px: 40, ours });
  assert.deepEqual(placeRules([rule(280), rule(300, true), rule(310), rule(600)], 10, [0, 900]), [230, 280, 330, 580]);
});

test("what would leave the room moves back into it, ours too", () => {
  const rule = (at_px: number, ours = false) => ({ at_px, width_px: 40, ours });
  const lefts = placeRules([rule(870), rule(880, true), rule(890)], 10, [0, 900]);
  assert.deepEqual(lefts, [760, 810, 860]);
  assert.deepEqual(placeRules([rule(5), rule(8, true)], 10, [0, 900]), [0, 50]);
  assert.deepEqual(placeRules([], 10, [0, 900]), []);
});

test("a rate is kept in one piece, and nothing else is", () => {
  assert.deepEqual(ratesApart("from 2.4e-3 to 1e-4."), ["from ", "2.4e-3", " to ", "1e-4", "."]);
  assert.deepEqual(ratesApart("one-by-one, 12 of 62"), ["one-by-one, 12 of 62"]);
});
