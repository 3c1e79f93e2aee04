// A guess on its way: by a clock that goes only when a test says so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Picker } from "../../src/model/picker.ts";
import { GuessRequest, LATE_MS } from "../../src/practice/guess-request.ts";
import { FakeSource } from "../support/fake-source.ts";
import { FakeTimer } from "../support/fake-timer.ts";

const PICK = [1e-3, 1e-2] as const;

function refusal(why: string) {
  return { content: { type: "refused", why }, buffers: [] };
}

function setUp({ alive = true, status = "finished" as "finished" | "running" } = {}) {
  const source = new FakeSource({ status, _practice: { stage: "guess" } });
  source.alive = alive;
  const timer = new FakeTimer();
  const request = new GuessRequest(new Picker(source), timer);
  return { source, timer, request };
}

/** Lets what was asked for be answered. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("it is handed in once, and is over when all is shown", () => {
  const { source, request } = setUp();
  request.handIn(PICK, "the cliff");
  request.handIn(PICK, "again");
  assert.deepEqual(source.sent, [{ type: "guess", pick: [1e-3, 1e-2], why: "the cliff" }]);
  assert.equal(request.phase, "waiting");
  assert.equal(request.free, false);
  source.kernelSets("_practice", { stage: "open" });
  assert.equal(request.phase, "ready");
});

test("while a sweep runs nothing is handed in", () => {
  const { source, request } = setUp({ status: "running" });
  request.handIn(PICK, "");
  assert.deepEqual(source.sent, []);
});

test("after some time it says that no answer has come, and can be pressed again", () => {
  const { source, timer, request } = setUp();
  request.handIn(PICK, "");
  timer.wait(LATE_MS);
  assert.equal(request.phase, "late");
  request.handIn(PICK, "");
  assert.equal(source.sent.length, 2);
  timer.wait(LATE_MS - 1);
  assert.equal(request.phase, "waiting", "the time of the first press counted");
});

test("an answer that comes in time leaves nothing to be said later", () => {
  const { source, timer, request } = setUp();
  request.handIn(PICK, "");
  source.kernelSends(refusal("no"));
  timer.wait(LATE_MS);
  assert.equal(request.phase, "refused");
});

test("a refusal is told with its reason, each of them, and another guess can be made", () => {
  const { source, request } = setUp();
  source.kernelSends(refusal("for nobody"));
  assert.equal(request.phase, "ready");
  for (const why of ["lo is above hi", "lo is above hi"]) {
    request.handIn(PICK, "");
    source.kernelSends(refusal(why));
    assert.deepEqual([request.phase, request.why], ["refused", why]);
    assert.ok(request.free);
  }
});

test("where the kernel is gone it says so at once, and looks again at every press", async () => {
  const { source, request } = setUp({ alive: false });
  await settled();
  assert.equal(request.phase, "gone");
  request.handIn(PICK, "");
  await settled();
  assert.equal(request.phase, "gone");
  source.alive = true;
  request.handIn(PICK, "");
  await settled();
  assert.equal(request.phase, "waiting");
});
