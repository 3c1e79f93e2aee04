import assert from "node:assert/strict";
import { test } from "node:test";
import { meaning, type PickView, zoneOf } from "../../src/rows/pick-meaning.ts";
import type { Zone } from "../../src/source/types.ts";

const bare: PickView = {
  pick: [2.4e-4, 2.4e-3],
  swept: [1e-7, 10],
  groups: 3,
  oneRate: false,
  oneHandle: false,
  zones: [],
  lowest: null,
  suggested: null,
  firstFrozen: false,
  noPick: "No pick yet.",
};
const zones: readonly Zone[] = [
  { name: "too_slow", lo: 1e-7, hi: 3e-5 },
  { name: "learning", lo: 3e-5, hi: 8e-3 },
  { name: "edge", lo: 8e-3, hi: 5e-2 },
  { name: "diverging", lo: 5e-2, hi: 1.5 },
];
const view: PickView = { ...bare, zones, lowest: 1e-2, suggested: 2.4e-3 };

test("the pick in words, where there are no zones", () => {
  assert.match(meaning(bare), /2\.4e-4.*2\.4e-3.*10 times/);
  assert.equal(meaning({ ...bare, pick: null }), "No pick yet.");
  assert.match(meaning({ ...bare, pick: [1e-3, 1e-3] }), /1e-3/);
  assert.match(meaning({ ...bare, pick: [1e-3, 40] }), /40/);
});

test("one group: the left handle is said to have no effect, even far outside the sweep", () => {
  const words = meaning({ ...bare, groups: 1, pick: [1e-9, 1e-3] });
  assert.match(words, /no effect/);
  assert.doesNotMatch(words, /1e-9/);
});

test("of a left handle that does not stand there nothing is said", () => {
  const words = meaning({ ...bare, groups: 1, oneHandle: true, pick: [1e-4, 1e-3] });
  assert.equal(words, "All layers train at 1e-3.");
});

test("groups that are no layers: one rate trains all of them, and the left handle has no effect", () => {
  const words = meaning({ ...bare, groups: 1, oneRate: true, pick: [1e-9, 1e-3] });
  assert.match(words, /All layers train at 1e-3.*no layers.*no effect/);
});

test("a zone holds its left border and not its right one", () => {
  assert.equal(zoneOf(zones, 3e-5), "learning");
  assert.equal(zoneOf(zones, 5e-2), "diverging");
  assert.equal(zoneOf(zones, 1.5), null);
  assert.equal(zoneOf([], 1e-3), null);
});

test("the suggestion lies inside learning", () => {
  assert.equal(
    meaning(view),
    "Last layers inside **learning**, 0.6 decades below the lowest point; first layers still learn, slowly.",
  );
});

test("past the lowest point it is likely too high", () => {
  assert.equal(
    meaning({ ...view, pick: [2.4e-4, 1.5e-2] }),
    "Last layers in **edge**, 0.2 decades above the lowest point: likely too high, 6.3 times the suggestion.",
  );
  assert.match(meaning({ ...view, pick: [2.4e-4, 0.5] }), /in \*\*diverging\*\*.*likely too high/);
});

test("first layers in every zone, and a pick of one rate", () => {
  assert.match(
    meaning({ ...view, pick: [1e-6, 1e-3] }),
    /; first layers too slow to change much\.$/,
  );
  assert.match(meaning({ ...view, pick: [1e-3, 1e-3] }), /; first layers about as fast\.$/);
  assert.match(
    meaning({ ...view, suggested: null, pick: [9e-3, 4e-2] }),
    /; first layers in \*\*edge\*\*, too\.$/,
  );
  assert.match(meaning({ ...view, pick: [1e-7, 1e-6] }), /^Last layers in \*\*too slow\*\*/);
});

test("frozen first layers learn nothing", () => {
  assert.match(meaning({ ...view, firstFrozen: true }), /; first layers are frozen\.$/);
});

test("one group has no first layers", () => {
  assert.equal(
    meaning({ ...view, groups: 1 }),
    "All layers inside **learning**, 0.6 decades below the lowest point.",
  );
  assert.equal(
    meaning({ ...view, groups: 1, lowest: 2.4e-3 }),
    "All layers inside **learning**, at the lowest point.",
  );
});

test("a flat curve has no zones to lie in", () => {
  assert.match(
    meaning({ ...view, zones: [{ name: "flat", lo: 1e-7, hi: 10 }] }),
    /10 times as fast/,
  );
});
