import assert from "node:assert/strict";
import { test } from "node:test";
import { placeZones } from "../../src/overlay/zones.ts";
import type { Zone } from "../../src/source/types.ts";

const axis = { left_px: 88, width_px: 800, log10_lo: -7, log10_hi: 1 };

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
  assert.deepEqual(
    placeZones([], axis, () => 40),
    [],
  );
});

test("zoomed in, only what can be seen of the zones is there", () => {
  const zones: readonly Zone[] = [
    { name: "too_slow", lo: 1e-7, hi: 1e-4 },
    { name: "learning", lo: 1e-4, hi: 10 },
  ];
  const placed = placeZones(zones, { ...axis, log10_lo: -3, log10_hi: -2 }, () => 40);
  assert.deepEqual(placed, [{ name: "learning", left_px: 88, width_px: 800, labelled: true }]);
});
