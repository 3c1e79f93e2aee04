// Invented trials for the harness: two or more candidates, each with a noisy training loss.

import type { Candidate, State, TrialEpoch, TrialRun, Trials } from "../src/source/types.ts";
import { float64s } from "../test/support/fake-source.ts";

const BATCHES = 31;
const EPOCHS = 2;
/** Where each candidate's loss starts, where it goes, and in how many batches. */
const COURSES = [
  { from: 0.72, to: 0.71, in: 10, noise: 0.08, valid: [0.702, 0.668], accuracy: [0.788, 0.801] },
  { from: 0.85, to: 0.36, in: 11, noise: 0.06, valid: [0.438, 0.391], accuracy: [0.861, 0.883] },
  { from: 0.9, to: 0.38, in: 14, noise: 0.06, valid: [0.441, 0.402], accuracy: [0.85, 0.879] },
  { from: 0.8, to: 0.42, in: 14, noise: 0.06, valid: [0.47, 0.395], accuracy: [0.85, 0.88] },
  { from: 0.9, to: 0.5, in: 24, noise: 0.06, valid: [0.56, 0.52], accuracy: [0.82, 0.84] },
  { from: 0.85, to: 4, in: 30, noise: 0.3, valid: [], accuracy: [] },
];
export const CANDIDATES: Candidate[] = [
  { name: "A", lo: 1e-6, hi: 1e-4 },
  { name: "B", lo: 1e-4, hi: 1e-3 },
  { name: "C", lo: 2.4e-4, hi: 2.4e-3 },
  { name: "D", lo: 1e-4, hi: 3e-3 },
  { name: "E", lo: 1e-5, hi: 1e-2 },
  { name: "F", lo: 1e-2, hi: 1e-1 },
];

/** Always the same noise. */
function noise(seed: number): () => number {
  let state = seed * 7919 + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647 - 0.5) * 3;
  };
}

export function lossesOf(candidate: number, seed: number, upTo = BATCHES * EPOCHS): number[] {
  const course = COURSES[candidate]!;
  const random = noise(candidate * 10 + seed + 1);
  const batches = Math.min(upTo, course.valid.length ? Infinity : 31);
  const size = Math.min(BATCHES * EPOCHS, batches);
  return Array.from({ length: size }, (_, i) => {
    const level = course.to + (course.from - course.to) * Math.exp(-i / course.in);
    return course.valid.length ? level + course.noise * random() : course.from + i ** 3 / 900;
  });
}

function epochOf(candidate: number, seed: number, epoch: number): TrialEpoch {
  const { valid, accuracy, to } = COURSES[candidate]!;
  const shift = 0.008 * noise(seed + 3 * candidate + epoch)();
  return {
    train_loss: to + 0.06 - 0.05 * epoch,
    valid_loss: valid[epoch]! + shift,
    metrics: [accuracy[epoch]!],
    seconds: 9.2,
  };
}

export interface Options {
  readonly count?: number;
  readonly seeds?: number;
  /** How many batches the last run has done, while it runs. */
  readonly batch?: number;
  /** The run that is under way; without it all have ended. */
  readonly at?: number;
}

/** The traits of trials, finished or under way. */
export function trialsOf({ count = 2, seeds = 1, at, batch = 0 }: Options = {}): Partial<State> {
  const candidates = CANDIDATES.slice(0, count);
  const order = candidates.flatMap((_, candidate) =>
    Array.from({ length: seeds }, (_, seed) => ({ candidate, seed })),
  );
  const running = at !== undefined;
  const begun = order.slice(0, running ? at + 1 : undefined);
  const runs: TrialRun[] = begun.map(({ candidate, seed }, i) => {
    const done = running && i === at ? Math.floor(batch / BATCHES) : EPOCHS;
    const rows = Math.min(done, COURSES[candidate]!.valid.length);
    const ended = COURSES[candidate]!.valid.length ? "" : "diverged at batch 31";
    return {
      candidate,
      seed,
      ended,
      epochs: Array.from({ length: rows }, (_, epoch) => epochOf(candidate, seed, epoch)),
    };
  });
  const trials: Trials = {
    run: "t1",
    status: running ? "running" : "finished",
    candidates,
    epochs: EPOCHS,
    seeds,
    total: order.length,
    batches: BATCHES,
    metrics: ["accuracy"],
    start_loss: 0.712,
    runs,
    best: running ? null : 1,
    outcome: running
      ? ""
      : `${count} candidates, 2 epochs each, ${count === 2 ? "both" : "all"} from the same start. Your model is as it was.`,
    answer: running
      ? ""
      : "**B is lower by 0.277** after 2 epochs (one run each). Try `seeds=3` to see whether that is more than chance.",
    code: running ? "" : "learn.fit_one_cycle(2, trials.best.pick.slice)",
  };
  const losses = begun.map(({ candidate, seed }, i) =>
    float64s(lossesOf(candidate, seed, running && i === at ? batch : undefined)),
  );
  return { _kept: candidates, _trials: trials, _trial_losses: { run: "t1", losses } };
}
