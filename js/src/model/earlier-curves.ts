// The smooth lines of earlier sweeps: numbers and dash patterns, no page. Python's figures/spec.py draws
// the same ones.

import { EARLIER_DASHES_PX, EARLIER_SHOWN } from "../base/look.ts";
import type { Interval } from "../math/scale.ts";
import { linePlaces, smoother, yRange } from "../math/smoothing.ts";
import { decode } from "../source/decode.ts";
import type { Earlier } from "../source/types.ts";

export interface EarlierLine {
  readonly name: string;
  readonly lrs: readonly number[];
  readonly losses: readonly number[];
  readonly dash: readonly number[];
  /** The losses that this curve alone would show. */
  readonly range: Interval;
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
      dash: EARLIER_DASHES_PX[index % EARLIER_DASHES_PX.length]!,
      range: yRange(losses),
      shownAtFirst: index >= earlier.length - EARLIER_SHOWN,
    };
  });
}
