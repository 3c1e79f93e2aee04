// What the curve itself says, written at its place: the lowest point, losses above the scale, and
// the rate at which the loss was no number. Elements over the picture, so that they are HTML text.

import { say, sentences } from "../base/sentences.ts";
import { make, place, placeBeside, setText } from "../dom/elements.ts";
import { type Findings, NOTHING } from "../math/findings.ts";
import {
  type Axis,
  formatLr,
  formatNumber,
  type Interval,
  isInside,
  log10Of,
  pxOf,
  rightOf,
} from "../math/scale.ts";

const words = sentences.chart;
const GAP_PX = 8;
/** What a text may use of the right margin, which is 28 or more. */
const MARGIN_PX = 26;
/** What the rising curve needs where it leaves the scale. */
const CURVE_PX = 20;
/** At so many places a curve is asked whether it runs through a text. */
const LOOKS = 8;

/** The smooth line as it is drawn. */
export interface Curve {
  /** The smoothed loss at log10 of a rate. */
  smoothAt(log10_lr: number): number;
  /** The height of a loss in px from the top; null where it is out of the picture. */
  topOf(loss: number): number | null;
}

const NO_CURVE: Curve = { smoothAt: () => NaN, topOf: () => null };

/** Whether a curve stays above `top_px` between two places of the picture. */
function staysAbove(curve: Curve, axis: Axis, [from_px, to_px]: Interval, top_px: number): boolean {
  const places = Array.from({ length: LOOKS + 1 }, (_, i) => i / LOOKS);
  return places.every((share) => {
    const log10_lr = log10Of(axis, from_px + share * (to_px - from_px));
    return (curve.topOf(curve.smoothAt(log10_lr)) ?? 0) < top_px;
  });
}

export class Annotations {
  readonly #ring = make("div", "lowest-ring");
  readonly #leader = make("div", "lowest-leader");
  readonly #lowest = make("div", "note lowest");
  readonly #beyond = make("div", "note beyond");
  readonly #line = make("div", "bad-line");
  readonly #cross = make("div", "bad-cross", {}, "✕");
  readonly #bad = make("div", "note bad");
  #unit = 1;

  constructor(stage: HTMLElement) {
    stage.append(
      this.#line,
      this.#cross,
      this.#bad,
      this.#beyond,
      this.#leader,
      this.#ring,
      this.#lowest,
    );
    for (const part of [this.#cross, this.#ring, this.#leader, this.#line]) {
      part.setAttribute("aria-hidden", "true");
    }
    this.nameLowest(false);
    this.show(NOTHING, { left_px: 0, width_px: 1, log10_lo: 0, log10_hi: 1 }, NO_CURVE);
  }

  /** Where the truth is known, that says whether the lowest point is too high. */
  nameLowest(isKnown: boolean): void {
    const name = isKnown ? words.lowest_known : words.lowest;
    if (this.#lowest.textContent !== name) this.#lowest.replaceChildren(...halves(name));
  }

  /**
   * Puts every note at its place. `unit` is what a px of the design comes to.
   */
  show(found: Findings, axis: Axis, curve: Curve, unit = 1): void {
    this.#unit = unit;
    this.#showLowest(found.lowest, axis, curve);
    this.#showBeyond(found.beyond, axis);
    this.#showBad(found.bad, axis);
  }

  /**
   * Where the words about the lowest point stand, from left to right; null where there are none.
   */
  get lowestSpan(): Interval | null {
    const { hidden, offsetLeft, offsetWidth } = this.#lowest;
    return hidden ? null : [offsetLeft, offsetLeft + offsetWidth];
  }

  #showLowest(lowest: Findings["lowest"], axis: Axis, curve: Curve): void {
    const x = lowest ? within(axis, lowest.lr) : null;
    const y = lowest ? curve.topOf(lowest.loss) : null;
    for (const part of [this.#ring, this.#leader, this.#lowest]) {
      part.hidden = x === null || y === null;
    }
    if (x === null || y === null) return;
    place(this.#ring, x, y);
    place(this.#leader, x, y);
    this.#placeLowest(x, axis, curve);
  }

  /**
   * On the right, in two lines rather than on the left, where the band is and the loss falls. Words
   * that would hide the curve there are left out: the ring stands, and the reading says the same.
   */
  #placeLowest(x: number, axis: Axis, curve: Curve): void {
    const gap_px = GAP_PX * this.#unit;
    const text = this.#lowest;
    const fits = [false, true].some((folded) => {
      text.classList.toggle("lrw-folded", folded);
      return x + gap_px + text.offsetWidth <= this.#rightEnd(axis);
    });
    this.#beside(text, x, axis);
    const covered: Interval = [x - gap_px - text.offsetWidth, x - gap_px];
    text.hidden =
      !fits && (covered[0] < axis.left_px || !staysAbove(curve, axis, covered, text.offsetTop));
  }

  #showBeyond(beyond: Findings["beyond"], axis: Axis): void {
    const x = beyond ? within(axis, beyond.to_lr) : null;
    this.#beyond.hidden = x === null;
    if (!beyond || x === null) return;
    setText(this.#beyond, say(words.beyond, { loss: formatNumber(beyond.loss, 2) }));
    // On the left the carets and the curve that leaves the scale before them are in its way.
    const carets_px = x - pxOf(axis, Math.log10(beyond.from_lr));
    this.#beside(this.#beyond, x, axis, carets_px + CURVE_PX * this.#unit);
    this.#beyond.hidden = this.#beyond.offsetLeft < axis.left_px;
  }

  #showBad(bad: Findings["bad"], axis: Axis): void {
    const x = bad ? within(axis, bad.lr) : null;
    for (const part of [this.#line, this.#cross, this.#bad]) part.hidden = x === null;
    if (!bad || x === null) return;
    for (const part of [this.#line, this.#cross]) part.style.left = `${x}px`;
    setText(
      this.#bad,
      say(Number.isNaN(bad.loss) ? words.nan : words.infinite, { lr: formatLr(bad.lr) }),
    );
    this.#beside(this.#bad, x, axis);
  }

  /** A text may end a little beyond the plot: the margin has room. */
  #rightEnd(axis: Axis): number {
    return rightOf(axis) + MARGIN_PX * this.#unit;
  }

  /** Where a text has to stand on the left, it keeps `away_px` more from what it is about. */
  #beside(note: HTMLElement, left_px: number, axis: Axis, away_px = 0): void {
    placeBeside(note, left_px, GAP_PX * this.#unit, this.#rightEnd(axis), away_px);
  }
}

/** The two lines of a text that may be folded. */
function halves(text: string): (Node | string)[] {
  const middle = text.length / 2;
  const spaces = [...text.matchAll(/ /g)].map(({ index }) => index);
  const at = spaces.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0] ?? 0;
  const [first, second] = [text.slice(0, at), text.slice(at + 1)];
  return [make("span", "half", {}, first), " ", make("span", "half", {}, second)];
}

/** Where a rate stands in px, or null if it cannot be seen. */
function within(axis: Axis, lr: number): number | null {
  const px = pxOf(axis, Math.log10(lr));
  return isInside(axis, px) ? px : null;
}
