// The first row of the trials: what they are doing or how they ended, the button that stops them,
// and a thin line that fills up.

import { say, sentences } from "../base/sentences.ts";
import { make, setAttribute, setText } from "../dom/elements.ts";
import type { StopView } from "../model/stop-request.ts";
import { leftText, type Progress, progressParts } from "../model/trial-progress.ts";
import { StopControl } from "../rows/stop-button.ts";
import type { Trials } from "../source/types.ts";

const words = sentences.trials;

export interface TrialStatusView {
  readonly trials: Trials;
  readonly progress: (Progress & { seconds: number | null }) | null;
  readonly stop: StopView;
}

export class TrialStatusRow {
  readonly element: HTMLElement;
  readonly #where = make("span", "trial-where");
  readonly #left = make("span", "trial-left");
  readonly #numbers: HTMLElement;
  readonly #outcome = make("p", "outcome");
  readonly #spoken = make("span", "sr-only", { role: "status" });
  readonly #stop: StopControl;
  readonly #fill = make("div", "trial-fill");
  readonly #bar: HTMLElement;

  constructor(onStop: () => void, signal: AbortSignal) {
    this.#stop = new StopControl(onStop, signal);
    this.#numbers = make("p", "trial-numbers", {}, this.#where, this.#left);
    const range = { "aria-valuemin": "0", "aria-valuemax": "100" };
    this.#bar = make(
      "div",
      "trial-progress",
      { role: "progressbar", "aria-label": words.title, ...range },
      this.#fill,
    );
    this.element = make(
      "div",
      "row-status trial-status",
      {},
      make("span", "title", {}, words.title),
      make("div", "state", {}, this.#numbers, this.#outcome),
      make("div", "slot", {}, ...this.#stop.elements),
      this.#spoken,
      this.#bar,
    );
  }

  show({ trials, progress, stop }: TrialStatusView): void {
    const byHand = progress !== null && stop.phase === "by hand";
    const stopping = progress !== null && stop.phase === "stopping";
    this.#numbers.hidden = progress === null || byHand;
    this.#outcome.hidden = progress !== null && !byHand;
    let outcome = progress ? "" : trials.outcome;
    if (byHand) outcome = sentences.stop.by_hand;
    setText(this.#where, progress ? progressParts(trials, progress).join(", ") : "");
    setText(this.#left, stopping ? sentences.stop.stopping : leftText(progress?.seconds ?? null));
    this.#left.classList.toggle("lrw-stopping", stopping);
    setText(this.#outcome, outcome);
    setText(
      this.#spoken,
      stopping ? sentences.stop.stopping : outcome || this.#phase(trials, progress),
    );
    this.#stop.show(progress === null ? null : stop);
    this.#showBar(progress);
  }

  /** Read aloud when another candidate begins, not per batch. */
  #phase({ candidates }: Trials, progress: Progress | null): string {
    if (!progress) return "";
    return say(words.running.candidate, {
      name: candidates[progress.candidate]?.name ?? "",
      count: candidates.length,
    });
  }

  #showBar(progress: Progress | null): void {
    this.#bar.hidden = progress === null;
    if (!progress) return;
    const percent = Math.min(100, (100 * progress.done) / Math.max(1, progress.planned));
    setAttribute(this.#bar, "aria-valuenow", String(Math.floor(percent)));
    this.#fill.style.width = `${percent}%`;
  }
}
