// What the rules are that stand under the curve after the guess: a clause for each, in view, since on
// a phone there is no pointing at one.

import { make } from "../dom/elements.ts";
import { type Axis, isInside, pxOf } from "../math/scale.ts";
import type { RuleMark } from "../source/types.ts";
import type { PracticeHost } from "../view/practice-slot.ts";
import { words } from "./words.ts";

export class RulesHelp {
  readonly root = make("ul", "rules-help", { "aria-label": words.rules.label });
  readonly #names: Readonly<Record<string, string>>;
  readonly #reads: Readonly<Record<string, string>>;
  #rules = "";

  constructor({ names, reads }: PracticeHost["sentences"]["rules"]) {
    this.#names = names;
    this.#reads = { ...reads, ours: words.rules.ours };
  }

  /** Of the marks that can be seen: beyond the axis they have no name there, either. */
  show(marks: readonly RuleMark[], axis: Axis): void {
    const seen = marks.filter(({ lr }) => isInside(axis, pxOf(axis, Math.log10(lr))));
    this.root.hidden = seen.length === 0;
    const rules = seen.map(({ rule }) => rule).join();
    if (rules === this.#rules) return;
    this.#rules = rules;
    const items = seen.map(({ rule }) =>
      make("li", "rules-help-item", {}, `${this.#names[rule] ?? rule}: ${this.#reads[rule] ?? ""}`),
    );
    this.root.replaceChildren(...items);
  }
}
