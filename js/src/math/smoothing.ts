// How a noisy loss curve is read: a centred smooth line, and the range of losses worth showing.
// lr_widget/curves/smoothing.py computes the same; tests/data/vectors.json holds the two together.

import { clamp, type Range } from "./scale.ts";

const SIGMA_DECADES = 0.16;
const SIGMA_SPACINGS = 1.5;
const LINE_POINTS = 400;
/** A range that would begin below this share of the level begins at 0. */
const NEAR_ZERO = 0.3;
const MAD_TO_STD = 1.4826;
const GROW_SHARE = 0.02;
const GROW_AHEAD = 0.5;

type Numbers = ArrayLike<number>;

function finite(losses: Numbers): number[] {
  return Array.prototype.filter.call(losses, Number.isFinite) as number[];
}

/** The median; the mean of the middle two for an even count. Sorts `values` in place. */
export function median(values: number[] | Float64Array): number {
  if (values instanceof Float64Array) values.sort();
  else values.sort((a, b) => a - b);
  const half = values.length >> 1;
  const upper = values[half] ?? NaN;
  return values.length % 2 === 1 ? upper : ((values[half - 1] ?? NaN) + upper) / 2;
}

/** The median of each finite loss and two neighbours on either side. */
export function runningMedian(losses: Numbers): number[] {
  const values = finite(losses);
  return values.map((_, i) => median(values.slice(Math.max(0, i - 2), i + 3)));
}

/**
 * The lowest and highest loss to show: from the lowest loss to the level before it, with head room.
 * A diverged tail, one spike or one outlier does not flatten the descent, and a level curve looks
 * level: its noise is not blown up to the height of the picture.
 */
export function yRange(losses: Numbers): [low: number, high: number] {
  const values = finite(losses);
  if (values.length === 0) return [0, 1];
  const medians = runningMedian(values);
  let lowest = 0;
  medians.forEach((m, i) => {
    if (m < (medians[lowest] ?? m)) lowest = i;
  });
  let top = -Infinity;
  for (const m of medians.slice(0, lowest + 1)) top = Math.max(top, m);
  const bottom = medians[lowest] ?? top;
  const noise =
    MAD_TO_STD * median(Float64Array.from(values, (v, i) => Math.abs(v - (medians[i] ?? v))));
  let least = Infinity;
  for (const v of values) least = Math.min(least, v);
  const low = Math.max(least, bottom - (top - bottom) - 8 * noise);
  const span = Math.max(top - low, 8 * noise, 0.15 * Math.abs(top)) || 1;
  const around = (span - (top - low)) / 2;
  const floor = low - around - 0.2 * span;
  return [low >= 0 && floor < NEAR_ZERO * top ? 0 : floor, top + around + 0.25 * span];
}

/**
 * The range of losses while a sweep runs: from 0 where no loss is below it, so that a level start
 * is seen as what it is and the descent has its room already. It only grows, not for a trifle, and
 * a bit ahead, since the loss that left it will be further away when the axis may grow again.
 */
export function grown(shown: Range | null, wanted: Range): Range {
  if (!shown) return [Math.min(0, wanted[0]), wanted[1]];
  const below = Math.max(0, shown[0] - wanted[0]);
  const above = Math.max(0, wanted[1] - shown[1]);
  if (below + above <= GROW_SHARE * (shown[1] - shown[0])) return shown;
  const low = shown[0] - below * (1 + GROW_AHEAD);
  return [wanted[0] >= 0 ? Math.max(0, low) : low, shown[1] + above * (1 + GROW_AHEAD)];
}

/** A range of losses that makes room for other curves, at most twice as high. */
export function extended([low, high]: Range, others: readonly Range[]): Range {
  const below = Math.max(0, low - Math.min(low, ...others.map((other) => other[0])));
  const above = Math.max(0, Math.max(high, ...others.map((other) => other[1])) - high);
  const share = below + above > 0 ? Math.min(1, (high - low) / (below + above)) : 0;
  return [low - share * below, high + share * above];
}

/** The width of the smoother (standard deviation of its weights) in decades. */
function sigmaDecades(log10_lrs: Numbers): number {
  if (log10_lrs.length < 2) return SIGMA_DECADES;
  const spacings = Float64Array.from(
    { length: log10_lrs.length - 1 },
    (_, i) => log10_lrs[i + 1]! - log10_lrs[i]!,
  );
  return Math.max(SIGMA_DECADES, SIGMA_SPACINGS * median(spacings));
}

/** The first index of the rising `xs` whose value is not below `x`. */
function firstNotBelow(xs: readonly number[], x: number): number {
  let begin = 0;
  let end = xs.length;
  while (begin < end) {
    const middle = (begin + end) >> 1;
    if (xs[middle]! < x) begin = middle + 1;
    else end = middle;
  }
  return begin;
}

/**
 * The centred, Gaussian-weighted mean of the losses as a function of log10 of the rate; NaN where
 * no loss is near. A centred mean keeps every feature at its rate; a running one lags by two to
 * three decades.
 */
export function smoother(log10_lrs: Numbers, losses: Numbers): (log10_lr: number) => number {
  const [low, high] = yRange(losses);
  const cap = high + 0.5 * (high - low);
  const xs: number[] = [];
  const ys: number[] = [];
  for (let i = 0; i < losses.length; i++) {
    if (!Number.isFinite(losses[i])) continue;
    xs.push(log10_lrs[i]!);
    ys.push(Math.min(losses[i]!, cap));
  }
  return gaussianMean(xs, ys, sigmaDecades(log10_lrs));
}

/**
 * The mean of `ys` around a place, with Gaussian weights as wide as `sigma`; NaN where none is
 * near. `xs` rise.
 */
export function gaussianMean(
  xs: readonly number[],
  ys: readonly number[],
  sigma: number,
): (x: number) => number {
  return (centre) => {
    let total = 0;
    let weights = 0;
    for (
      let i = firstNotBelow(xs, centre - 3 * sigma);
      i < xs.length && xs[i]! <= centre + 3 * sigma;
      i++
    ) {
      const weight = Math.exp(-0.5 * ((centre - xs[i]!) / sigma) ** 2);
      total += weight * ys[i]!;
      weights += weight;
    }
    return weights > 0 ? total / weights : NaN;
  };
}

/** The smooth line at several rates. */
export function smooth(log10_lrs: Numbers, losses: Numbers, at: Numbers): number[] {
  return Array.from(at, smoother(log10_lrs, losses));
}

/** The indices of the points at which the smooth line is drawn: at most 400 of `n`. */
export function linePoints(n: number): number[] {
  const count = Math.min(n, LINE_POINTS);
  if (count === n) return Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: count }, (_, k) =>
    clamp(Math.floor((k * (n - 1)) / (LINE_POINTS - 1) + 0.5), 0, n - 1),
  );
}
