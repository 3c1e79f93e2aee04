// What goes over the wire, for a model as anywidget hands it out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Model, sourceOf } from "../../src/source/anywidget.ts";

function modelOf(more: Partial<Model> = {}) {
  const calls: unknown[] = [];
  const traits: Record<string, unknown> = { _bundle_id: "asset" };
  const model: Model = {
    get: (name) => traits[name],
    set: (name, value) => (traits[name] = value),
    save_changes: () => calls.push("save"),
    send: (content) => calls.push(content),
    on: () => undefined,
    off: () => undefined,
    ...more,
  };
  return { calls, traits, source: sourceOf({ model, waiting: [], deliver: null }) };
}

const told = (comm_live?: boolean) => ({
  widget_manager: { get_model: async () => ({ get: () => null, comm_live }) },
});

test("a pick is written; where handles stand before a guess is told by a message", () => {
  const { calls, traits, source } = modelOf();
  source.setValue([1e-4, 1e-3], () => undefined);
  assert.deepEqual(calls, ["save"]);
  source.setValue([1e-4, 1e-2], () => undefined, "_handles");
  assert.deepEqual(traits._handles, [1e-4, 1e-2]);
  assert.deepEqual(calls.slice(1), [{ type: "handles", pick: [1e-4, 1e-2] }]);
});

test("nobody answers only where the host says so", async () => {
  assert.equal(await modelOf(told(true)).source.answers(), true);
  assert.equal(await modelOf(told(false)).source.answers(), false);
  assert.equal(await modelOf(told()).source.answers(), true);
  assert.equal(await modelOf().source.answers(), true);
});
