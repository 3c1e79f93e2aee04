// The rows "This pick" and "Next": what the pick means, and the line of code to run with it.

import { make } from "../dom/elements.ts";
import { setMarkup } from "../dom/markup.ts";
import { formatLr, type Interval, spread } from "../math/scale.ts";
import { CodeLine } from "./copyable-code.ts";
import { meaning, type PickView } from "./pick-meaning.ts";

export interface ReadoutView extends PickView {
  /** The line of code, with blanks. */
  readonly code: string;
}

/**
 * A line of code with its blanks `{lo}`, `{hi}` and `{group_lrs}` filled; all other braces stay. Where
 * there is nothing to fill in (no pick, no known groups), the blank's name stands. `fill_code` in
 * lr_widget/loops/shown.py does the same.
 */
export function fillCode(code: string, pick: Interval | null, groups: number): string {
  const [lo, hi] = pick?.map(formatLr) ?? [];
  const lrs = pick && groups > 0 ? spread(pick[0], pick[1], groups) : null;
  const words = { lo, hi, group_lrs: lrs && `[${lrs.map(formatLr).join(", ")}]` };
  return code.replace(
    /\{(lo|hi|group_lrs)\}/g,
    (_, name: keyof typeof words) => words[name] ?? name,
  );
}

export class Readout {
  readonly #meaning: HTMLElement;
  readonly #code: CodeLine;

  constructor(thisPick: HTMLElement, next: HTMLElement, signal: AbortSignal) {
    this.#meaning = make("p", "meaning");
    thisPick.append(this.#meaning);
    this.#code = new CodeLine(next, signal);
  }

  show(view: ReadoutView): void {
    setMarkup(this.#meaning, meaning(view));
    this.#meaning.classList.toggle("lrw-muted", !view.pick);
    const code = fillCode(view.code, view.pick, view.groups);
    this.#code.show(code, view.pick !== null && code !== "");
  }
}
