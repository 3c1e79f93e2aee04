// The rows "This pick" and "Next": what the pick means, and the line of code to run with it.

import { make, setAttribute, textWidth } from "../dom/elements.ts";
import { plain, setMarkup } from "../dom/markup.ts";
import { formatLr, type Range, spread } from "../math/scale.ts";
import { CodeLine } from "./copyable-code.ts";
import { meaning, type PickView } from "./pick-meaning.ts";

export interface ReadoutView extends PickView {
  /** The line of code, with blanks. */
  readonly code: string;
}

/** As much of a text as fits: all of it, or its first sentence. The rest stands in the tooltip. */
export function fitting(text: string, fits: (text: string) => boolean): string {
  if (fits(text)) return text;
  return /^.*?[.!?](?=\s+[A-Z])/s.exec(text)?.[0] ?? text;
}

/**
 * A line of code with its blanks `{lo}`, `{hi}` and `{group_lrs}` filled; all other braces stay. Where
 * there is nothing to fill in (no pick, no known groups), the blank's name stands. `fill_code` in
 * lr_widget/loops/shown.py does the same.
 */
export function fillCode(code: string, pick: Range | null, groups: number): string {
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
  #words = "";
  #font = "";
  #room_px = Infinity;

  constructor(thisPick: HTMLElement, next: HTMLElement, signal: AbortSignal) {
    this.#meaning = make("p", "meaning");
    thisPick.append(this.#meaning);
    this.#code = new CodeLine(next, signal);
  }

  /** Another width or font: `lines` is the number of lines that the sentence may take. */
  arrange(lines: number): void {
    this.#font = getComputedStyle(this.#meaning).font;
    // Words break where they please, so a line that is not the last is not quite full.
    this.#room_px = this.#meaning.clientWidth * (lines === 1 ? 1 : 0.9 * lines);
    setMarkup(this.#meaning, this.#fitting(this.#words));
  }

  #fitting(text: string): string {
    return fitting(text, (all) => textWidth(plain(all), this.#font) <= this.#room_px);
  }

  show(view: ReadoutView): void {
    this.#words = meaning(view);
    setAttribute(this.#meaning, "title", plain(this.#words));
    setMarkup(this.#meaning, this.#fitting(this.#words));
    this.#meaning.classList.toggle("lrw-muted", !view.pick);
    const code = fillCode(view.code, view.pick, view.groups);
    this.#code.show(code, view.pick !== null && code !== "");
  }
}
