// The smooth lines of earlier sweeps: numbers and dash patterns, no page. Python's figures/spec.py draws
// the same ones.

import type { Range } from "../math/scale.ts";
import { linePlaces, smoother, yRange } from "../math/smoothing.ts";
import { decode } from "../source/decode.ts";
import type { Earlier } from "../source/types.ts";

/** Told apart without colours: lengths of strokes and gaps in px. */
export const DASHES = [
  [7, 3],
  [2, 3],
  [8, 3, 2, 3],
  [14, 4],
  [14, 3, 2, 3, 2, 3],
] as const;
/** More lines than these few are shown only by hand. */
const SHOWN_AT_FIRST = 4;

export interface EarlierLine {
  readonly name: string;
  readonly lrs: readonly number[];
  readonly losses: readonly number[];
  readonly dash: readonly number[];
  /** The losses that this curve alone would show. */
  readonly range: Range;
  readonly shownAtFirst: boolean;
}

export function linesOf(earlier: readonly Earlier[]): EarlierLine[] {
  return earlier.map(({ name, points }, index) => {
    const numbers = decode(points);
    const lrs = Array.from(numbers).filter((_, i) => i % 2 === 0);
    const losses = Array.from(numbers).filter((_, i) => i % 2 === 1);
    const log10_lrs = lrs.map(Math.log10);
    const at = linePlaces(losses);
    const smooth = smoother(log10_lrs, losses);
    return {
      name,
      lrs: at.map((i) => lrs[i]!),
      losses: at.map((i) => smooth(log10_lrs[i]!)),
      dash: DASHES[index % DASHES.length]!,
      range: yRange(losses),
      shownAtFirst: index >= earlier.length - SHOWN_AT_FIRST,
    };
  });
}
