// What only practice needs, from a kernel: once for a page, and from the picker where the shared
// widget cannot be reached.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PracticeBundle } from "../../src/source/practice-bundle.ts";
import type { Model } from "../../src/source/widget-model.ts";
import { FakeTimer } from "../support/fake-timer.ts";

const BYTES = Uint8Array.of(1, 2, 3);

function modelOf(id: string, getModel: (id: string) => Promise<{ get(name: string): unknown }>) {
  const sent: unknown[] = [];
  const model: Model = {
    get: () => id,
    set: () => undefined,
    save_changes: () => undefined,
    send: (content) => sent.push(content),
    on: () => undefined,
    off: () => undefined,
    widget_manager: { get_model: getModel },
  };
  return { model, sent };
}

function bundleOf(model: Model, timer = new FakeTimer()) {
  const unpacked: unknown[] = [];
  const unpack = async (bytes: unknown) => unpacked.push(bytes);
  return { bundle: new PracticeBundle(model, { unpack, timer }), unpacked, timer };
}

test("it comes from the shared widget, once for all pickers of a page", async () => {
  const asked: string[] = [];
  const getModel = async (id: string) => {
    asked.push(id);
    return { get: () => BYTES };
  };
  for (const { model } of [modelOf("shared", getModel), modelOf("shared", getModel)]) {
    await bundleOf(model).bundle.load();
  }
  assert.deepEqual(asked, ["shared"]);
});

for (const [host, getModel] of [
  ["refuses", () => Promise.reject(new Error("no such model"))],
  ["hangs", () => new Promise<never>(() => undefined)],
] as const) {
  test(`where the host ${host} the picker itself is asked`, async () => {
    const { model, sent } = modelOf(host, getModel);
    const { bundle, unpacked, timer } = bundleOf(model);
    const loaded = bundle.load();
    timer.wait(10_000);
    while (sent.length === 0) await new Promise(setImmediate);
    assert.deepEqual(sent, [{ type: "practice" }]);
    assert.equal(bundle.receive({ content: { type: "points" }, buffers: [] }), false);
    assert.equal(bundle.receive({ content: { type: "practice" }, buffers: [BYTES] }), true);
    await loaded;
    assert.deepEqual(unpacked, [BYTES]);
  });
}

test("where both ways fail, the error of the second names the reason of the first", async () => {
  const { model } = modelOf("fails", () => Promise.reject(new Error("no such model")));
  const bundle = new PracticeBundle(model, {
    unpack: () => Promise.reject(new Error("no gzip")),
    timer: new FakeTimer(),
  });
  const loaded = bundle.load();
  await new Promise(setImmediate);
  bundle.receive({ content: { type: "practice" }, buffers: [BYTES] });
  await assert.rejects(loaded, (error: Error) => {
    assert.equal(error.message, "no gzip");
    assert.equal((error.cause as Error).message, "no such model");
    return true;
  });
});

test("a host that hangs is named as such", async () => {
  const { model } = modelOf("silent", () => new Promise<never>(() => undefined));
  const timer = new FakeTimer();
  const unpack = () => Promise.reject(new Error("no gzip"));
  const bundle = new PracticeBundle(model, { unpack, timer });
  const loaded = bundle.load();
  timer.wait(10_000);
  await new Promise(setImmediate);
  bundle.receive({ content: { type: "practice" }, buffers: [BYTES] });
  await assert.rejects(loaded, (error: Error) =>
    /did not answer/.test((error.cause as Error).message),
  );
});
