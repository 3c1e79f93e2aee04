// The row "Reading": what the curve shows, in words. It is read aloud when it changes. A rule that
// the mouse or the focus is on says there how it reads the curve.

import { make } from "../dom/elements.ts";
import { setMarkup } from "../dom/markup.ts";

export class ReadingRow {
  readonly #icon: HTMLElement;
  readonly #text = make("p", "reading");
  readonly #aside = make("p", "reading", { "aria-hidden": "true" });

  constructor(row: HTMLElement) {
    this.#icon = make("span", "warning", { "aria-hidden": "true" });
    const live = make("div", "live", { role: "status" }, this.#text);
    row.append(this.#icon, live, this.#aside);
    this.say(null);
  }

  show(sentence: string, warned: boolean): void {
    this.#icon.classList.toggle("lrw-hidden", !warned);
    setMarkup(this.#text, sentence);
  }

  /** Says something else for as long as it is pointed at; null ends that. */
  say(sentence: string | null): void {
    this.#aside.hidden = sentence === null;
    this.#text.parentElement?.classList.toggle("lrw-covered", sentence !== null);
    this.#icon.classList.toggle("lrw-covered", sentence !== null);
    setMarkup(this.#aside, sentence ?? "");
  }
}
