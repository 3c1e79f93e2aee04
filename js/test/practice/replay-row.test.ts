// A replay and the picker whose curve it draws.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Picker } from "../../src/model/picker.ts";
import { replayOf } from "../../src/practice/replay-row.ts";
import { encode, FakeSource } from "../support/fake-source.ts";

const CURVE = { run: "a", points: encode([1e-4, 1e-3, 1e-2], [3, 2, 1]) };

function held(): { source: FakeSource; picker: Picker } {
  const practice = { stage: "guess" } as const;
  const source = new FakeSource({ status: "finished", _curve: CURVE, _practice: practice });
  const picker = new Picker(source);
  replayOf(picker).step();
  assert.deepEqual(picker.points.visible.losses, [3]);
  return { source, picker };
}

test("when everything is shown, the whole curve is, also after a replay that stood still", () => {
  const { source, picker } = held();
  let limited: boolean | undefined;
  picker.onChange(() => (limited = picker.points.limited));
  source.kernelSets("_practice", { stage: "open" });
  assert.equal(limited, false);
  assert.equal(replayOf(picker).phase, "ended");
  assert.deepEqual(picker.points.visible.losses, [3, 2, 1]);
});

test("what else is told of practice leaves a replay alone", () => {
  const { source, picker } = held();
  source.kernelSets("_practice", { stage: "guess", case: "mnist" });
  assert.equal(replayOf(picker).phase, "paused");
  assert.deepEqual(picker.points.visible.losses, [3]);
});
