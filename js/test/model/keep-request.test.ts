import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interval } from "../../src/math/scale.ts";
import { KeepRequest } from "../../src/model/keep-request.ts";
import type { State } from "../../src/source/types.ts";
import { FakeSource } from "../support/fake-source.ts";
import { FakeTimer } from "../support/fake-timer.ts";

const A = { name: "A", lo: 1e-6, hi: 1e-4 };

function setUp(state: Partial<State> = {}, live = true) {
  const source = new FakeSource({ status: "finished", ...state }, live);
  const timer = new FakeTimer();
  const now: { pick: Interval | null; trying: boolean } = { pick: [1e-6, 1e-4], trying: false };
  const keep = new KeepRequest({
    source,
    pick: () => now.pick,
    trying: () => now.trying,
    onChange: () => {},
    timer,
  });
  return { source, timer, keep, now };
}

test("Keep sends the pick once, however often it is clicked", () => {
  const { keep, source } = setUp();
  assert.deepEqual(keep.view, { action: "keep", enabled: true });
  keep.ask();
  keep.ask();
  assert.deepEqual(source.sent, [{ type: "keep", pick: [1e-6, 1e-4] }]);
  assert.equal(keep.view?.enabled, false);
});

test("a kept pick can be dropped, once the kernel has answered", () => {
  const { keep, source } = setUp();
  keep.ask();
  source.kernelSets("_kept", [A]);
  assert.deepEqual(keep.view, { action: "drop", enabled: true });
  keep.ask();
  assert.deepEqual(source.sent.at(-1), { type: "drop", pick: [1e-6, 1e-4] });
});

test("without an answer the button comes back after a while", () => {
  const { keep, timer } = setUp();
  keep.ask();
  timer.wait(1400);
  assert.equal(keep.view?.enabled, false);
  timer.wait(200);
  assert.equal(keep.view?.enabled, true);
});

test("there is no button without a pick, while a sweep runs, or where nobody answers", () => {
  const { keep, now } = setUp();
  now.pick = null;
  assert.equal(keep.view, null);
  assert.equal(setUp({ status: "running" }).keep.view, null);
  assert.equal(setUp({}, false).keep.view, null);
});

test("while trials run nothing is kept or dropped", () => {
  const { keep, now, source } = setUp();
  now.trying = true;
  keep.ask();
  assert.equal(keep.view?.enabled, false);
  assert.deepEqual(source.sent, []);
});
