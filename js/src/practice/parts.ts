// All that practice adds to a view: rows, a plot of the truth, the class's strip, and a line over the
// curve where the guess was.

import { make, placeBeside, setText } from "../dom/elements.ts";
import { hostKind } from "../dom/host-kind.ts";
import { isInside, pxOf, rightOf } from "../math/scale.ts";
import type { Guess } from "../source/types.ts";
import type { PracticeHost, PracticeParts, PracticeView } from "../view/practice-slot.ts";
import { ClassStrip } from "./class-strip.ts";
import { GuessRow } from "./guess-row.ts";
import { ReplayRow } from "./replay-row.ts";
import { ResultRows } from "./result-rows.ts";
import { RulesHelp } from "./rules-help.ts";
import { type Marked, TruthPlot } from "./truth-plot.ts";
import { words } from "./words.ts";

export class Parts implements PracticeParts {
  readonly #host: PracticeHost;
  readonly #guess: GuessRow;
  readonly #replay: ReplayRow;
  readonly #result: ResultRows;
  readonly #rules: RulesHelp;
  readonly #truth = new TruthPlot();
  readonly #class: ClassStrip;
  readonly #line = make("div", "guess-line", { "aria-hidden": "true" });
  readonly #lineName = make(
    "span",
    "guess-line-name",
    { "aria-hidden": "true" },
    words.guess.line_name,
  );

  constructor(host: PracticeHost, signal: AbortSignal) {
    const { picker, frame } = host;
    this.#host = host;
    this.#rules = new RulesHelp(host.sentences.rules);
    this.#guess = new GuessRow(host, signal);
    this.#replay = new ReplayRow(picker, frame.stage, signal);
    this.#result = new ResultRows(host);
    this.#class = new ClassStrip(signal);
    frame.rules.after(this.#rules.root);
    // Under the curve and what hangs from its axis; then what is said, then what is done.
    const reading = frame.reading.parentElement!;
    reading.before(this.#class.root, this.#truth.root, ...this.#result.rows);
    frame.pick.parentElement!.after(...this.#guess.rows, this.#replay.row);
    frame.stage.append(this.#line, this.#lineName);
  }

  show(view: PracticeView): void {
    const { picker, frame } = this.#host;
    const { practice } = picker;
    frame.root.classList.toggle("lrw-guessing", picker.guessing);
    this.#label();
    this.#guess.show();
    this.#replay.show(practice.replay);
    const drawing = picker.points.limited;
    this.#rules.show(picker.explanation?.marks ?? [], view.axis);
    this.#result.show(practice);
    if (practice.guess && this.#guess.takeHandedIn()) this.#onTaken(practice.guess);
    this.#truth.show(drawing ? null : (practice.truth ?? null), this.#marks(), view);
    this.#class.show(practice.rounds ?? [], view);
    this.#showLine(drawing ? null : (practice.guess?.hi ?? null), view);
  }

  /** Beside the truth, what is read off the curve says that it is no more than that. */
  #label(): void {
    const { picker, frame, sentences } = this.#host;
    const { truth, guess } = picker.practice;
    const { classList } = frame.root;
    const isTold = Boolean(truth) && !picker.points.limited; // a replay has taken both away
    classList.toggle("lrw-told", isTold);
    classList.toggle("lrw-scored", Boolean(truth && guess));
    const label = frame.reading.previousElementSibling as HTMLElement;
    setText(label, isTold ? words.truth.reading : sentences.rows.reading);
  }

  /** The kernel has taken the guess that was handed in here. */
  #onTaken({ lo, hi }: Guess): void {
    this.#result.focus();
    // marimo's cells follow what a page has written, and not what the kernel has.
    const isMarimo = hostKind(document).startsWith("marimo");
    if (isMarimo) this.#host.picker.source.setValue([lo, hi], () => undefined);
  }

  #marks(): Marked[] {
    const { practice, explanation } = this.#host.picker;
    const marks: Marked[] = [];
    const ours = explanation?.suggested;
    if (ours) marks.push({ lr: ours, name: words.truth.ours, kind: "ours" });
    if (practice.guess)
      marks.push({ lr: practice.guess.hi, name: words.truth.yours, kind: "yours" });
    return marks;
  }

  #showLine(lr: number | null, { axis, theme }: PracticeView): void {
    const x_px = lr === null ? NaN : pxOf(axis, Math.log10(lr));
    const seen = isInside(axis, x_px);
    this.#line.hidden = !seen;
    // Where training's plot stands below, its line of the guess continues this one and names it: here
    // the name would run into what names the lowest point.
    this.#lineName.hidden = !seen || Boolean(this.#host.picker.practice.truth);
    if (!seen) return;
    this.#line.style.left = `${x_px - theme.unit}px`;
    placeBeside(this.#lineName, x_px, 4 * theme.unit, rightOf(axis));
  }
}
