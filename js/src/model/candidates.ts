// Picks that were kept: what each is called, and which of them a pick is.

import { say, sentences } from "../base/sentences.ts";
import { formatLr, type Interval } from "../math/scale.ts";
import type { Candidate } from "../source/types.ts";

/** Two rates are the same if they differ by less than this share. */
const SAME = 1e-9;

/** "1e-6 to 1e-4", or the one rate of a candidate with a single one. */
export function rangeText({ lo, hi }: Candidate): string {
  return lo === hi
    ? formatLr(hi)
    : say(sentences.trials.range, { lo: formatLr(lo), hi: formatLr(hi) });
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= SAME * Math.max(Math.abs(a), Math.abs(b));
}

export function keptAt(pick: Interval, kept: readonly Candidate[]): Candidate | undefined {
  return kept.find(({ lo, hi }) => close(lo, pick[0]) && close(hi, pick[1]));
}
