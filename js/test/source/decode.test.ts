import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, numberOf } from "../../src/source/decode.ts";
import type { Num } from "../../src/source/types.ts";
import { encode } from "../support/fake-source.ts";

const lrs = [1e-7, 2e-7, 3e-7, 4e-7];
const losses = [2.5, 2.4, NaN, Infinity];

test("buffers that do not begin at a multiple of 8 are read", () => {
  const whole = encode(lrs, losses);
  const shifted = new Uint8Array(whole.byteLength + 3);
  shifted.set(new Uint8Array(whole.buffer), 3);
  const expected = [1e-7, 2.5, 2e-7, 2.4, 3e-7, NaN, 4e-7, Infinity];
  assert.deepEqual([...decode(new DataView(shifted.buffer, 3))], expected);
  assert.deepEqual([...decode(shifted.subarray(3))], expected);
  assert.deepEqual([...decode(whole.buffer as ArrayBuffer)], expected);
  assert.equal(decode(null).length, 0);
});

test("half a point at the end is left out", () => {
  assert.equal(decode(new DataView(encode(lrs, losses).buffer, 0, 40)).length, 4);
});

test("numbers of a trait", () => {
  assert.deepEqual(
    [numberOf(1.5), numberOf("inf"), numberOf("-inf"), numberOf(null), numberOf("nan")],
    [1.5, Infinity, -Infinity, null, NaN],
  );
  assert.equal(numberOf("NaN" as Num), NaN); // as older saved pages have it
});
