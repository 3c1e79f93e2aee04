// How a noisy loss curve is read: one centred smooth line, and the range of losses worth showing.
// lr_widget/curves/smoothing.py computes the same and says why; tests/data/vectors.json holds the two
// together.

import { clamp, type Interval } from "./scale.ts";

const SIGMA_DECADES = 0.16;
const SIGMA_SPACINGS = 1.5;
const REACH = 3;
const MEDIAN_DECADES = 0.4;
const START_LOG10 = -4.5;
const START_DECADES = 0.5;
const FALLEN_NOISES = 3;
const NOISES = 6;
const CUT_UNITS = 0.6;
const CUT_ABOVE = 0.1;
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
  return middleOf(values);
}

function middleOf(sorted: Numbers): number {
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2;
}

/** The median of each finite loss and `half` neighbours on either side. */
export function runningMedian(losses: Numbers, half = 2): number[] {
  const values = finite(losses);
  const sorted: number[] = []; // those of the window
  for (let i = 0; i < Math.min(half, values.length); i++) insert(sorted, values[i]!);
  return values.map((_, i) => {
    if (i + half < values.length) insert(sorted, values[i + half]!);
    if (i > half) sorted.splice(firstNotBelow(sorted, values[i - half - 1]!), 1);
    return middleOf(sorted);
  });
}

function insert(sorted: number[], value: number): void {
  sorted.splice(firstNotBelow(sorted, value), 0, value);
}

/** How far losses fall, and how noisy they are. */
export interface Descent {
  /** The lowest level. */
  readonly bottom: number;
  /** The highest level before it: what a run that diverges later fell from. */
  readonly top: number;
  /** Of single losses around the level, as a standard deviation. */
  readonly noise: number;
  /** The least single loss. */
  readonly least: number;
}

/** Null where no loss is finite. */
export function descentOf(losses: Numbers): Descent | null {
  const values = finite(losses);
  if (values.length === 0) return null;
  const medians = runningMedian(values);
  const bottom = medians.reduce((a, b) => Math.min(a, b));
  const before = medians.slice(0, medians.indexOf(bottom) + 1);
  const off = Float64Array.from(values, (value, i) => Math.abs(value - medians[i]!));
  return {
    bottom,
    top: before.reduce((a, b) => Math.max(a, b)),
    noise: MAD_TO_STD * median(off),
    least: values.reduce((a, b) => Math.min(a, b)),
  };
}

/**
 * The lowest and highest loss to show: from the lowest loss to the level before it, with head room.
 * A diverged tail, one spike or one outlier does not flatten the descent, and a level curve looks
 * level: its noise is not blown up to the height of the picture.
 */
export function yRange(losses: Numbers): [low: number, high: number] {
  const descent = descentOf(losses);
  if (!descent) return [0, 1];
  const { bottom, top, noise, least } = descent;
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
export function grown(shown: Interval | null, wanted: Interval): Interval {
  if (!shown) return [Math.min(0, wanted[0]), wanted[1]];
  const below = Math.max(0, shown[0] - wanted[0]);
  const above = Math.max(0, wanted[1] - shown[1]);
  if (below + above <= GROW_SHARE * (shown[1] - shown[0])) return shown;
  const low = shown[0] - below * (1 + GROW_AHEAD);
  return [wanted[0] >= 0 ? Math.max(0, low) : low, shown[1] + above * (1 + GROW_AHEAD)];
}

/** A range of losses that makes room for other curves, at most twice as high. */
export function extended([low, high]: Interval, others: readonly Interval[]): Interval {
  const below = Math.max(0, low - Math.min(low, ...others.map((other) => other[0])));
  const above = Math.max(0, Math.max(high, ...others.map((other) => other[1])) - high);
  const share = below + above > 0 ? Math.min(1, (high - low) / (below + above)) : 0;
  return [low - share * below, high + share * above];
}

/** The distances of neighbours. */
function steps(values: readonly number[]): Float64Array {
  return Float64Array.from(values.slice(1), (value, i) => value - values[i]!);
}

/** The width of the smoother (standard deviation of its weights) in decades. */
function sigmaDecades(xs: readonly number[]): number {
  if (xs.length < 2) return SIGMA_DECADES;
  return Math.max(SIGMA_DECADES, SIGMA_SPACINGS * median(steps(xs)));
}

/** How many neighbours on either side the running median takes in. */
function halfWindow(xs: readonly number[]): number {
  const widest = (xs.length - 1) >> 1;
  const spacing = (xs[xs.length - 1]! - xs[0]!) / Math.max(1, xs.length - 1);
  if (!(spacing > 0)) return widest;
  return Math.min(widest, Math.max(1, Math.floor(MEDIAN_DECADES / 2 / spacing + 1e-9)));
}

/** The loss before the fall, and what is much for this loss. */
function levels(
  xs: readonly number[],
  ys: readonly number[],
  medians: readonly number[],
): { start: number; unit: number } {
  const noise = ys.length < 2 ? 0 : (MAD_TO_STD * median(steps(ys).map(Math.abs))) / Math.SQRT2;
  const begins = Math.max(xs[0]! + START_DECADES, xs[Math.min(2, xs.length - 1)]!);
  const upTo = (end: number) => median(ys.filter((_, i) => xs[i]! <= end));
  const first = upTo(begins);
  const level = upTo(Math.max(START_LOG10, begins));
  const start = first > level + FALLEN_NOISES * noise ? first : level;
  const lowest = medians.reduce((least, value) => Math.min(least, value), Infinity);
  return { start, unit: Math.max(Math.abs(start), start - lowest, NOISES * noise) };
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
 * The smooth line as a function of log10 of the rate; NaN where no loss is near: the centred,
 * Gaussian-weighted mean of the running median, which is cut down well above the start. A centred
 * mean keeps every feature at its rate; a running one lags by two to three decades.
 */
export function smoother(log10_lrs: Numbers, losses: Numbers): (log10_lr: number) => number {
  const xs: number[] = [];
  const ys: number[] = [];
  for (let i = 0; i < losses.length; i++) {
    if (!Number.isFinite(losses[i])) continue;
    xs.push(log10_lrs[i]!);
    ys.push(losses[i]!);
  }
  if (xs.length === 0) return () => NaN;
  const medians = runningMedian(ys, halfWindow(xs));
  const { start, unit } = levels(xs, ys, medians);
  const [low, high] = yRange(ys);
  const cut = Math.max(start + CUT_UNITS * unit, high + CUT_ABOVE * (high - low));
  return gaussianMean(
    xs,
    medians.map((value) => Math.min(value, cut)),
    sigmaDecades(xs),
  );
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
      let i = firstNotBelow(xs, centre - REACH * sigma);
      i < xs.length && xs[i]! <= centre + REACH * sigma;
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

/**
 * The indices of the losses at which the line of a sweep is drawn, all of them finite; Python reads
 * it at the same places, so that its lowest point is one of them.
 */
export function linePlaces(losses: Numbers): number[] {
  const known: number[] = [];
  for (let i = 0; i < losses.length; i++) if (Number.isFinite(losses[i])) known.push(i);
  return linePoints(known.length).map((i) => known[i]!);
}
