// Numbers between the worlds: learning rates, decades and pixels; how a rate is written and read.

/** The lower and the upper end of something: of learning rates, of losses, of places in px. */
export type Interval = readonly [lo: number, hi: number];

/** The part of the learning-rate axis that can be seen, and where it lies on the page. */
export interface Axis {
  readonly left_px: number;
  readonly width_px: number;
  readonly log10_lo: number;
  readonly log10_hi: number;
}

export function clamp(x: number, lo: number, hi: number): number {
  return Math.min(Math.max(x, lo), hi);
}

export function pxOf(axis: Axis, log10_lr: number): number {
  const share = (log10_lr - axis.log10_lo) / (axis.log10_hi - axis.log10_lo);
  return axis.left_px + share * axis.width_px;
}

/** The right edge of the plot. */
export function rightOf(axis: Axis): number {
  return axis.left_px + axis.width_px;
}

/** Whether a place can be seen, also one that rounding has put just beside the plot. */
export function isInside(axis: Axis, px: number, slack_px = 0): boolean {
  return px >= axis.left_px - slack_px && px <= rightOf(axis) + slack_px;
}

/** The nearest place that can be seen. */
export function heldInside(axis: Axis, px: number): number {
  return clamp(px, axis.left_px, rightOf(axis));
}

/** What of a stretch can be seen; null where nothing of it can. */
export function partSeen(axis: Axis, from_px: number, to_px: number): Interval | null {
  if (to_px < axis.left_px || from_px > rightOf(axis)) return null;
  return [heldInside(axis, from_px), heldInside(axis, to_px)];
}

export function log10Of(axis: Axis, px: number): number {
  const share = (px - axis.left_px) / axis.width_px;
  return axis.log10_lo + share * (axis.log10_hi - axis.log10_lo);
}

/** The rate of a step of a sweep, counted from 0: records/plan.py. */
export function plannedLr(
  plan: { start_lr: number; end_lr: number; num_it: number; schedule: "exp" | "linear" },
  step: number,
): number {
  const { start_lr, end_lr } = plan;
  const share = step / (plan.num_it - 1);
  if (plan.schedule === "linear") return start_lr + share * (end_lr - start_lr);
  return start_lr * (end_lr / start_lr) ** share;
}

/**
 * `n` rates from `lo` to `hi`, each by the same factor above the one before; one alone gets `hi`.
 */
export function spread(lo: number, hi: number, n: number): number[] {
  if (n === 1) return [hi];
  const rates = Array.from({ length: n }, (_, i) => lo * (hi / lo) ** (i / (n - 1)));
  // The ends are the pick itself, to the last bit.
  if (n > 1) {
    rates[0] = lo;
    rates[n - 1] = hi;
  }
  return rates;
}

/** Two significant digits, ties away from zero: "2.4", "63", "2.4e-3", "1e-4", "1.2e2". */
export function formatLr(lr: number): string {
  if (!Number.isFinite(lr)) return String(lr);
  // toPrecision looks at the exact value of the float and takes the larger of two equally near.
  const [mantissa = "", exponent = "0"] = lr.toExponential(1).split("e");
  const power = Number(exponent);
  if (power === 0) return mantissa.replace(/\.0$/, "");
  if (power === 1) return String(Math.round(Number(mantissa) * 10));
  return `${mantissa.replace(/\.0$/, "")}e${power}`;
}

/** A loss or a ratio in three significant digits, without a tail of zeros for whole numbers. */
export function formatNumber(x: number, digits = 3): string {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
    return x.toExponential(digits - 1).replace("e+", "e");
  }
  return size >= 10 ** (digits - 1) ? String(Math.round(x)) : x.toPrecision(digits);
}

/** How many times `hi` is above `lo`, short: "10", "2.5", "62". */
export function formatRatio(lo: number, hi: number): string {
  const ratio = hi / lo;
  if (ratio >= 1e4) return formatLr(ratio);
  const text = ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1);
  return text.replace(/\.0$/, "");
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺";
const PLAIN_DIGITS = "0123456789-+";

