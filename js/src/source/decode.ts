// What the wire and the traits hold as bytes and words, as numbers: lr_widget/widget/wire.py and
// lr_widget/records/files.py encode them.

import type { Bytes, Num } from "./types.ts";

/** "NaN" stands in older saved pages, which a newer script may serve. */
const NOT_FINITE: Record<string, number> = { nan: NaN, NaN, inf: Infinity, "-inf": -Infinity };

/**
 * Copies the bytes into float64 numbers: buffers from a websocket are seldom aligned to 8 bytes.
 */
export function float64s(bytes: Bytes | null | undefined): Float64Array {
  return numbersOf(bytes, 8, (view, at) => view.getFloat64(at, true));
}

/** The same of float32. */
export function float32s(bytes: Bytes | null | undefined): Float64Array {
  return numbersOf(bytes, 4, (view, at) => view.getFloat32(at, true));
}

function numbersOf(
  bytes: Bytes | null | undefined,
  size: number,
  numberAt: (view: DataView, at: number) => number,
): Float64Array {
  if (!bytes) return new Float64Array(0);
  const view =
    bytes instanceof ArrayBuffer
      ? new DataView(bytes)
      : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Float64Array(Math.floor(view.byteLength / size));
  for (let i = 0; i < numbers.length; i++) numbers[i] = numberAt(view, size * i);
  return numbers;
}

/** The numbers of whole points: a rate and a loss each. */
export function decode(bytes: Bytes | null | undefined): Float64Array {
  const numbers = float64s(bytes);
  return numbers.subarray(0, numbers.length - (numbers.length % 2));
}

/** A number of a trait; null where there is none. */
export function numberOf(value: Num | null | undefined): number | null {
  if (typeof value === "number") return value;
  return typeof value === "string" ? (NOT_FINITE[value] ?? null) : null;
}
