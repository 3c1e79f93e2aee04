import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interval } from "../../src/math/scale.ts";
import { PickState } from "../../src/model/pick.ts";
import type { State } from "../../src/source/types.ts";
import { FakeSource } from "../support/fake-source.ts";
import { FakeTimer } from "../support/fake-timer.ts";

const chosen: Interval = [1e-4, 1e-3];
const suggested: Interval = [2.4e-4, 2.4e-3];
const later: Interval = [5e-4, 5e-3];

function setUp(state: Partial<State> = {}) {
  const source = new FakeSource(state);
  const timer = new FakeTimer();
  return { source, pick: new PickState(source, timer), wait: (ms: number) => timer.wait(ms) };
}

test("what the kernel sets is shown", () => {
  const { source, pick } = setUp();
  assert.equal(pick.shown, null);
  source.kernelSets("value", suggested);
  assert.deepEqual(pick.shown, suggested);
});

test("a drag is committed at its end, bit by bit", () => {
  const { source, pick } = setUp({ value: suggested, status: "finished" });
  pick.beginDrag();
  pick.drag([1e-4, 0.1 + 0.2]);
  pick.drag([1e-4, 0.30000000000000004]);
  assert.equal(source.commits.length, 0);
  pick.endDrag([1e-4, 0.30000000000000004], suggested);
  assert.deepEqual(
    source.commits.map(({ value }) => value),
    [[1e-4, 0.30000000000000004]],
  );
});

test("with continuous_update every move is committed, and Escape commits the way back", () => {
  const { source, pick } = setUp({ value: suggested, status: "finished", continuous_update: true });
  pick.beginDrag();
  pick.drag(chosen);
  pick.drag(later);
  pick.endDrag(null, suggested);
  assert.deepEqual(
    source.commits.map(({ value }) => value),
    [chosen, later, suggested],
  );
});

test("with continuous_update Escape goes back to no pick as well", () => {
  const { source, pick } = setUp({ value: null, status: "finished", continuous_update: true });
  pick.beginDrag();
  pick.drag(chosen);
  pick.endDrag(null, null);
  assert.deepEqual(
    source.commits.map(({ value }) => value),
    [chosen, null],
  );
  assert.equal(pick.shown, null);
  source.kernelHandles();
  source.kernelHandles();
  assert.equal(pick.shown, null);
  source.kernelSets("value", later);
  assert.deepEqual(pick.shown, later);
});

test("a drag that is taken back does not take away a suggestion that came during it", () => {
  const { source, pick } = setUp();
  pick.beginDrag();
  pick.drag(chosen);
  source.kernelSets("value", suggested);
  pick.endDrag(null, null);
  assert.equal(source.commits.length, 0);
  assert.deepEqual(pick.shown, suggested);
});

test("a drag that is taken back commits nothing", () => {
  const { source, pick } = setUp({ value: suggested, status: "finished" });
  pick.beginDrag();
  pick.drag(chosen);
  assert.deepEqual(pick.shown, chosen);
  pick.endDrag(null, suggested);
  assert.deepEqual(pick.shown, suggested);
  assert.equal(source.commits.length, 0);
});

test("the kernel does not move a handle that is being dragged", () => {
  const { source, pick } = setUp({ value: suggested });
  let told = 0;
  pick.beginDrag();
  pick.drag(chosen);
  pick.onChange(() => told++);
  source.kernelSets("value", later);
  assert.deepEqual(pick.shown, chosen);
  assert.equal(told, 0);
  pick.endDrag(null, suggested);
  assert.deepEqual(pick.shown, suggested, "taken back to what stood there");
});

test("the suggestion at the end of a sweep does not overwrite a choice made during it", () => {
  const { source, pick } = setUp();
  pick.commit(chosen);
  source.kernelSets("value", suggested);
  source.kernelSets("status", "finished");
  assert.deepEqual(pick.shown, chosen);
  source.kernelHandles();
  assert.deepEqual(pick.shown, chosen);
  source.kernelSets("value", later);
  assert.deepEqual(pick.shown, later, "once it has arrived, the kernel may change it");
});

test("the echo alone is enough on hosts that do not report", () => {
  const { source, pick } = setUp();
  pick.commit(chosen);
  source.kernelSets("value", suggested);
  source.kernelHandles(false);
  source.kernelSets("status", "finished");
  source.kernelSets("value", later);
  assert.deepEqual(pick.shown, later);
});

test("a choice that no suggestion met gives way to the kernel after it was handled", () => {
  const { source, pick } = setUp();
  pick.commit(chosen);
  source.kernelHandles();
  source.kernelSets("value", later);
  assert.deepEqual(pick.shown, later);
});

test("a host that never reports does not freeze the pick", () => {
  const { source, pick, wait } = setUp();
  pick.commit(chosen);
  source.kernelSets("status", "stopped");
  wait(2500);
  source.kernelSets("value", later);
  assert.deepEqual(pick.shown, later);
});

test("a busy training cell: the commit stays shown, on hosts known to report", () => {
  const { source, pick } = setUp({ value: suggested, status: "finished" });
  pick.commit(later);
  source.kernelHandles();
  pick.commit(chosen);
  source.kernelSets("value", suggested);
  assert.deepEqual(pick.shown, chosen);
  source.kernelHandles();
  assert.deepEqual(pick.shown, chosen);
});

test("a commit that the kernel has handled but not taken gives way", () => {
  const { source, pick, wait } = setUp({ status: "finished" });
  pick.commit(chosen);
  source.kernelSets("value", suggested);
  pick.commit(later);
  source.kernelSets("value", suggested);
  source.commits[1]!.onHandled();
  wait(600);
  assert.deepEqual(pick.shown, suggested);
});

test("only the last of several commits decides", () => {
  const { source, pick } = setUp();
  pick.commit(chosen);
  pick.commit(later);
  source.kernelSets("value", suggested);
  source.kernelHandles();
  assert.deepEqual(pick.shown, later);
  source.kernelHandles();
  assert.deepEqual(pick.shown, later);
});

test("the same pick is not committed twice", () => {
  const { source, pick } = setUp({ value: suggested, status: "finished" });
  pick.commit([...suggested]);
  assert.equal(source.commits.length, 0);
});

test("before a guess the handles move a trait of their own, after it the pick", () => {
  const source = new FakeSource({ status: "finished", _practice: { stage: "guess" } });
  const pick = new PickState(source, new FakeTimer());
  pick.commit([1e-4, 1e-3]);
  assert.deepEqual(source.state._handles, [1e-4, 1e-3]);
  assert.equal(source.state.value, null);
  // The guess comes back while the commit of the handles has not been reported as handled.
  source.state.value = [1e-5, 1e-2];
  source.kernelSets("_practice", { stage: "open" });
  assert.deepEqual(pick.shown, [1e-5, 1e-2]);
  pick.commit([1e-6, 1e-2]);
  assert.deepEqual(source.state.value, [1e-6, 1e-2]);
  assert.deepEqual(source.state._handles, [1e-4, 1e-3]);
});
