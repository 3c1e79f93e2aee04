// Which losses the trials' chart shows: those that matter, whatever one batch or one run does.

import { type Interval, lossTicks } from "../math/scale.ts";
import { type Descent, descentOf, grown, median } from "../math/smoothing.ts";
import type { TrialsView } from "../model/trial-progress.ts";
import { validAfter } from "./table-rows.ts";

/** Room for the noise around the smooth lines, in standard deviations. */
const NOISE = 3;
/**
 * A range that would begin below this share of its end begins at 0, so that heights can be
 * compared.
 */
const NEAR_ZERO = 0.5;
const MARGIN = 0.08;
/** Losses that differ by less than this share of their level look level. */
const LEAST_SHARE = 0.15;
/** Validation losses further above the rest than this many times its span are not shown. */
const FAR = 1.5;
/** At the end the range stays if the losses fill this share of it. */
const STILL_FILLS = 0.5;

/** All validation losses that are known, as the marks show them. */
function validLosses({ trials, runs }: TrialsView): number[] {
  const all = trials.candidates.flatMap((_, candidate) =>
    Array.from({ length: trials.epochs }, (_, epoch) => validAfter(runs, candidate, epoch)),
  );
  return all.filter(Number.isFinite);
}

/**
 * What was read of a run, until it has more losses: only the newest run changes while trials run.
 */
const read = new WeakMap<readonly number[], { length: number; descent: Descent | null }>();

function knownDescentOf(losses: readonly number[]): Descent | null {
  const known = read.get(losses);
  if (known?.length === losses.length) return known.descent;
  const descent = descentOf(losses);
  read.set(losses, { length: losses.length, descent });
  return descent;
}

/** Null as long as no loss is known. */
export function lossRange(view: TrialsView): Interval | null {
  const descents = view.losses.map(knownDescentOf).filter((descent) => descent !== null);
  // The less noisy half of the runs decides: one that diverges is all noise.
  const noises = descents.map((descent) => descent.noise).sort((a, b) => a - b);
  const noise = NOISE * (noises[(noises.length - 1) >> 1] ?? 0);
  const valid = validLosses(view);
  const lowest = Math.min(...valid);
  let low = Math.min(...descents.map(({ bottom }) => bottom - noise), lowest);
  let high = Math.max(...descents.map(({ top }) => top + noise), ...(valid.length ? [lowest] : []));
  if (!Number.isFinite(low) || !Number.isFinite(high)) return null;
  // All runs start alike: one that blows up in its first steps is shown as it leaves, not as it
  // ends.
  const start = median(view.losses.map((losses) => losses[0] ?? NaN).filter(Number.isFinite));
  if (start > low) high = Math.min(high, start + Math.max(start - low, noise));
  const far = high + FAR * (high - low);
  high = valid.filter((loss) => loss <= far).reduce((most, loss) => Math.max(most, loss), high);
  const span = Math.max(high - low, LEAST_SHARE * Math.abs(high)) || 1;
  const around = (span - (high - low)) / 2 + MARGIN * span;
  const least = Math.min(low, ...descents.map(({ least }) => least));
  low -= around;
  return [least >= 0 && low < NEAR_ZERO * high ? 0 : low, high + around];
}

/**
 * The range to show: while trials run it only grows, and at their end it stays if it still fits.
 * Null as long as no loss is known.
 */
export function shownRange(shown: Interval | null, view: TrialsView): Interval | null {
  const wanted = lossRange(view);
  if (!wanted) return shown;
  if (view.trials.status === "running") {
    const [low, high] = grown(shown, wanted);
    return [wanted[0] >= 0 ? Math.max(0, low) : low, high];
  }
  const fits =
    shown &&
    shown[0] <= wanted[0] &&
    shown[1] >= wanted[1] &&
    wanted[1] - wanted[0] > STILL_FILLS * (shown[1] - shown[0]);
  return fits ? shown : wanted;
}

/** Few ticks: the plot is low. */
export function trialLossTicks(y: Interval): { step: number; format: string } {
  const few = lossTicks(y, 4);
  return Math.floor(y[1] / few.step) - Math.ceil(y[0] / few.step) >= 2 ? few : lossTicks(y, 6);
}
