// All that practice adds to a view: rows, a plot of the truth, the class's strip, and the ghost of the
// guess over the curve.

import { make, placeBeside } from "../dom/elements.ts";
import { pxOf } from "../math/scale.ts";
import type { PracticeHost, PracticeParts, PracticeView } from "../view/practice-slot.ts";
import { ClassStrip } from "./class-strip.ts";
import { GuessRow } from "./guess-row.ts";
import { ReplayRow } from "./replay-row.ts";
import { ResultRows } from "./result-rows.ts";
import { type Marked, TruthPlot } from "./truth-plot.ts";
import { words } from "./words.ts";

export class Parts implements PracticeParts {
  readonly #host: PracticeHost;
  readonly #guess: GuessRow;
  readonly #replay: ReplayRow;
  readonly #result: ResultRows;
  readonly #truth = new TruthPlot();
  readonly #class: ClassStrip;
  readonly #ghost = make("div", "ghost", { "aria-hidden": "true" });
  readonly #ghostName = make("span", "ghost-name", { "aria-hidden": "true" }, words.guess.ghost);

  constructor(host: PracticeHost, signal: AbortSignal) {
    const { picker, frame } = host;
    this.#host = host;
    this.#guess = new GuessRow(picker, signal);
    this.#replay = new ReplayRow(picker, signal);
    this.#result = new ResultRows(host);
    this.#class = new ClassStrip(signal);
    // Under the curve and what hangs from its axis; then what is said, then what is done.
    const reading = frame.reading.parentElement!;
    reading.before(this.#class.root, this.#truth.root, ...this.#result.rows);
    frame.pick.parentElement!.after(this.#guess.row, this.#replay.row);
    frame.stage.append(this.#ghost, this.#ghostName);
  }

  show(view: PracticeView): void {
    const { picker, frame } = this.#host;
    const { practice } = picker;
    frame.root.classList.toggle("lrw-guessing", picker.guessing);
    this.#guess.show();
    this.#replay.show(practice.replay);
    const drawing = picker.points.limited;
    this.#result.show(practice);
    if (practice.guess && this.#guess.handedIn()) this.#result.focus();
    this.#truth.show(drawing ? null : (practice.truth ?? null), this.#marks(), view);
    this.#class.show(practice.rounds ?? [], view);
    this.#showGhost(drawing ? null : (practice.guess?.hi ?? null), view);
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

  #showGhost(lr: number | null, { axis, theme }: PracticeView): void {
    const x_px = lr === null ? NaN : pxOf(axis, Math.log10(lr));
    const right_px = axis.left_px + axis.width_px;
    const seen = x_px >= axis.left_px && x_px <= right_px;
    this.#ghost.hidden = this.#ghostName.hidden = !seen;
    if (!seen) return;
    this.#ghost.style.left = `${x_px - theme.unit}px`;
    placeBeside(this.#ghostName, x_px, 4 * theme.unit, right_px);
  }
}
