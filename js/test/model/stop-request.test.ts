import assert from "node:assert/strict";
import { test } from "node:test";
import {
  interrupt,
  jupyterServer,
  type Server,
  StopRequest,
} from "../../src/model/stop-request.ts";
import { FakeSource } from "../support/fake-source.ts";
import { FakeTimer } from "../support/fake-timer.ts";

const server: Server = { baseUrl: "/user/me/", token: "secret", xsrf: "2|ab" };

function setUp(options: { server?: Server | null; answers?: boolean; kernelId?: string } = {}) {
  const source = new FakeSource({ _kernel_id: options.kernelId ?? "kernel-1" });
  const asked: string[] = [];
  const timer = new FakeTimer();
  let run = "a";
  let told = 0;
  const stop = new StopRequest({
    source,
    run: () => run,
    running: () => source.get("status") === "running",
    onChange: () => told++,
    timer,
    server: () => (options.server === undefined ? server : options.server),
    interrupt: async (_server, kernelId) => {
      asked.push(kernelId);
      return options.answers ?? true;
    },
  });
  return { source, stop, asked, timer, told: () => told, nextRun: (id: string) => (run = id) };
}

test("Stop asks for one interrupt, however often it is clicked", async () => {
  const { stop, asked, source } = setUp();
  await Promise.all([stop.ask(), stop.ask()]);
  await stop.ask();
  assert.deepEqual(asked, ["kernel-1"]);
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

test("without a Jupyter page a message is sent and the notebook's own button is named", async () => {
  for (const options of [{ server: null }, { kernelId: "" }, { answers: false }]) {
    const { stop, source } = setUp(options);
    await stop.ask();
    assert.deepEqual(source.sent, [{ type: "stop", run: "a" }]);
    assert.equal(stop.phase, "by hand");
    await stop.ask();
    assert.equal(source.sent.length, 1);
  }
});

test("a run that ended while the server was asked gets no message", async () => {
  const { stop, source } = setUp({ answers: false });
  const asking = stop.ask();
  source.kernelSets("status", "finished");
  await asking;
  assert.deepEqual(source.sent, []);
});

test("the request carries what Jupyter asks for", async () => {
  const calls: [string, RequestInit | undefined][] = [];
  const send = (async (url: string, init?: RequestInit) => {
    calls.push([url, init]);
    return { ok: true };
  }) as unknown as typeof fetch;
  assert.equal(await interrupt(server, "id/with slash", send), true);
  const [url, init] = calls[0]!;
  assert.equal(url, "/user/me/api/kernels/id%2Fwith%20slash/interrupt");
  assert.equal(init?.method, "POST");
  assert.deepEqual(init?.headers, { "X-XSRFToken": "2|ab", Authorization: "token secret" });
});

test("a server that cannot be reached or refuses is a no", async () => {
  const refuses = (async () => ({ ok: false })) as unknown as typeof fetch;
  const fails = (async () => assert.fail("unreachable")) as unknown as typeof fetch;
  assert.equal(await interrupt(server, "k", refuses), false);
  assert.equal(await interrupt(server, "k", fails), false);
});

function pageOf(config: string | null, cookie = ""): Document {
  return {
    cookie,
    getElementById: () => (config === null ? null : { textContent: config }),
  } as unknown as Document;
}

test("the page's configuration tells where the server is", () => {
  const found = jupyterServer(
    pageOf('{"baseUrl": "/lab-base", "token": "t"}', "a=1; _xsrf=2%7Cab; b=2"),
  );
  assert.deepEqual(found, { baseUrl: "/lab-base/", token: "t", xsrf: "2|ab" });
  assert.equal(jupyterServer(pageOf(null)), null);
  assert.equal(jupyterServer(pageOf("no json")), null);
  assert.equal(jupyterServer(pageOf("{}")), null);
});
