// What is said after the guess: the guess itself, its score and the reason where the truth is known,
// and the line to hand in.

import { say } from "../base/sentences.ts";
import { make, setText } from "../dom/elements.ts";
import { setMarkup } from "../dom/markup.ts";
import { formatLr } from "../math/scale.ts";
import type { Picker } from "../model/picker.ts";
import { row } from "../rows/row.ts";
import type { Practice } from "../source/types.ts";
import type { PracticeHost } from "../view/practice-slot.ts";
import { answerLine } from "./answer.ts";
import { scoreLines } from "./score.ts";
import { unbroken, words } from "./words.ts";

/** A line for each sentence; between them spaces, for who hears or copies them. */
function setLines(element: HTMLElement, sentences: readonly string[]): void {
  const lines = sentences.map(unbroken);
  if (element.textContent === lines.join(" ")) return; // nothing is read aloud anew
  const spans = lines.map((line) => {
    const span = make("span", "score-line");
    setMarkup(span, line);
    return span;
  });
  element.replaceChildren(...spans.flatMap((span, i) => (i ? [" ", span] : [span])));
}

export class ResultRows {
  readonly rows: readonly HTMLElement[];
  readonly #picker: Picker;
  readonly #kept = make("p", "wraps", { tabindex: "-1" });
  readonly #score = make("p", "wraps", { role: "status" });
  readonly #lesson = make("p", "wraps");
  readonly #guess: HTMLElement;
  readonly #scored: HTMLElement;
  readonly #explained: HTMLElement;
  readonly #answer: HTMLElement;
  readonly #line: { show(text: string, ready: boolean): void };

  constructor(host: PracticeHost) {
    this.#picker = host.picker;
    const guess = row("result", words.guess.result);
    const scored = row("result", words.guess.score);
    const explained = row("result", words.guess.lesson);
    const answer = row("result-line", words.guess.line);
    guess.content.append(this.#kept);
    scored.content.append(this.#score);
    explained.content.append(this.#lesson);
    this.#line = host.copyable(answer.content, words.guess.copy);
    [this.#guess, this.#scored, this.#answer] = [guess.row, scored.row, answer.row];
    this.#explained = explained.row;
    this.rows = [this.#scored, this.#explained, this.#guess, this.#answer];
  }

  /** The button that was pressed is gone: who works with keys goes on from here. */
  focus(): void {
    this.#kept.focus({ preventScroll: true });
  }

  show({ guess, truth, case: name }: Partial<Practice>): void {
    this.#guess.hidden = this.#answer.hidden = !guess;
    this.#scored.hidden = !guess || !truth;
    this.#explained.hidden = !truth?.lesson;
    setText(this.#lesson, truth?.lesson ?? "");
    setLines(this.#score, guess && truth ? scoreLines(truth, guess.hi, words.score.guess) : []);
    if (!guess) return;
    const told = this.#picker.oneHandle ? words.guess.kept_one : words.guess.kept;
    const kept = say(told, { lo: formatLr(guess.lo), hi: formatLr(guess.hi) });
    const because = guess.why ? say(words.guess.because, { why: guess.why }) : "";
    setText(this.#kept, [kept, because].filter(Boolean).join(" "));
    this.#line.show(answerLine(name ?? "", guess), true);
  }
}
