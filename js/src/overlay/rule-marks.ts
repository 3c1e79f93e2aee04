// The row "Rules": a tick at the rate of each rule, a leader to its label, and a bracket under
// those that agree with ours. A label is a button that sets the handles to its rule's pick.

import { LENGTHS_PX } from "../base/lengths.ts";
import { say, sentences } from "../base/sentences.ts";
import { make, makeSvg, setAttribute, setText } from "../dom/elements.ts";
import { fontOf, textWidth } from "../dom/font.ts";
import type { Theme } from "../dom/theme.ts";
import {
  type Axis,
  formatLr,
  heldInside,
  type Interval,
  isInside,
  pxOf,
  rightOf,
} from "../math/scale.ts";
import type { RuleMark } from "../source/types.ts";
import { placeRules } from "./rule-layout.ts";

const words = sentences.rules;
const OURS = "ours";
const GAP_PX = 10;
const SMALL_PX = LENGTHS_PX["font-small"];
/** The labels, which are buttons. */
const LABEL_TOP_PX = LENGTHS_PX["rules-top"];
const LABEL_END_PX = LABEL_TOP_PX + LENGTHS_PX.target;
/** From the top of the row: the tick, the leader's end, the bracket. */
const TICK_PX: Interval = [3, 10];
const LEADER_PX = LABEL_TOP_PX + 1;
const BRACKET_PX: Interval = [LABEL_END_PX - 1, LABEL_END_PX + 3];
const ARROW_PX = 5;
const BAND_PX: Interval = [0, 4];

export interface RuleMarksView {
  readonly marks: readonly RuleMark[];
  /** What stands there while there are none. */
  readonly note: string;
  readonly axis: Axis;
  readonly width_px: number;
  readonly theme: Theme;
}

export interface RuleMarksEvents {
  choose(pick: Interval): void;
  /** A rule that is pointed at says how it reads the curve; null when it no longer is. */
  say(sentence: string | null): void;
}

export class RuleMarks {
  readonly #row: HTMLElement;
  readonly #events: RuleMarksEvents;
  readonly #drawing = makeSvg("svg", "rules-drawing", { "aria-hidden": "true" });
  readonly #note = make("span", "rules-note");
  readonly #agree = make("span", "rules-agree", { "aria-hidden": "true" }, words.agree);
  #buttons: HTMLButtonElement[] = [];
  #marks: readonly RuleMark[] = [];

