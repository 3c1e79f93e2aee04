// The points of a sweep as they come: one store per model, shared by all views.

import { Listeners } from "../base/listeners.ts";
import { decode, float32s } from "../source/decode.ts";
import type { Bytes, Curve, Message } from "../source/types.ts";

/**
 * The raw points of the present run. They arrive twice: in messages while the sweep runs, and as
 * the whole curve at its start and end. A message can overtake a trait, so both carry the run's id.
 */
export class PointStore {
  run: string;
  readonly lrs: number[] = [];
  readonly losses: number[] = [];
  /** When the first and the last points of this run were received, by the page's clock. */
  readonly seen_ms = { first: NaN, last: NaN };
  /** How many of them came first. */
  seenFirst = 0;
  readonly #listeners = new Listeners();
  readonly #lrAt: (step: number) => number;
  readonly #now: () => number;
  #limit: { readonly id: string; readonly steps: number } | null = null;

  /** `lrAt` tells the planned rate of a step, counted from 0. */
  constructor(
    curve: Curve | null | undefined,
    lrAt: (step: number) => number,
    now: () => number = () => performance.now(),
  ) {
    this.#lrAt = lrAt;
    this.#now = now;
    this.run = curve?.run ?? "";
    this.#put(0, decode(curve?.points));
  }

  /** Calls `listener` whenever points were added or a new run began, until `signal` aborts. */
  onChange(listener: () => void, signal?: AbortSignal): void {
    this.#listeners.add(listener, signal);
  }

  /** What may be seen: all of it, but for a replay of it, which is a run of its own. */
  get visible(): { run: string; lrs: readonly number[]; losses: readonly number[] } {
    const { run, lrs, losses } = this;
    if (!this.#limit) return { run, lrs, losses };
    const { id, steps } = this.#limit;
    return { run: `${run} ${id}`, lrs: lrs.slice(0, steps), losses: losses.slice(0, steps) };
  }

  /** Whether only some points may be seen. */
  get limited(): boolean {
    return this.#limit !== null;
  }

  /** Lets only the first points be seen, in a replay with an id; null for all of them. */
  limit(limit: { readonly id: string; readonly steps: number } | null): void {
    this.#limit = limit;
    this.#tell();
  }

  receive({ content, buffers }: Message): void {
    const { type, run, start } = content;
    if (type !== "points" || typeof run !== "string" || typeof start !== "number") return;
    const fresh = run !== this.run;
    if (fresh) this.#begin(run);
    const healed = this.#heal(start, buffers[1]);
    // After a gap the rest is dropped, until a message tells what was missed.
    const added = start <= this.lrs.length && this.#put(start, decode(buffers[0]));
    if (fresh || healed || added) this.#tell();
  }

  /**
   * Fills a gap before `start` from what a message repeats: all losses before its own, in float32.
   * The curve that comes at the end of the run is exact.
   */
  #heal(start: number, repeated: Bytes | undefined): boolean {
    const { length } = this.lrs;
    if (start <= length || !repeated) return false;
    const losses = float32s(repeated);
    const missed = Array.from(losses.subarray(length, start), (loss, i) => [
      this.#lrAt(length + i),
      loss,
    ]);
    return this.#put(length, Float64Array.from(missed.flat()));
  }

  /** The trait `_curve` has changed. */
  replace(curve: Curve): void {
    const numbers = decode(curve.points);
    const same = curve.run === this.run;
    // The empty curve that opens a run may come after its first points. The one that closes it
    // counts even if it is shorter: points after the stopping step are not in the record.
    if (same && numbers.length === 0) return;
    if (!same) this.#begin(curve.run);
    this.#empty();
    this.#put(0, numbers);
    this.#tell();
  }

  #begin(run: string): void {
    this.run = run;
    this.#limit = null;
    this.#empty();
    this.seen_ms.first = NaN;
    this.seen_ms.last = NaN;
  }

  #empty(): void {
    this.lrs.length = 0;
    this.losses.length = 0;
  }

  /** Writes points from index `start` on; true if there are more of them now. */
  #put(start: number, numbers: Float64Array): boolean {
    const before = this.lrs.length;
    for (let i = 0; i < numbers.length / 2; i++) {
      this.lrs[start + i] = numbers[2 * i]!;
      this.losses[start + i] = numbers[2 * i + 1]!;
    }
    if (this.lrs.length === before) return false;
    this.seen_ms.last = this.#now();
    if (Number.isNaN(this.seen_ms.first)) {
      this.seen_ms.first = this.seen_ms.last;
      this.seenFirst = this.lrs.length;
    }
    return true;
  }

  #tell(): void {
    this.#listeners.tell();
  }
}
