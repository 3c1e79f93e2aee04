// What the rules are that stand under the curve after the guess: a clause for each, in view, since on
// a phone there is no pointing at one.

import { sentences } from "../base/sentences.ts";
import { make } from "../dom/elements.ts";
import type { RuleMark } from "../source/types.ts";
import { words } from "./words.ts";

const NAMES: Readonly<Record<string, string>> = sentences.rules.names;
const READS: Readonly<Record<string, string>> = { ...sentences.rules.reads, ours: words.rules.ours };

export class RulesHelp {
  readonly root = make("ul", "rules-help", { "aria-label": words.rules.label });
  #marks: readonly RuleMark[] = [];

  show(marks: readonly RuleMark[]): void {
    this.root.hidden = marks.length === 0;
    if (marks === this.#marks) return;
    this.#marks = marks;
    const items = marks.map(({ rule }) =>
      make("li", "rules-help-item", {}, `${NAMES[rule] ?? rule}: ${READS[rule] ?? ""}`),
    );
    this.root.replaceChildren(...items);
  }
}