  constructor(row: HTMLElement, events: RuleMarksEvents) {
    this.#row = row;
    this.#events = events;
    row.append(this.#drawing, this.#note, this.#agree);
  }

  show({ marks, note, axis, width_px, theme }: RuleMarksView): void {
    this.#make(marks);
    setText(this.#note, note);
    this.#note.hidden = note === "";
    const { unit } = theme;
    const sized = this.#seen(axis, theme);
    const lefts = placeRules(sized, GAP_PX * unit, [0, width_px]);
    const placed = sized.map((rule, i) => ({ ...rule, left_px: lefts[i]! }));
    // Where they have no room below their rates they stand as a list, and only their ticks there.
    const listed = span(placed)[1] > width_px;
    this.#row.classList.toggle("lrw-rules-listed", listed);
    const paths = placed.map(({ button, at_px, left_px, width_px: label_px, ours }) => {
      button.style.left = listed ? "" : `${left_px}px`;
      button.style.width = listed ? "" : `${label_px}px`;
      if (ours) return arrow(at_px, unit);
      return leader(at_px, listed ? null : left_px + label_px / 2, unit);
    });
    const interval = placed.find(({ mark }) => mark.interval)?.mark.interval;
    if (interval) paths.unshift(band(interval, axis, unit));
    const agreeing = placed.filter(({ mark }) => mark.agrees);
    const bracketed = agreeing.length > 1 && !listed ? span(agreeing) : null;
    if (bracketed) paths.push(bracket(bracketed, unit));
    this.#drawing.replaceChildren(...paths);
    this.#placeAgree(bracketed, span(placed), axis, width_px, theme);
  }

  /** The marks whose rates can be seen, with the widths of their labels; the others are hidden. */
  #seen(axis: Axis, theme: Theme) {
    const least_px = LENGTHS_PX.target * theme.unit;
    return this.#marks.flatMap((mark, i) => {
      const button = this.#buttons[i]!;
      const at_px = pxOf(axis, Math.log10(mark.lr));
      button.hidden = !isInside(axis, at_px);
      if (button.hidden) return [];
      const ours = mark.rule === OURS;
      const text_px = textWidth(nameOf(mark), fontOf(theme, ours ? 600 : 400, SMALL_PX));
      return [{ mark, button, at_px, ours, width_px: Math.max(least_px, text_px) }];
    });
  }

  /** On the side where the outermost label is one that agrees, if there is room; else nowhere. */
  #placeAgree(
    ends: Interval | null,
    labels: Interval,
    axis: Axis,
    width_px: number,
    theme: Theme,
  ): void {
    const { unit } = theme;
    const text_px = textWidth(words.agree, fontOf(theme, 400, SMALL_PX));
    const gap_px = 1.2 * GAP_PX * unit;
    let left_px: number | null = null;
    if (ends?.[1] === labels[1] && labels[1] + gap_px + text_px <= width_px) {
      left_px = labels[1] + gap_px;
    } else if (ends?.[0] === labels[0] && labels[0] - gap_px - text_px >= axis.left_px) {
      left_px = labels[0] - gap_px - text_px;
    }
    this.#agree.hidden = left_px === null;
    if (left_px !== null) this.#agree.style.left = `${left_px}px`;
  }

  /** Makes the buttons anew where the rules are others. */
  #make(marks: readonly RuleMark[]): void {
    if (marks === this.#marks) return;
    this.#marks = marks;
    for (const button of this.#buttons) button.remove();
    this.#buttons = marks.map((mark) => {
      const button = make(
        "button",
        `rule${mark.rule === OURS ? " rule-ours" : ""}`,
        { type: "button" },
        nameOf(mark),
      );
      const does = say(words.set, { rule: nameOf(mark), lr: formatLr(mark.lr) });
      setAttribute(button, "aria-description", `${mark.says} ${does}`);
      setAttribute(button, "title", does);
      button.addEventListener("click", () => this.#events.choose(mark.pick));
      for (const begin of ["mouseenter", "focus"]) {
        button.addEventListener(begin, () => this.#events.say(mark.says));
      }
      for (const end of ["mouseleave", "blur"]) {
        button.addEventListener(end, () => this.#events.say(null));
      }
      this.#row.append(button);
      return button;
    });
  }
}

function nameOf({ rule }: RuleMark): string {
  return (words.names as Record<string, string>)[rule] ?? rule;
}

/** From the left end of the first label to the right end of the last. */
function span(labels: readonly { left_px: number; width_px: number }[]): Interval {
  const [first, last] = [labels[0], labels.at(-1)];
  if (!first || !last) return [0, 0];
  return [first.left_px, rightOf(last)];
}

function path(name: string, d: string): SVGElement {
  return makeSvg("path", name, { d });
}

/** The tick at a rate, and from there a line to its label, if it has one below. */
function leader(at_px: number, label_px: number | null, unit: number): SVGElement {
  const [top, bend] = TICK_PX.map((px) => px * unit);
  const line = label_px === null ? "" : `L${label_px} ${LEADER_PX * unit}`;
  return path("leader", `M${at_px} ${top}V${bend}${line}`);
}

function arrow(at_px: number, unit: number): SVGElement {
  const [top, wide] = [1 * unit, ARROW_PX * unit];
  const [left, right] = [at_px - wide * 0.75, at_px + wide * 0.75];
  const head = `M${at_px} ${top}L${left} ${top + 1.6 * wide}H${right}Z`;
  const [from, to] = [top + wide, LEADER_PX * unit];
  const shaft = `M${at_px - unit} ${from}V${to}H${at_px + unit}V${from}Z`;
  return path("arrow", head + shaft);
}

/** Where the best rate may well lie, as far as it can be seen. */
function band(interval: Interval, axis: Axis, unit: number): SVGElement {
  const px = (lr: number) => heldInside(axis, pxOf(axis, Math.log10(lr)));
  const [top, bottom] = BAND_PX.map((y) => y * unit);
  const [left, right] = interval.map(px);
  return path("interval", `M${left} ${top}H${right}V${bottom}H${left}Z`);
}

function bracket([left, right]: Interval, unit: number): SVGElement {
  const [top, bottom] = BRACKET_PX.map((px) => px * unit);
  return path("leader", `M${left} ${top}V${bottom}H${right}V${top}`);
}
