// The kept picks on the sweep's chart: a bar from lo to hi, low above the axis, and a letter that
// sets the handles to it. Elements over the picture: they follow zoom, pan and resize.

import { LENGTHS_PX } from "../base/lengths.ts";
import { say, sentences } from "../base/sentences.ts";
import { classOf, STYLE_COUNT, styleOf } from "../chart/candidate-style.ts";
import { make, makeSvg, setAttribute } from "../dom/elements.ts";
import { type Axis, clamp, type Interval, pxOf, rightOf } from "../math/scale.ts";
import { rangeText } from "../model/candidates.ts";
import type { Candidate } from "../source/types.ts";

const FIRST_PX = 7;
const NEXT_PX = 8;
const LETTER_PX = LENGTHS_PX.target;
/** What can be seen of a letter above its bar. */
const HALF_LETTER_PX = 14;
/** Hit areas above each other may overlap by what the letters leave free. */
const APART_PX = 16;
/** A bar of one rate would not be seen. */
const LEAST_PX = 3;

export interface KeptBar {
  /** The ends as far as they can be seen. */
  readonly left_px: number;
  readonly right_px: number;
  readonly above_px: number;
}

/**
 * Left edges of the letters of kept picks: at the left end of the bar, else at its right end, else
 * further left, so that none covers another one. All letters are `size_px` wide; they may stand
 * above each other `apart_px` apart.
 */
export function placeLetters(
  bars: readonly KeptBar[],
  size_px: number,
  apart_px: number,
  room: Interval,
): number[] {
  const taken: { left_px: number; above_px: number }[] = [];
  return bars.map(({ left_px, right_px, above_px }) => {
    const further = Array.from({ length: bars.length + 1 }, (_, i) => left_px - (i + 2) * size_px);
    const wanted = [left_px - size_px, right_px, ...further];
    const inside = (left: number) => left >= room[0] && left + size_px <= room[1];
    const free = (left: number) =>
      taken.every(
        (other) =>
          Math.abs(other.left_px - left) >= size_px ||
          Math.abs(other.above_px - above_px) >= apart_px - 0.01,
      );
    const left =
      wanted.find((each) => inside(each) && free(each)) ??
      clamp(left_px - size_px, room[0], room[1] - size_px);
    taken.push({ left_px: left, above_px });
    return left;
  });
}

interface Parts {
  readonly bar: SVGSVGElement;
  readonly letter: HTMLButtonElement;
}

export class CandidateBars {
  readonly #stage: HTMLElement;
  readonly #choose: (pick: Interval) => void;
  #kept: readonly Candidate[] = [];
  #parts: Parts[] = [];
  /** Where bars and letters stand, and how high they reach above the axis. */
  #places: { readonly left_px: number; readonly right_px: number; readonly top_px: number }[] = [];

  constructor(stage: HTMLElement, choose: (pick: Interval) => void) {
    this.#stage = stage;
    this.#choose = choose;
  }

  show(kept: readonly Candidate[], axis: Axis, unit: number): void {
    this.#make(kept);
    const right_px = rightOf(axis);
    const seen = kept.map(({ lo, hi }, i) => {
      const [from, to] = [pxOf(axis, Math.log10(lo)), pxOf(axis, Math.log10(hi))];
      const above_px = (FIRST_PX + NEXT_PX * (i % STYLE_COUNT)) * unit;
      return {
        i,
        left_px: Math.max(axis.left_px, from),
        right_px: Math.min(right_px, Math.max(to, from + LEAST_PX)),
        above_px,
      };
    });
    const there = seen.filter((bar) => bar.right_px > bar.left_px);
    // Not in the gutter, where the lowest loss stands; the right margin is free.
    const lefts = placeLetters(there, LETTER_PX * unit, APART_PX * unit, [
      axis.left_px,
      right_px + LETTER_PX * unit,
    ]);
    for (const parts of this.#parts) display(parts, false);
    there.forEach(({ i, left_px, right_px: end_px, above_px }, k) => {
      const { bar, letter } = this.#parts[i]!;
      display({ bar, letter }, true);
      bar.style.transform = `translate(${left_px}px, ${-above_px}px)`;
      bar.style.width = `${end_px - left_px}px`;
      letter.style.transform = `translate(${lefts[k]}px, ${-above_px}px)`;
      letter.classList.toggle("lrw-kept-after", lefts[k]! >= end_px);
    });
    this.#places = there.map(({ left_px, right_px: end_px, above_px }, k) => ({
      left_px: Math.min(left_px, lefts[k]!),
      right_px: Math.max(end_px, lefts[k]! + LETTER_PX * unit),
      top_px: above_px + HALF_LETTER_PX * unit,
    }));
    this.#dashes(unit);
  }

  /**
   * Lifts what else stands on the axis between two places above the bars that are there; null for
   * nothing.
   */
  makeRoom(span: Interval | null): void {
    const there = this.#places.filter(
      (bar) => span && bar.left_px < span[1] && bar.right_px > span[0],
    );
    const height_px = Math.max(0, ...there.map((bar) => bar.top_px));
    this.#stage.style.setProperty("--lrw-kept-h", `${height_px}px`);
  }

  #dashes(unit: number): void {
    this.#kept.forEach(({ name }, i) => {
      const line = this.#parts[i]!.bar.firstElementChild!;
      const dash_px = styleOf(name, i).dash.map((px) => px * unit);
      setAttribute(line, "stroke-dasharray", dash_px.join(" ") || null);
    });
  }

  /** Makes the elements anew where the picks are others. */
  #make(kept: readonly Candidate[]): void {
    if (kept === this.#kept) return;
    // Not `document.activeElement`, which knows nothing of what is in a shadow root.
    const focused = this.#parts.findIndex(({ letter }) => letter.matches(":focus"));
    for (const { bar, letter } of this.#parts) {
      bar.remove();
      letter.remove();
    }
    this.#kept = kept;
    this.#parts = kept.map((candidate, i) => this.#makeOne(candidate, i));
    this.#parts[focused]?.letter.focus({ preventScroll: true });
  }

  #makeOne(candidate: Candidate, place: number): Parts {
    const name = classOf(styleOf(candidate.name, place));
    const bar = makeSvg("svg", `kept-bar ${name}`, { "aria-hidden": "true" });
    bar.append(makeSvg("line", "", { x1: "0", x2: "100%", y1: "50%", y2: "50%" }));
    const does = say(sentences.keep.set, { name: candidate.name, range: rangeText(candidate) });
    const letter = make(
      "button",
      `kept-letter ${name}`,
      { type: "button", "aria-label": does, title: does },
      candidate.name,
    );
    letter.addEventListener("click", () => this.#choose([candidate.lo, candidate.hi]));
    this.#stage.append(bar, letter);
    return { bar, letter };
  }
}

/** The style, since parts of a drawing have no `hidden`. */
function display({ bar, letter }: Parts, shown: boolean): void {
  for (const part of [bar, letter]) part.style.display = shown ? "" : "none";
}
