import assert from "node:assert/strict";
import { test } from "node:test";
import { StopRequest } from "../../src/model/stop-request.ts";
import { FakeSource } from "../support/fake-source.ts";
import { FakeTimer } from "../support/fake-timer.ts";

/** `answers`: of each way that there is, whether it works. */
function setUp(answers: readonly boolean[] = [true]) {
  const source = new FakeSource();
  const asked: number[] = [];
  const timer = new FakeTimer();
  let run = "a";
  let told = 0;
  const stop = new StopRequest({
    source,
    run: () => run,
    running: () => source.get("status") === "running",
    onChange: () => told++,
    timer,
    ways: () =>
      answers.map((works, i) => async () => {
        asked.push(i);
        return works;
      }),
    hint: () => "use the other button",
  });
  return { source, stop, asked, timer, told: () => told, nextRun: (id: string) => (run = id) };
}

test("Stop asks for one interrupt, however often it is clicked", async () => {
  const { stop, asked, source } = setUp();
  await Promise.all([stop.ask(), stop.ask()]);
  await stop.ask();
  assert.deepEqual(asked, [0]);
  assert.equal(stop.phase, "stopping");
  assert.deepEqual(source.sent, []);
});

test("Stop never interrupts a kernel whose sweep is over", async () => {
  const { stop, asked, source } = setUp();
  for (const status of ["finished", "stopped", "failed", "idle"] as const) {
    source.kernelSets("status", status);
    await stop.ask();
  }
  assert.deepEqual(asked, []);
  assert.deepEqual(source.sent, []);
});

test("the next run can be stopped again", async () => {
  const { stop, asked, nextRun } = setUp();
  await stop.ask();
  nextRun("b");
  assert.equal(stop.phase, "ready");
  await stop.ask();
  assert.equal(asked.length, 2);
});

test("an interrupt that did not stop this sweep may be asked for once more, by hand", async () => {
  const { stop, asked, timer, told } = setUp();
  await stop.ask();
  timer.wait(2400);
  assert.equal(stop.phase, "stopping");
  const before = told();
  timer.wait(200);
  assert.equal(stop.phase, "ready");
  assert.equal(told(), before + 1, "the views show it");
  timer.wait(60_000);
  assert.equal(asked.length, 1, "never by itself");
  await Promise.all([stop.ask(), stop.ask()]);
  assert.equal(asked.length, 2);
  assert.equal(stop.phase, "stopping");
});

test("the wait for one sweep does not free the button of the next", async () => {
  const { stop, asked, timer, nextRun } = setUp();
  await stop.ask();
  timer.wait(2000);
  nextRun("b");
  await stop.ask();
  timer.wait(1000);
  assert.equal(stop.phase, "stopping");
  assert.equal(asked.length, 2);
});

test("a sweep that has ended is not waited for", async () => {
  const { stop, source, timer, told } = setUp();
  await stop.ask();
  source.kernelSets("status", "stopped");
  const before = told();
  timer.wait(3000);
  assert.equal(told(), before);
});

test("the ways are tried in their order, until one works", async () => {
  const { stop, asked, source } = setUp([false, true, true]);
  await stop.ask();
  assert.deepEqual(asked, [0, 1]);
  assert.equal(stop.phase, "stopping");
  assert.deepEqual(source.sent, []);
});

test("where none works a message is sent and the notebook's own button is named", async () => {
  const { stop, asked, source } = setUp([false, false]);
  await stop.ask();
  assert.deepEqual(asked, [0, 1]);
  assert.deepEqual(source.sent, [{ type: "stop", run: "a" }]);
  assert.equal(stop.phase, "by hand");
  await stop.ask();
  assert.equal(source.sent.length, 1);
});

test("where there is no way a hint stands from the beginning, and nothing is asked", async () => {
  const { stop, source, told } = setUp([]);
  assert.deepEqual(stop.view, { phase: "elsewhere", hint: "use the other button" });
  await stop.ask();
  assert.deepEqual([source.sent, told()], [[], 0]);
  source.kernelSets("status", "finished");
  assert.deepEqual(stop.view, { phase: "ready", hint: "" });
});

test("a run that ended while the server was asked gets no message", async () => {
  const { stop, source, asked } = setUp([false, true]);
  const asking = stop.ask();
  source.kernelSets("status", "finished");
  await asking;
  assert.deepEqual(source.sent, []);
  assert.deepEqual(asked, [0], "and no second interrupt");
});
