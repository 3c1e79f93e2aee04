// What a move of a handle does to the pick. Pure: no page, no model.
// An end that is not moved keeps its float to the last bit; an end that is stopped takes the bits
// of what stopped it.

import { clamp, type Interval } from "./scale.ts";

export type End = "lo" | "hi";

/** `lo` is a tenth of `hi` as long as nobody has chosen otherwise. */
const FIRST_RATIO = 10;

/** The rate at `log10_lr`, at most as far as the ends of `swept`. */
function rateWithin(log10_lr: number, swept: Interval): number {
  if (log10_lr <= Math.log10(swept[0])) return swept[0];
  if (log10_lr >= Math.log10(swept[1])) return swept[1];
  return clamp(10 ** log10_lr, swept[0], swept[1]);
}

/** The first pick, made by choosing one end: the other follows at the usual ratio. */
export function firstPick(end: End, lr: number, swept: Interval): Interval {
  if (end === "hi") return [Math.min(lr, Math.max(swept[0], lr / FIRST_RATIO)), lr];
  return [lr, Math.max(lr, Math.min(swept[1], lr * FIRST_RATIO))];
}

/** Puts one end at `lr`; the other end of the pick stops it. */
function placeEnd(
  pick: Interval | null,
  end: End,
  lr: number,
  swept: Interval,
  oneGroup: boolean,
): Interval {
  if (pick === null) return firstPick(end, lr, swept);
  const [lo, hi] = pick;
  if (end === "lo") return [Math.min(lr, hi), hi];
  // With one group `lo` has no effect, so it gives way instead of stopping the other.
  return oneGroup ? [Math.min(lo, lr), lr] : [lo, Math.max(lr, lo)];
}

/**
 * Moves one end to `log10_lr`. It stops at the ends of the sweep and at the other end of the pick.
 */
export function moveEnd(
  pick: Interval | null,
  end: End,
  log10_lr: number,
  swept: Interval,
  oneGroup = false,
): Interval {
  return placeEnd(pick, end, rateWithin(log10_lr, swept), swept, oneGroup);
}

/**
 * Moves both ends by the same number of decades: the ratio stays, the ends of the sweep stop it.
 */
export function moveBoth(pick: Interval, decades: number, swept: Interval): Interval {
  const [lo, hi] = pick;
  const down = Math.min(0, Math.log10(swept[0] / lo));
  const up = Math.max(0, Math.log10(swept[1] / hi));
  if (decades <= down) return lo <= swept[0] ? pick : [swept[0], swept[0] * (hi / lo)];
  if (decades >= up) return hi >= swept[1] ? pick : [swept[1] / (hi / lo), swept[1]];
  return [lo * 10 ** decades, hi * 10 ** decades];
}

/** The lowest and highest rate that one end may be moved to. */
export function limits(
  pick: Interval | null,
  end: End,
  swept: Interval,
  oneGroup = false,
): Interval {
  if (pick === null) return swept;
  const [lo, hi] = pick;
  if (end === "lo") return [Math.min(swept[0], lo), hi];
  return [oneGroup ? Math.min(swept[0], hi) : lo, Math.max(swept[1], hi)];
}

/** Decades by which a key moves a thumb, "first" or "last" for its limits, null for other keys. */
export function keyStep(key: string, shift: boolean): number | "first" | "last" | null {
  const fine = shift ? 0.2 : 0.05;
  switch (key) {
    case "ArrowRight":
    case "ArrowUp":
      return fine;
    case "ArrowLeft":
    case "ArrowDown":
      return -fine;
    case "PageUp":
      return 1;
    case "PageDown":
      return -1;
    case "Home":
      return "first";
    case "End":
      return "last";
    default:
      return null;
  }
}

/**
 * The pick after a key. Starts from where the thumb stands: parked at an end of the sweep if there
 * is no pick or the value lies outside, where a step further outward does nothing.
 */
export function moveByKey(
  pick: Interval | null,
  end: End,
  step: number | "first" | "last",
  swept: Interval,
  oneGroup = false,
): Interval {
  if (step === "first" || step === "last") {
    const [low, high] = limits(pick, end, swept, oneGroup);
    return placeEnd(pick, end, step === "first" ? low : high, swept, oneGroup);
  }
  const lr = (pick ?? swept)[end === "lo" ? 0 : 1];
  if (pick && (step > 0 ? lr > swept[1] : lr < swept[0])) return pick;
  return moveEnd(pick, end, Math.log10(clamp(lr, swept[0], swept[1])) + step, swept, oneGroup);
}
