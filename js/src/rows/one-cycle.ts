// The one-cycle schedule: how a rate moves over the coming training. fastai's `fit_one_cycle` and
// PyTorch's `OneCycleLR` differ in their defaults; both rise and fall by half a cosine.

import type { Loop } from "../source/types.ts";

export interface Cycle {
  /** Share of the training at which the rate is highest. */
  readonly peak: number;
  /** The rate at the start is so many times lower than the highest, that at the end so many times. */
  readonly start: number;
  readonly end: number;
}

/** fastai 2.8.12: pct_start, div, div_final. */
const FASTAI: Cycle = { peak: 0.25, start: 25, end: 1e5 };
/** PyTorch 2.14: pct_start, div_factor, div_factor * final_div_factor. */
const PYTORCH: Cycle = { peak: 0.3, start: 25, end: 25e4 };

export function cycleOf(loop: Loop): Cycle {
  return loop === "fastai" || loop === "recorded" ? FASTAI : PYTORCH;
}

/** The rate at a share of the training, as a share of the highest. */
export function shareAt({ peak, start, end }: Cycle, time: number): number {
  const [from, to, at] = time < peak ? [1 / start, 1, time / peak] : [1, 1 / end, (time - peak) / (1 - peak)];
  return from + ((1 - Math.cos(Math.PI * at)) / 2) * (to - from);
}
