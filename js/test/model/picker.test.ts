import assert from "node:assert/strict";
import { test } from "node:test";
import { Picker } from "../../src/model/picker.ts";
import type { State } from "../../src/source/types.ts";
import { encode, FakeSource, pointsMessage } from "../support/fake-source.ts";

const CURVE = { run: "a", points: encode([1e-3, 1e-2], [2, 1]) };

test("a state that an earlier version has saved has neither line of code nor schedule", () => {
  const source = new FakeSource();
  const state: Partial<State> = source.state;
  delete state._code;
  delete state._schedule;
  const picker = new Picker(source);
  assert.equal(picker.code, "");
  assert.equal(picker.schedule, null);
});

test("in a replay nothing is said of the curve, and there is nothing to stop or keep", () => {
  const more = { status: "finished", _reading: "clear", _lowest: 0.1, _suggested: 0.01 } as const;
  const source = new FakeSource({ ...more, value: [1e-4, 1e-3], _curve: CURVE });
  const picker = new Picker(source);
  picker.replay({ id: "1", steps: 1 });
  assert.deepEqual(picker.points.visible.losses, [2]);
  assert.equal(picker.explanation?.reading, "");
  assert.equal(picker.explanation?.suggested, null);
  assert.equal(picker.lowest, null);
  const { status, stop, keep } = picker.progress({ steps: 1, lr: 1e-3, loss: 2 });
  assert.deepEqual([status, stop, keep], ["running", null, null]);
  picker.replay(null);
  assert.deepEqual(picker.points.visible.losses, [2, 1]);
  assert.equal(picker.explanation?.reading, "clear");
  assert.equal(picker.lowest, 0.1);
});

for (const [status, losses] of [
  ["finished", [2, 1]],
  ["running", [2, 1, 9]],
] as const) {
  test(`messages that waited for the bundle add points while a sweep runs: ${status}`, () => {
    const source = new FakeSource({ status, _curve: CURVE });
    // the last point came after the stopping step, so that it is not in the record
    source.waiting.push(pointsMessage("a", 0, [1e-3, 1e-2, 1e-1], [2, 1, 9]));
    assert.deepEqual(new Picker(source).points.losses, losses);
  });
}

test("another sweep ends a replay", () => {
  const source = new FakeSource({ status: "finished", _curve: CURVE });
  const picker = new Picker(source);
  picker.replay({ id: "1", steps: 1 });
  source.kernelSets("_curve", { run: "b", points: encode([1e-3], [3]) });
  assert.deepEqual(picker.points.visible.losses, [3]);
});

test("before a guess nothing can be kept", () => {
  const guessing = {
    status: "finished",
    _practice: { stage: "guess" },
    _handles: [1e-4, 1e-3],
  } as const;
  const picker = new Picker(new FakeSource(guessing));
  assert.equal(picker.keep.view, null);
});

test("one handle stands there in a case with one group, and in nothing else", () => {
  const one = [{ name: "group 1", frozen: false }];
  const oneHandle = (name: string, groups: typeof one) =>
    new Picker(new FakeSource({ _practice: { case: name }, _groups: groups })).oneHandle;
  assert.equal(oneHandle("collab", one), true);
  assert.equal(oneHandle("text", [...one, ...one]), false);
  assert.equal(oneHandle("", one), false); // a sweep of one's own: what has no effect says so
});

const WISH = { id: "w1", speed: 1, until: 1e-3 };

test("of a curve that is to be drawn again nothing is seen before its first point is", () => {
  const state = { status: "finished", _curve: CURVE, _practice: { replay: WISH } } as const;
  const source = new FakeSource(state);
  const picker = new Picker(source);
  assert.deepEqual(picker.points.visible.losses, []);
  picker.replay(null);
  source.kernelSets("_practice", { replay: WISH, case: "mnist" });
  assert.deepEqual(picker.points.visible.losses, [2, 1], "the same wish counted again");
  let seen = -1;
  picker.onChange(() => (seen = picker.points.visible.losses.length));
  source.kernelSets("_practice", { replay: { ...WISH, id: "w2" } });
  assert.equal(seen, 0);
});

test("without a recorded curve a wish takes nothing away", () => {
  const picker = new Picker(new FakeSource({ _curve: CURVE, _practice: { replay: WISH } }));
  assert.equal(picker.points.limited, false);
  const state = { status: "finished", _practice: { replay: WISH } } as const;
  assert.equal(new Picker(new FakeSource(state)).points.limited, false);
});

test("what opens after a guess is whole, also where nothing that draws it again has come", () => {
  const practice = { stage: "guess", replay: WISH } as const;
  const source = new FakeSource({ status: "finished", _curve: CURVE, _practice: practice });
  const picker = new Picker(source);
  assert.equal(picker.points.limited, true);
  source.kernelSets("_practice", { stage: "open", replay: null });
  assert.deepEqual(picker.points.visible.losses, [2, 1]);
});
