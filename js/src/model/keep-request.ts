// Keep and Drop: the request to keep the pick as a candidate for trials. Shared by all views of a
// model. The kernel answers with the trait `_kept`.

import { clock, type Timer } from "../base/clock.ts";
import type { Interval } from "../math/scale.ts";
import type { Candidate, Source } from "../source/types.ts";
import { keptAt } from "./candidates.ts";

/** How long the answer is waited for, so that a double click does not keep and drop. */
const ANSWER_MS = 1500;

export interface KeepView {
  readonly action: "keep" | "drop";
  readonly enabled: boolean;
}

export class KeepRequest {
  readonly #source: Source;
  readonly #pick: () => Interval | null;
  readonly #trying: () => boolean;
  readonly #onChange: () => void;
  readonly #timer: Timer;
  /** The click that has not been answered yet. */
  #asked: object | null = null;

  constructor(options: {
    source: Source;
    pick: () => Interval | null;
    trying: () => boolean;
    onChange: () => void;
    timer?: Timer;
  }) {
    this.#source = options.source;
    this.#pick = options.pick;
    this.#trying = options.trying;
    this.#onChange = options.onChange;
    this.#timer = options.timer ?? clock;
    this.#source.subscribe("_kept", () => {
      this.#asked = null;
      this.#onChange();
    });
  }

  get kept(): readonly Candidate[] {
    return this.#source.get("_kept") ?? [];
  }

  /** What the button does; null where there is none. */
  get view(): KeepView | null {
    const pick = this.#pick();
    if (!this.#source.live || !pick || this.#source.get("status") === "running") return null;
    return {
      action: keptAt(pick, this.kept) ? "drop" : "keep",
      enabled: !this.#asked && !this.#trying(),
    };
  }

  ask(): void {
    const [view, pick] = [this.view, this.#pick()];
    if (!view?.enabled || !pick) return;
    const asked = {};
    this.#asked = asked;
    // The kernel knows a candidate by its very numbers.
    const { lo, hi } = keptAt(pick, this.kept) ?? { lo: pick[0], hi: pick[1] };
    this.#source.send({ type: view.action, pick: [lo, hi] });
    this.#timer.after(ANSWER_MS, () => {
      if (this.#asked !== asked) return;
      this.#asked = null;
      this.#onChange();
    });
    this.#onChange();
  }
}
