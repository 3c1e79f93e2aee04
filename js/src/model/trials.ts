// What all views of one model share of its trials: the losses as they come, the request to stop
// them, and the clock that tells how long they will take.

import { clock, type Timer } from "../base/clock.ts";
import { Listeners } from "../base/listeners.ts";
import { float32s, float64s } from "../source/decode.ts";
import type { Message, Source, TrialLosses, Trials } from "../source/types.ts";
import { StopRequest } from "./stop-request.ts";
import { type Progress, progressOf, Stopwatch } from "./trial-progress.ts";

/** A start beyond this is no batch of a short training run. */
const MOST_BATCHES = 1e7;

/**
 * The training losses of trials, batch by batch. They arrive twice, like the points of a sweep: in
 * messages while a run trains, and all at once at the end. A message can overtake a trait, so both
 * carry the id of the trials.
 */
export class LossStore {
  run = "";
  /**
   * One list per run, in the order they ran. NaN where a message was missed, or where the loss was.
   */
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
    if (type !== "trial" || typeof run !== "string" || !isCount(index) || !isCount(start)) {
      return false;
    }
    this.begin(run);
    const numbers = float64s(buffers[0]);
    while (this.runs.length <= index) this.runs.push([]);
    const losses = this.runs[index]!;
    while (losses.length < start) losses.push(NaN);
    // What was missed; the trait that comes at the end is exact.
    for (const [i, loss] of float32s(buffers[1]).entries()) {
      if (Number.isNaN(losses[i])) losses[i] = loss;
    }
    for (const [i, loss] of numbers.entries()) losses[start + i] = loss;
    return numbers.length > 0;
  }

  /** The trait has changed. It counts even where it is shorter than what came by messages. */
  replace(whole: Partial<TrialLosses> | null | undefined): void {
    if (!whole?.run || !whole.losses) return;
    // The empty ones that open trials may come after their first losses.
    const isEmpty = whole.losses.every((bytes) => bytes.byteLength === 0);
    if (whole.run === this.run && isEmpty) return;
    this.begin(whole.run);
    this.runs.splice(
      0,
      this.runs.length,
      ...whole.losses.map((bytes) => Array.from(float64s(bytes))),
    );
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < MOST_BATCHES;
}

export class TrialState {
  readonly losses: LossStore;
  readonly stop: StopRequest;
  readonly #source: Source;
  readonly #timer: Timer;
  readonly #watch = new Stopwatch();
  /** The trials that the trait told of last. */
  #told = "";
  readonly #listeners = new Listeners();

  constructor(source: Source, timer: Timer = clock) {
    this.#source = source;
    this.#timer = timer;
    this.losses = new LossStore(source.get("_trial_losses"));
    this.#told = this.trials?.run ?? "";
    if (this.#told) this.losses.begin(this.#told);
    const onChange = () => this.#tell();
    this.stop = new StopRequest({
      source,
      run: () => this.trials?.run ?? "",
      running: () => this.running,
      onChange,
    });
    source.subscribe("_trials", () => this.#onTrials());
    source.subscribe("_trial_losses", () => {
      this.losses.replace(source.get("_trial_losses"));
      this.#tell();
    });
  }

  /** Null as long as nothing was tried. */
  get trials(): Trials | null {
    const trials = this.#source.get("_trials");
    return trials?.run ? (trials as Trials) : null;
  }

  get running(): boolean {
    return this.trials?.status === "running";
  }

  /**
   * False while only messages have come of the newest trials, and the trait still tells of those
   * before.
   */
  get matching(): boolean {
    return this.losses.run === "" || this.losses.run === this.trials?.run;
  }

  /** Where they stand and how many seconds are left; null while nothing runs. */
  get progress(): (Progress & { seconds: number | null }) | null {
    const { trials } = this;
    if (!trials || !this.running) return null;
    const at = progressOf(trials, this.matching ? this.losses.runs : []);
    return { ...at, seconds: this.#watch.secondsLeft(at.planned, trials.batches ? undefined : 1) };
  }

  receive(message: Message): void {
    if (!this.losses.receive(message)) return;
    this.#note();
    this.#tell();
  }

  /** Calls `listener` when anything of the trials has changed, until `signal` aborts. */
  onChange(listener: () => void, signal?: AbortSignal): void {
    this.#listeners.add(listener, signal);
  }

  #onTrials(): void {
    const { trials } = this;
    // Other trials begin with nothing. A late word of those before must not take away what has come
    // since.
    if (trials && trials.run !== this.#told) this.losses.begin(trials.run);
    this.#told = trials?.run ?? "";
    this.#note();
    this.#tell();
  }

  #note(): void {
    const { trials } = this;
    if (!trials || !this.running || !this.matching) return;
    this.#watch.note(trials.run, progressOf(trials, this.losses.runs).done, this.#timer.now());
  }

  #tell(): void {
    this.#listeners.tell();
  }
}
