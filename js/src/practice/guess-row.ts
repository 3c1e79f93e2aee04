// What stands there before a guess: what the case asks, a button that hands in where the handles
// stand, room for a reason, and the line for a vote before anything is shown.

import { say } from "../base/sentences.ts";
import { make, setText, setUsable } from "../dom/elements.ts";
import type { Picker } from "../model/picker.ts";
import { row } from "../rows/row.ts";
import type { PracticeHost } from "../view/practice-slot.ts";
import { answerLine } from "./answer.ts";
import { type GuessRequest, requestOf } from "./guess-request.ts";
import { words as all } from "./words.ts";

const words = all.guess;
let made = 0;

export class GuessRow {
  readonly rows: readonly HTMLElement[];
  readonly #picker: Picker;
  readonly #request: GuessRequest;
  readonly #fields: HTMLElement;
  readonly #about = make("p", "guess-about muted");
  readonly #button = make("button", "button guess-button", { type: "button" }, words.submit);
  readonly #why: HTMLInputElement;
  readonly #said = make("p", "guess-said muted", { role: "status" });
  readonly #guess: HTMLElement;
  readonly #vote: HTMLElement;
  readonly #line: { show(text: string, ready: boolean): void };
  /** Whether the guess that is on its way comes from here. */
  #handedIn = false;

  constructor({ picker, frame, copyable }: PracticeHost, signal: AbortSignal) {
    this.#picker = picker;
    this.#fields = frame.pick;
    this.#request = requestOf(picker);
    const id = `lrw-why-${++made}`;
    this.#why = make("input", "input guess-why", { id, type: "text", autocomplete: "off" });
    this.#why.dataset.lmSuppressShortcuts = "true";
    this.#why.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    const guess = row("guess", words.row);
    const why = make("label", "guess-label", { for: id }, words.why);
    const reason = make("span", "guess-reason", {}, why, this.#why);
    guess.content.append(this.#button, reason, this.#said);
    const vote = row("vote", words.vote);
    this.#line = copyable(vote.content, words.copy);
    vote.content.append(make("p", "vote-said muted", {}, words.vote_hint));
    [this.#guess, this.#vote] = [guess.row, vote.row];
    this.rows = [this.#about, this.#guess, this.#vote];
    this.#button.addEventListener("click", () => this.#handIn(), { signal });
    picker.pick.onChange(() => this.show(), signal);
    this.#request.onChange(() => this.show(), signal);
  }

  show(): void {
    const { guessing, practice, pick } = this.#picker;
    const about = practice.about ?? "";
    this.#guess.hidden = !guessing;
    this.#about.hidden = !guessing || !about;
    this.#vote.hidden = !guessing || pick.shown === null;
    if (!guessing) return;
    setText(this.#about, about);
    setUsable(this.#button, this.#request.free && pick.shown !== null);
    setText(this.#said, this.#words);
    if (!pick.shown) return;
    const [lo, hi] = pick.shown;
    this.#line.show(answerLine(practice.case ?? "", { lo, hi, why: "" }), true);
  }

  /** Whether the guess was handed in here; tells it once. */
  takeHandedIn(): boolean {
    const handed = this.#handedIn;
    this.#handedIn = false;
    return handed;
  }

  get #words(): string {
    const { phase, why } = this.#request;
    if (phase === "refused") return say(words.refused, { why });
    if (phase !== "ready") return words[phase];
    return this.#picker.status === "running" ? words.running : words.hint;
  }

  #handIn(): void {
    const pick = this.#picker.pick.shown;
    if (!this.#request.free || pick === null) return;
    // A rate that was typed and refused is not what the handles say: nobody meant those.
    const refused = this.#fields.querySelector<HTMLElement>("[aria-invalid]");
    if (refused) {
      refused.focus();
      return;
    }
    this.#handedIn = true;
    this.#request.handIn(pick, this.#why.value.trim());
  }
}
