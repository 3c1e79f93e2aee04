// What is known of the runs of trials: whose each one is, how far they have come, how long the rest
// will take. Pure: the trait and the losses in, numbers and words out.

import { calm, MS_TO_GUESS, STEPS_TO_GUESS } from "../base/clock.ts";
import { say, sentences } from "../base/sentences.ts";
import type { TrialRun, Trials } from "../source/types.ts";

const words = sentences.trials;
/** More seconds than these are said in minutes. */
const MANY_SECONDS = 120;

export interface Run extends TrialRun {
  /** Which run of its candidate it is, from 1 on. */
  readonly ordinal: number;
}

/** What is shown of trials. */
export interface TrialsView {
  readonly trials: Trials;
  readonly runs: readonly Run[];
  /** Of each run, batch by batch; a message may have told of one more than the trait has. */
  readonly losses: readonly (readonly number[])[];
}

/** The runs that the trait tells of: whose losses are whose is said there. */
export function runsOf({ runs }: Trials): Run[] {
  const counts = new Map<number, number>();
  return runs.map((run) => {
    const ordinal = 1 + (counts.get(run.candidate) ?? 0);
    counts.set(run.candidate, ordinal);
    return { ...run, ordinal };
  });
}

export interface Progress {
  readonly candidate: number;
  /** Which run of its candidate it is, from 1 on. */
  readonly ordinal: number;
  /** From 1 on. */
  readonly epoch: number;
  /** In this epoch; 0 where that is not known. */
  readonly batch: number;
  /** Of all runs together, in batches, or in epochs where the number of batches is not known. */
  readonly done: number;
  readonly planned: number;
}

/** Where the run that is under way stands, and all of them together. */
export function progressOf(trials: Trials, losses: readonly (readonly number[])[]): Progress {
  const { batches, epochs, total } = trials;
  const runs = runsOf(trials);
  const last = runs.at(-1);
  const perRun = epochs * (batches || 1);
  const rows = last?.epochs.length ?? 0;
  const seen = Math.min(losses[runs.length - 1]?.length ?? 0, epochs * batches);
  const epoch = Math.min(
    Math.max(rows, batches > 0 ? Math.ceil(seen / batches) - 1 : 0),
    Math.max(0, epochs - 1),
  );
  const over = last !== undefined && (last.ended !== "" || rows >= epochs);
  const inLast = over ? perRun : Math.max(seen, rows * (batches || 1));
  return {
    candidate: last?.candidate ?? 0,
    ordinal: last?.ordinal ?? 1,
    epoch: epoch + 1,
    batch: batches > 0 ? Math.min(batches, Math.max(0, seen - epoch * batches)) : 0,
    done: Math.max(0, runs.length - 1) * perRun + (last ? inLast : 0),
    planned: total * perRun,
  };
}

/**
 * "candidate B of 2", "seed 2 of 3", "epoch 1 of 2", "batch 12 of 62": as far as they say anything.
 */
export function progressParts(trials: Trials, at: Progress): string[] {
  const { candidates, seeds, epochs, batches } = trials;
  if (at.done === 0) return [sentences.running.waiting];
  const name = candidates[at.candidate]?.name ?? "";
  const parts = [say(words.running.candidate, { name, count: candidates.length })];
  if (seeds > 1) parts.push(say(words.running.seed, { seed: at.ordinal, seeds }));
  parts.push(say(words.running.epoch, { epoch: at.epoch, epochs }));
  if (batches > 0) parts.push(say(words.running.batch, { batch: at.batch, batches }));
  return parts;
}

/**
 * Guesses when trials end, by the page's clock. A view that comes late counts from where it came.
 */
export class Stopwatch {
  #run = "";
  #first = { at_ms: NaN, done: 0 };
  #last = { at_ms: NaN, done: 0 };

  note(run: string, done: number, now_ms: number): void {
    if (run !== this.#run) {
      this.#run = run;
      this.#first = { at_ms: NaN, done: 0 };
      this.#last = this.#first;
    }
    if (done <= this.#last.done) return;
    this.#last = { at_ms: now_ms, done };
    if (Number.isNaN(this.#first.at_ms)) this.#first = this.#last;
  }

  /**
   * Null while nothing sensible can be said. `few` is how much must have been seen: batches, or
   * epochs.
   */
  secondsLeft(planned: number, few = STEPS_TO_GUESS): number | null {
    const done = this.#last.done - this.#first.done;
    const elapsed_ms = this.#last.at_ms - this.#first.at_ms;
    if (done < few || !(elapsed_ms >= MS_TO_GUESS) || this.#last.done >= planned) return null;
    return (elapsed_ms / done / 1000) * (planned - this.#last.done);
  }
}

/** "about 14 s left", in steps that do not flicker; empty for null. */
export function leftText(seconds: number | null): string {
  if (seconds === null) return "";
  if (seconds >= MANY_SECONDS) {
    return say(words.running.minutes_left, { minutes: Math.round(seconds / 60) });
  }
  return say(sentences.running.time_left, { seconds: calm(seconds) });
}
