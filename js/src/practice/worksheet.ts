// A page of cases (lr_widget/widget/worksheet.html): opens each picker when it comes near, gathers
// the lines to hand in, and keeps the guesses.

import { say } from "../base/sentences.ts";
import { make, setText } from "../dom/elements.ts";
import { copyText } from "../rows/copyable-code.ts";
import type { Guess, Source } from "../source/types.ts";
import { answerLine } from "./answer.ts";
import { browserStorage, KeptGuesses } from "./kept-guesses.ts";
import { words as all } from "./words.ts";

const words = all.worksheet;
/** How near a case has to come to be opened: a chart takes a phone some tenths of a second. */
const NEAR = "600px";
const SAID_MS = 2000;

/** Shows a saved picker, and returns where its state is. */
export type Open = (state: string, place: HTMLElement) => Source;

/** Brings a worksheet, or its key, to life. */
export function worksheet(page: HTMLElement, open: Open): void {
  const sections = [...page.querySelectorAll<HTMLElement>("section[data-case]")];
  const kept = new KeptGuesses(`lr_widget ${page.dataset.worksheet}`, browserStorage());
  const lines = new Lines(page, sections, kept);
  const sources = new Map<string, Source>();
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        const section = target as HTMLElement;
        sources.set(
          section.dataset.case!,
          openCase(section, open, kept, () => lines.show()),
        );
      }
    },
    { rootMargin: NEAR },
  );
  for (const section of sections) near.observe(section);
  // Another tab of the same page has made a guess, or begun again.
  window.addEventListener("storage", (event) => {
    if (!kept.concerns(event)) return;
    if (event.newValue === null) {
      window.location.reload();
      return;
    }
    for (const name of kept.refresh()) handIn(sources.get(name), kept.get(name));
    lines.show();
  });
}

function openCase(
  section: HTMLElement,
  open: Open,
  kept: KeptGuesses,
  onGuess: () => void,
): Source {
  const name = section.dataset.case!;
  const state = section.querySelector("script")!.textContent ?? "";
  const source = open(state, section.querySelector<HTMLElement>(".picker")!);
  source.subscribe("_practice", () => {
    const guess = source.get("_practice")?.guess;
    if (!guess || kept.get(name)) return;
    kept.keep(name, guess);
    onGuess();
  });
  handIn(source, kept.get(name));
  return source;
}

function handIn(source: Source | undefined, guess: Guess | undefined): void {
  if (guess) source?.send({ type: "guess", pick: [guess.lo, guess.hi], why: guess.why });
}

class Lines {
  readonly #names: readonly string[];
  readonly #kept: KeptGuesses;
  readonly #area: HTMLTextAreaElement | null;
  readonly #done: HTMLElement | null;
  readonly #copy = make("button", "", { type: "button" }, words.copy);

  constructor(page: HTMLElement, sections: readonly HTMLElement[], kept: KeptGuesses) {
    this.#names = sections.map((section) => section.dataset.case!);
    this.#kept = kept;
    this.#area = page.querySelector("textarea"); // a key has none
    this.#done = page.querySelector(".done");
    const again = make("button", "", { type: "button" }, words.again);
    this.#copy.addEventListener("click", () => void this.#onCopy());
    again.addEventListener("click", () => this.#onAgain());
    page.querySelector(".buttons")?.append(this.#copy, " ", again);
    this.show();
  }

  show(): void {
    if (!this.#area || !this.#done) return;
    const made = this.#names.flatMap((name) => {
      const guess = this.#kept.get(name);
      return guess ? [[name, guess] as const] : [];
    });
    this.#area.value = made
      .map(([name, guess]: readonly [string, Guess]) => answerLine(name, guess))
      .join("\n");
    this.#copy.disabled = made.length === 0;
    setText(this.#done, say(words.done, { done: made.length, count: this.#names.length }));
  }

  async #onCopy(): Promise<void> {
    const copied = await copyText(this.#area!.value);
    setText(this.#copy, copied ? words.copied : words.not_copied);
    setTimeout(() => setText(this.#copy, words.copy), SAID_MS);
  }

  #onAgain(): void {
    if (!window.confirm(words.again_sure)) return;
    this.#kept.forget();
    window.location.reload();
  }
}
