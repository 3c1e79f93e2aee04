// The row "Rules": a tick at the rate of each rule, a leader to its label, and a bracket under those
// that agree with ours. A label is a button that sets the handles to its rule's pick.

import { say, sentences } from "../base/sentences.ts";
import { make, makeSvg, setAttribute, setText, textWidth } from "../dom/elements.ts";
import { fontOf, type Theme } from "../dom/theme.ts";
import { type Axis, clamp, formatLr, pxOf, type Range } from "../math/scale.ts";
import type { RuleMark } from "../source/types.ts";
import { placeRules } from "./rule-layout.ts";

const words = sentences.rules;
const OURS = "ours";
const GAP_PX = 10;
const LEAST_PX = 24;
/** From the top of the row: the tick, the leader's end, the bracket. */
const TICK_PX: Range = [3, 10];
const LEADER_PX = 21;
const BRACKET_PX: Range = [43, 47];
const ARROW_PX = 5;
const BAND_PX: Range = [0, 4];

export interface RuleMarksView {
  readonly marks: readonly RuleMark[];
  /** What stands there while there are none. */
  readonly note: string;
  readonly axis: Axis;
  readonly width_px: number;
  readonly theme: Theme;
}

export interface RuleMarksEvents {
  choose(pick: Range): void;
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
    const unit = theme.fontSize_px / 13;
    const font = (ours: boolean) => fontOf(theme, ours ? 600 : 400, 12);
    const seen = (px: number) =>
      px >= axis.left_px - 0.5 && px <= axis.left_px + axis.width_px + 0.5;
    const sized = marks
      .map((mark, i) => ({
        mark,
        button: this.#buttons[i]!,
        at_px: pxOf(axis, Math.log10(mark.lr)),
        ours: mark.rule === OURS,
      }))
      .filter(({ button, at_px }) => !(button.hidden = !seen(at_px)))
      .map((rule) => ({
        ...rule,
        width_px: Math.max(LEAST_PX * unit, textWidth(nameOf(rule.mark), font(rule.ours))),
      }));
    const lefts = placeRules(sized, GAP_PX * unit, [0, width_px]);
    const paths = sized.map(({ button, at_px, width_px: label_px, ours }, i) => {
      button.style.left = `${lefts[i]}px`;
      button.style.width = `${label_px}px`;
      return ours ? arrow(at_px, unit) : leader(at_px, lefts[i]! + label_px / 2, unit);
    });
    const agreeing = sized
      .map((rule, i) => ({ ...rule, left_px: lefts[i]! }))
      .filter(({ mark }) => mark.agrees);
    const [first, last] = [agreeing[0], agreeing.at(-1)];
    const bracketed = first !== undefined && last !== undefined && agreeing.length > 1;
    const interval = sized.find(({ mark }) => mark.interval)?.mark.interval;
    if (interval) paths.unshift(band(interval, axis, unit));
    if (bracketed) paths.push(bracket([first.left_px, last.left_px + last.width_px], unit));
    this.#drawing.replaceChildren(...paths);
    const ends: Range | null = bracketed ? [first.left_px, last.left_px + last.width_px] : null;
    this.#placeAgree(
      ends,
      [lefts[0] ?? 0, (lefts.at(-1) ?? 0) + (sized.at(-1)?.width_px ?? 0)],
      axis,
      width_px,
      theme,
    );
  }

  /** On the side where the outermost label is one that agrees, if there is room; else nowhere. */
  #placeAgree(ends: Range | null, labels: Range, axis: Axis, width_px: number, theme: Theme): void {
    const unit = theme.fontSize_px / 13;
    const text_px = textWidth(words.agree, fontOf(theme, 400, 12));
    const gap_px = 1.2 * GAP_PX * unit;
    let left_px: number | null = null;
    if (ends && ends[1] === labels[1] && ends[1] + gap_px + text_px <= width_px)
      left_px = ends[1] + gap_px;
    else if (ends && ends[0] === labels[0] && ends[0] - gap_px - text_px >= axis.left_px)
      left_px = ends[0] - gap_px - text_px;
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
      for (const begin of ["mouseenter", "focus"])
        button.addEventListener(begin, () => this.#events.say(mark.says));
      for (const end of ["mouseleave", "blur"])
        button.addEventListener(end, () => this.#events.say(null));
      this.#row.append(button);
      return button;
    });
  }
}

function nameOf({ rule }: RuleMark): string {
  return (words.names as Record<string, string>)[rule] ?? rule;
}

function path(name: string, d: string): SVGElement {
  return makeSvg("path", name, { d });
}

function leader(at_px: number, label_px: number, unit: number): SVGElement {
  const [top, bend] = TICK_PX.map((px) => px * unit);
  return path("leader", `M${at_px} ${top}V${bend}L${label_px} ${LEADER_PX * unit}`);
}

function arrow(at_px: number, unit: number): SVGElement {
  const [top, wide] = [1 * unit, ARROW_PX * unit];
  const head = `M${at_px} ${top}L${at_px - wide * 0.75} ${top + 1.6 * wide}H${at_px + wide * 0.75}Z`;
  return path(
    "arrow",
    `${head}M${at_px - unit} ${top + wide}V${LEADER_PX * unit}H${at_px + unit}V${top + wide}Z`,
  );
}

/** Where the best rate may well lie, as far as it can be seen. */
function band(interval: Range, axis: Axis, unit: number): SVGElement {
  const px = (lr: number) =>
    clamp(pxOf(axis, Math.log10(lr)), axis.left_px, axis.left_px + axis.width_px);
  const [top, bottom] = BAND_PX.map((y) => y * unit);
  return path(
    "interval",
    `M${px(interval[0])} ${top}H${px(interval[1])}V${bottom}H${px(interval[0])}Z`,
  );
}

function bracket([left, right]: Range, unit: number): SVGElement {
  const [top, bottom] = BRACKET_PX.map((px) => px * unit);
  return path("leader", `M${left} ${top}V${bottom}H${right}V${top}`);
}
