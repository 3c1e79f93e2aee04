// The rows "This pick" and "Next": what the pick means, and the line of code to run with it.

import { say, sentences } from "../base/sentences.ts";
import { make, setAttribute, textWidth } from "../dom/elements.ts";
import { plain, setMarkup } from "../dom/markup.ts";
import { formatLr, type Range } from "../math/scale.ts";
import type { Loop } from "../source/types.ts";
import { CodeLine } from "./code-line.ts";
import { meaning, type PickView } from "./pick-meaning.ts";

export interface ReadoutView extends PickView {
  readonly loop: Loop;
}

/** As much of a text as fits: all of it, or its first sentence. The rest stands in the tooltip. */
export function fitting(text: string, fits: (text: string) => boolean): string {
  if (fits(text)) return text;
  return /^.*?[.!?](?=\s+[A-Z])/s.exec(text)?.[0] ?? text;
}

/** The line of code that trains with the pick. */
export function codeLine(loop: Loop, pick: Range | null): string {
  if (loop !== "recorded") return sentences.code[loop] ?? sentences.code.pytorch;
  if (!pick) return sentences.code.recorded_no_pick;
  return say(sentences.code.recorded, { lo: formatLr(pick[0]), hi: formatLr(pick[1]) });
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
    this.#code.show(codeLine(view.loop, view.pick), view.pick !== null);
  }
}
