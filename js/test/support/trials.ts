// Trials as the kernel tells of them, and losses that fall.

import { runsOf, type TrialsView } from "../../src/model/trial-progress.ts";
import type { Num, TrialRun, Trials } from "../../src/source/types.ts";

export const epochOf = (valid_loss: Num, train_loss: number | null = 0.5) => ({
  train_loss,
  valid_loss,
  metrics: [0.8],
  seconds: 9.4,
});

export const runOf = (candidate: number, valid: Num[], more: Partial<TrialRun> = {}): TrialRun => {
  return { candidate, seed: 0, ended: "", epochs: valid.map((loss) => epochOf(loss)), ...more };
};

export function trialsOf(more: Partial<Trials> = {}): Trials {
  return {
    run: "t",
    status: "running",
    outcome: "",
    epochs: 2,
    seeds: 1,
    total: 2,
    batches: 31,
    metrics: ["accuracy"],
    start_loss: null,
    runs: [],
    best: null,
    answer: "",
    code: "",
    candidates: [
      { name: "A", lo: 1e-6, hi: 1e-4 },
      { name: "B", lo: 1e-4, hi: 1e-3 },
    ],
    ...more,
  } as Trials;
}

export const fall = (from: number, to: number, n = 62) =>
  Array.from({ length: n }, (_, i) => to + (from - to) * Math.exp(-i / 10) + 0.01 * (i % 3));

export function viewOf(losses: number[][], more: Partial<Trials> = {}): TrialsView {
  const trials = {
    run: "t",
    status: "finished",
    outcome: "",
    epochs: 2,
    seeds: 1,
    total: losses.length,
    batches: 31,
    metrics: [],
    start_loss: null,
    best: null,
    answer: "",
    code: "",
    candidates: losses.map((_, i) => ({ name: "ABCDEFGH"[i]!, lo: 1e-4, hi: 1e-3 })),
    runs: losses.map((_, i) => ({ candidate: i, seed: 0, ended: "", epochs: [] })),
    ...more,
  } as Trials;
  return { trials, losses, runs: runsOf(trials) };
}
