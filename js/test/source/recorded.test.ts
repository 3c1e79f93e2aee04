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
