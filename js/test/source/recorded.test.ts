// A picker in a saved page: the state as it was written, and a pick that a hand can change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PickState } from "../../src/model/pick.ts";
import { decode } from "../../src/source/decode.ts";
import { recordedSource, revive } from "../../src/source/recorded.ts";

test("bytes and numbers that are not finite are unwrapped, wherever they stand", () => {
  const text =
    '{"a": [{"$bytes": "AP8="}, {"$number": "nan"}], "b": {"$number": "-inf"}, "c": {"lo": 1}}';
  assert.deepEqual(JSON.parse(text, revive), {
    a: [Uint8Array.of(0, 255), NaN],
    b: -Infinity,
    c: { lo: 1 },
  });
});

test("points come back to the last bit", () => {
  const numbers = new Float64Array([1e-7, NaN, 1 / 3, Infinity]);
  const base64 = Buffer.from(numbers.buffer).toString("base64");
  const bytes = revive("", { $bytes: base64 }) as Uint8Array;
  assert.deepEqual(decode(bytes), numbers);
});

test("what is no wrapping stays as it is", () => {
  for (const value of [
    null,
    1,
    "a",
    { $bytes: 1 },
    { $number: "seven" },
    { $bytes: "", name: "a" },
  ]) {
    assert.equal(revive("", value), value);
  }
});

test("a pick is written, announced and done with at once", () => {
  const source = recordedSource({ value: [1e-4, 1e-3], status: "finished" });
  const until = new AbortController();
  let told = 0;
  source.subscribe("value", () => (told += 1), until.signal);
  source.setValue([1e-5, 1e-2], () => (told += 10));
  assert.deepEqual(source.get("value"), [1e-5, 1e-2]);
  assert.equal(told, 11);
  until.abort();
  source.setValue(null, () => undefined);
  assert.equal(source.get("value"), null);
  assert.equal(told, 11);
});

test("a hand's pick is shown", () => {
  const pick = new PickState(recordedSource({ value: null, status: "finished" }));
  pick.commit([1e-5, 1e-4]);
  assert.deepEqual(pick.shown, [1e-5, 1e-4]);
  pick.beginDrag();
  pick.drag([1e-5, 1e-3]);
  pick.endDrag(null, [1e-5, 1e-4]);
  assert.deepEqual(pick.shown, [1e-5, 1e-4]);
});

test("nobody answers", () => {
  const source = recordedSource({});
  assert.equal(source.live, false);
  source.send({ type: "stop" });
  source.receive(() => assert.fail("a message came"));
});

/** What `save_html` writes where a guess is wanted. */
function sealed() {
  const truth = { best_lr: 0.1 };
  const told = {
    _reading: "clear",
    _zones: [{ name: "edge", lo: 1, hi: 2 }],
    _practice: { stage: "open", truth },
  };
  return {
    value: null,
    _handles: null,
    _reading: "",
    _practice: { stage: "guess" },
    _sealed: new TextEncoder().encode(JSON.stringify(told)),
  };
}

test("before a guess the handles have a place of their own, and nothing is told", () => {
  const source = recordedSource(sealed());
  const pick = new PickState(source);
  pick.commit([1e-4, 1e-3]);
  assert.deepEqual(pick.shown, [1e-4, 1e-3]);
  assert.deepEqual(source.get("_handles"), [1e-4, 1e-3]);
  assert.equal(source.get("value"), null);
  assert.equal(source.get("_reading"), "");
});

test("a guess opens what was sealed, once, and tells of all that is new", () => {
  const source = recordedSource(sealed());
  const told: string[] = [];
  for (const name of ["value", "_reading", "_zones", "_practice", "_handles"] as const) {
    source.subscribe(name, () => told.push(name));
  }
  source.send({ type: "guess", pick: [1e-4, 1e-3], why: "<b>" });
  assert.deepEqual(told.toSorted(), ["_practice", "_reading", "_zones", "value"]);
  assert.deepEqual(source.get("value"), [1e-4, 1e-3]);
  assert.equal(source.get("_reading"), "clear");
  const guess = { lo: 1e-4, hi: 1e-3, why: "<b>" };
  assert.deepEqual(source.get("_practice"), { stage: "open", truth: { best_lr: 0.1 }, guess });
  source.send({ type: "guess", pick: [1, 2], why: "" });
  assert.deepEqual(source.get("value"), [1e-4, 1e-3]);
});

test("a guess that nobody has asked for changes nothing", () => {
  const source = recordedSource({ value: [1e-4, 1e-3], _practice: {} });
  source.send({ type: "guess", pick: [1, 2], why: "" });
  assert.deepEqual(source.get("value"), [1e-4, 1e-3]);
});
