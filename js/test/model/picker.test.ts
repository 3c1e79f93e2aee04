import assert from "node:assert/strict";
import { test } from "node:test";
import { Picker } from "../../src/model/picker.ts";
import type { State } from "../../src/source/types.ts";
import { FakeSource } from "../support/fake-source.ts";

test("a state that an earlier version has saved has neither line of code nor schedule", () => {
  const source = new FakeSource();
  const state: Partial<State> = source.state;
  delete state._code;
  delete state._schedule;
  const picker = new Picker(source);
  assert.equal(picker.code, "");
  assert.equal(picker.schedule, null);
});
