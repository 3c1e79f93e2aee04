// What a curve's losses themselves say: which lie above the scale, which are no numbers.

import { CARET_SHARE } from "../base/look.ts";
import type { Interval } from "./scale.ts";

/** More cannot be told apart. */
const MOST_CARETS = 200;

/** What there is to say about a curve; made anew whenever points have been drawn. */
export interface Findings {
  /** Rate and smoothed loss of the lowest point; null while it is not known to be one. */
  readonly lowest: { readonly lr: number; readonly loss: number } | null;
  /** The first and the last rate whose losses are above the scale, and the highest of those. */
  readonly beyond: {
    readonly from_lr: number;
    readonly to_lr: number;
    readonly loss: number;
  } | null;
  /** The rate at which the loss was NaN or infinite. */
  readonly bad: { readonly lr: number; readonly loss: number } | null;
}

export const NOTHING: Findings = { lowest: null, beyond: null, bad: null };

/** The losses above the scale, and the first one that is no number. */
export function findingsOf(
  lrs: readonly number[],
  losses: readonly number[],
  top: number,
): Findings {
  let beyond = null as Findings["beyond"];
  let bad = null as Findings["bad"];
  for (let i = 0; i < losses.length; i++) {
    const loss = losses[i]!;
    if (!Number.isFinite(loss)) bad ??= { lr: lrs[i]!, loss };
    else if (loss > top) {
      const [from_lr, highest] = beyond ? [beyond.from_lr, beyond.loss] : [lrs[i]!, loss];
      beyond = { from_lr, to_lr: lrs[i]!, loss: Math.max(loss, highest) };
    }
  }
  return { lowest: null, beyond, bad };
}

/**
 * Where the carets stand: inside the plot, so that the zones' strip on its edge does not hide them.
 */
export function caretLoss([low, high]: Interval): number {
  return high - CARET_SHARE * (high - low);
}

/** Indices of the points of which there is a caret: those above the scale, thinned out. */
export function carets(losses: readonly number[], top: number): number[] {
  const above: number[] = [];
  for (let i = 0; i < losses.length; i++) {
    if (losses[i]! > top && losses[i]! < Infinity) above.push(i);
  }
  const every = Math.ceil(above.length / MOST_CARETS);
  return every > 1 ? above.filter((_, k) => (above.length - 1 - k) % every === 0) : above;
}
