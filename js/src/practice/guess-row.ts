// The row "Guess": a button that hands in where the handles stand, and room for a reason.

import { make, setText, setUsable } from "../dom/elements.ts";
import type { Picker } from "../model/picker.ts";
import { row } from "../rows/row.ts";
import { words as all } from "./words.ts";

const words = all.guess;
let made = 0;

export class GuessRow {
  readonly row: HTMLElement;
  readonly #picker: Picker;
  readonly #button = make("button", "button guess-button", { type: "button" }, words.submit);
  readonly #why: HTMLInputElement;
  readonly #said = make("p", "guess-said muted", { role: "status" });
  /** Handed in, but not yet taken by the kernel. */
  #waits = false;

  constructor(picker: Picker, signal: AbortSignal) {
    this.#picker = picker;
    const id = `lrw-why-${++made}`;
    this.#why = make("input", "input guess-why", { id, type: "text", autocomplete: "off" });
    this.#why.dataset.lmSuppressShortcuts = "true";
    this.#why.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    const { row: element, content } = row("guess", words.row);
    const why = make("label", "guess-label", { for: id }, words.why);
    content.append(this.#button, make("span", "guess-reason", {}, why, this.#why), this.#said);
    this.row = element;
    this.#button.addEventListener("click", () => this.#handIn(), { signal });
    picker.pick.onChange(() => this.show(), signal);
  }

  show(): void {
    const { guessing, status } = this.#picker;
    this.row.hidden = !guessing;
    if (!guessing) return;
    const running = status === "running";
    setUsable(this.#button, this.#usable);
    setText(this.#said, this.#waits ? words.waiting : words[running ? "running" : "hint"]);
  }

  /** Whether the guess was handed in here; tells it once. */
  handedIn(): boolean {
    const handed = this.#waits;
    this.#waits = false;
    return handed;
  }

  get #usable(): boolean {
    const { pick, status } = this.#picker;
    return !this.#waits && status !== "running" && pick.shown !== null;
  }

  #handIn(): void {
    const pick = this.#picker.pick.shown;
    if (!this.#usable || pick === null) return;
    this.#waits = true;
    this.show();
    this.#picker.source.send({ type: "guess", pick: [...pick], why: this.#why.value.trim() });
  }
}
