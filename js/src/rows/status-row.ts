// The first row: what the sweep is doing or how it ended, in words, and the button that stops it or
// keeps the pick.

import { calm, MS_TO_GUESS, STEPS_TO_GUESS } from "../base/clock.ts";
import { say, sentences } from "../base/sentences.ts";
import { make, setAttribute, setText, setUsable } from "../dom/elements.ts";
import { formatLr, formatNumber } from "../math/scale.ts";
import type { SweepProgress } from "../model/picker.ts";
import { StopControl } from "./stop-button.ts";

export interface StatusView extends SweepProgress {
  readonly dragging: boolean;
}

/** Seconds until the sweep would end if it does not diverge; null while nothing can be said. */
export function secondsLeft(view: StatusView): number | null {
  const { steps, num_it, elapsed_ms } = view;
  const timed = steps - view.stepsAtFirst;
  if (steps < STEPS_TO_GUESS || timed < 1) return null;
  if (!(elapsed_ms >= MS_TO_GUESS) || steps >= num_it) return null;
  return calm((elapsed_ms / timed / 1000) * (num_it - steps));
}

/** The parts of the running row, each in its own slot so that none moves the next. */
export function runningParts(view: StatusView): {
  step: string;
  lr: string;
  loss: string;
  left: string;
} {
  const words = sentences.running;
  if (view.steps === 0) return { step: words.waiting, lr: "", loss: "", left: "" };
  const seconds = secondsLeft(view);
  return {
    step: say(words.step, { step: view.steps, num_it: view.num_it }),
    lr: say(words.lr, { lr: formatLr(view.lr) }),
    loss: say(words.loss, { loss: formatNumber(view.loss) }),
    left: seconds === null ? "" : say(words.time_left, { seconds }),
  };
}

export class StatusRow {
  readonly #running: Record<"step" | "lr" | "loss" | "left", HTMLElement>;
  readonly #numbers: HTMLElement;
  readonly #outcome = make("p", "outcome");
  readonly #spoken = make("span", "sr-only", { role: "status" });
  readonly #stop: StopControl;
  readonly #keep = make("button", "button keep", { type: "button" });
  readonly #escape: HTMLElement;

  constructor(row: HTMLElement, events: { stop(): void; keep(): void }, signal: AbortSignal) {
    this.#running = {
      step: make("span", "run-step"),
      lr: make("span", "run-lr"),
      loss: make("span", "run-loss"),
      left: make("span", "run-left"),
    };
    this.#numbers = make("p", "running", {}, ...Object.values(this.#running));
    this.#stop = new StopControl(() => events.stop(), signal);
    this.#escape = make(
      "span",
      "escape",
      {},
      make("kbd", "kbd", {}, sentences.handles.escape_key),
      ` ${sentences.handles.escape}`,
    );
    row.append(
      make("span", "title", {}, sentences.rows.title),
      make("div", "state", {}, this.#numbers, this.#outcome),
      make("div", "slot", {}, ...this.#stop.elements, this.#keep, this.#escape),
      this.#spoken,
    );
    // The kernel may have answered the first click of a double click: the second would drop.
    const keep = ({ detail }: MouseEvent) => detail > 1 || events.keep();
    this.#keep.addEventListener("click", keep, { signal });
  }

  show(view: StatusView): void {
    const running = view.status === "running";
    const byHand = running && view.stop?.phase === "by hand";
    this.#numbers.hidden = !running || byHand;
    this.#outcome.hidden = running && !byHand;
    const parts = runningParts(view);
    for (const key of ["step", "lr", "loss", "left"] as const) {
      setText(this.#running[key], running ? parts[key] : "");
    }
    const stopping = running && view.stop?.phase === "stopping";
    if (stopping) setText(this.#running.left, sentences.stop.stopping);
    this.#running.left.classList.toggle("lrw-stopping", stopping);
    let outcome = running ? "" : view.outcome;
    if (byHand) outcome = sentences.stop.by_hand;
    setText(this.#outcome, outcome);
    // Read aloud when the phase changes, never per point.
    setText(this.#spoken, stopping ? sentences.stop.stopping : outcome);
    this.#stop.show(running ? view.stop : null);
    this.#escape.hidden = !view.dragging || running;
    this.#showKeep(view);
  }

  #showKeep({ keep, dragging }: StatusView): void {
    this.#keep.hidden = !keep || dragging;
    if (!keep) return;
    setText(this.#keep, sentences.keep[keep.action]);
    setAttribute(
      this.#keep,
      "title",
      keep.action === "keep" ? sentences.keep.keep_tip : sentences.keep.drop_tip,
    );
    setUsable(this.#keep, keep.enabled);
  }
}