function plainDigit(superscript: string): string {
  return PLAIN_DIGITS[SUPERSCRIPTS.indexOf(superscript)]!;
}

/** `3e-4` and `.0003`. */
const NUMBER = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** `3x10^-4` and `10**-4`. */
const POWER = /^(?:\+?(\d+\.?\d*|\.\d+)\s*[×x*·]\s*)?10\s*(?:\^|\*\*)\s*([+-]?\d+)$/i;

/**
 * Reads a typed rate: `3e-4`, `0.0003`, `.0003`, `3×10⁻⁴`, `3x10^-4`, `3*10^-4`, `10^-4`.
 * Returns null for anything else, for 0, for negative and for infinite numbers.
 */
export function parseLr(text: string): number | null {
  const plain = text
    .trim()
    .replace(/[−–]/g, "-")
    .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+/g, (power) => `^${[...power].map(plainDigit).join("")}`);
  const power = POWER.exec(plain);
  let lr = NaN;
  // Number() of "3e-4" is the nearest float; 3 * 10 ** -4 would be off by a bit.
  if (power) lr = Number(`${power[1] ?? "1"}e${power[2]}`);
  else if (NUMBER.test(plain)) lr = Number(plain);
  return Number.isFinite(lr) && lr > 0 ? lr : null;
}

/** Whole powers of ten, every one or every second, third, ... of them. */
function powerTicks(log10_lo: number, log10_hi: number, atMost: number): number[] {
  const every = Math.max(1, Math.ceil((log10_hi - log10_lo) / atMost));
  const lrs: number[] = [];
  for (let power = Math.ceil(log10_lo - 1e-9); power <= log10_hi + 1e-9; power++) {
    if (power % every === 0) lrs.push(Number(`1e${power}`));
  }
  return lrs;
}

/** Round rates within two decades or less. */
function mantissaTicks(log10_lo: number, log10_hi: number, atMost: number): number[] {
  const mantissas = log10_hi - log10_lo > 0.8 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
  const lrs: number[] = [];
  for (let power = Math.floor(log10_lo); power <= log10_hi; power++) {
    for (const mantissa of mantissas) {
      const at = power + Math.log10(mantissa);
      const inside = at >= log10_lo - 1e-9 && at <= log10_hi + 1e-9;
      if (inside) lrs.push(Number(`${mantissa}e${power}`));
    }
  }
  const every = Math.max(1, Math.ceil(lrs.length / atMost));
  return lrs.filter((_, i) => i % every === 0);
}

/** Tick positions (rates) and labels for an axis that shows these decades. */
export function ticks(
  log10_lo: number,
  log10_hi: number,
  atMost = 10,
): { lrs: number[]; labels: string[] } {
  const ticksOf = log10_hi - log10_lo >= 2 ? powerTicks : mantissaTicks;
  const lrs = ticksOf(log10_lo, log10_hi, atMost);
  return { lrs, labels: lrs.map(formatLr) };
}

/**
 * The step between the ticks of a range of losses, 3 to 5 of them, and how to write them (in d3's
 * words): all with the same number of decimals, so that "2" does not stand below "2.5".
 */
export function lossTicks([low, high]: Interval, atMost = 5): { step: number; format: string } {
  const least = (high - low) / atMost;
  const power = Math.floor(Math.log10(least));
  const factor = [1, 2, 5].find((each) => each * 10 ** power >= least) ?? 10;
  // Number() of "2e-3" is the nearest float; 2 * 10 ** -3 would be off by a bit.
  const step = Number(`${factor}e${power}`);
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (largest >= 1e5 || largest < 1e-2) return { step, format: "~e" };
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return { step, format: `.${largest < 10 ? Math.max(1, decimals) : decimals}f` };
}
