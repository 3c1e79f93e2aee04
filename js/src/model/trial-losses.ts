// The training losses of trials, batch by batch: one store per model. They arrive twice, like the
// points of a sweep: in messages while a run trains, and all at once at the end. A message can
// overtake a trait, so both carry the id of the trials.

import type { Message, TrialLosses } from "../source/types.ts";
import { float64s } from "./points.ts";

/** A start beyond this is no batch of a short training run. */
const MOST_BATCHES = 1e7;

export class LossStore {
  run = "";
  /** One list per run, in the order they ran. NaN where a message was missed, or where the loss was. */
  readonly runs: number[][] = [];

  constructor(whole?: Partial<TrialLosses> | null) {
    this.replace(whole);
  }

  /** Trials with another id begin with nothing. */
  begin(run: string): void {
    if (run === this.run) return;
    this.run = run;
    this.runs.length = 0;
  }

  /** True if the message was for this store and brought something. */
  receive({ content, buffers }: Message): boolean {
    const { type, run, index, start } = content;
    if (type !== "trial" || typeof run !== "string" || !isCount(index) || !isCount(start)) return false;
    this.begin(run);
    const numbers = float64s(buffers[0]);
    while (this.runs.length <= index) this.runs.push([]);
    const losses = this.runs[index]!;
    while (losses.length < start) losses.push(NaN);
    numbers.forEach((loss, i) => (losses[start + i] = loss));
    return numbers.length > 0;
  }

  /** The trait has changed. It counts even where it is shorter than what came by messages. */
  replace(whole: Partial<TrialLosses> | null | undefined): void {
    if (!whole?.run || !whole.losses) return;
    this.begin(whole.run);
    this.runs.splice(0, this.runs.length, ...whole.losses.map((bytes) => Array.from(float64s(bytes))));
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < MOST_BATCHES;
}
