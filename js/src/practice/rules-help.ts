// What the rules are that stand under the curve after the guess: a clause for each, in view, since on
// a phone there is no pointing at one.

import { make } from "../dom/elements.ts";
import type { RuleMark } from "../source/types.ts";
import type { PracticeHost } from "../view/practice-slot.ts";
import { words } from "./words.ts";

export class RulesHelp {
  readonly root = make("ul", "rules-help", { "aria-label": words.rules.label });
  readonly #names: Readonly<Record<string, string>>;
  readonly #reads: Readonly<Record<string, string>>;
  #marks: readonly RuleMark[] = [];

  constructor({ names, reads }: PracticeHost["sentences"]["rules"]) {
    this.#names = names;
    this.#reads = { ...reads, ours: words.rules.ours };
  }

  show(marks: readonly RuleMark[]): void {
    this.root.hidden = marks.length === 0;
    if (marks === this.#marks) return;
    this.#marks = marks;
    const items = marks.map(({ rule }) =>
      make("li", "rules-help-item", {}, `${this.#names[rule] ?? rule}: ${this.#reads[rule] ?? ""}`),
    );
    this.root.replaceChildren(...items);
  }
}
