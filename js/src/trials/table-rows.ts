// What stands in the table of trials: one row per candidate and epoch, reserved from the start.

import { say, sentences } from "../base/sentences.ts";
import { formatNumber } from "../math/scale.ts";
import { type Run, runsOf } from "../model/trial-progress.ts";
import { numberOf } from "../source/decode.ts";
import type { TrialEpoch, Trials } from "../source/types.ts";

export interface TableRow {
  readonly candidate: number;
  readonly epoch: number;
  /** train_loss, valid_loss, each metric, time; empty texts where there is nothing yet. */
  readonly cells: readonly string[];
  /** Instead of the numbers: why there are no more. */
  readonly ended: string;
  /** What stands beside the numbers: a seed that ended before. */
  readonly note: string;
  /** The row of the lowest final validation loss. */
  readonly best: boolean;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** "00:09", as fastai prints it; "1:02:03" from an hour on. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return `${hours ? `${hours}:` : ""}${two(minutes)}:${two(whole % 60)}`;
}

/** A mean, for several seeds with its standard deviation in as many decimals. */
export function formatSpread(values: readonly number[]): string {
  const centre = mean(values);
  const text = formatNumber(centre);
  if (values.length < 2 || !Number.isFinite(centre) || text.includes("e")) return text;
  const variance =
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
  return say(sentences.trials.spread, {
    mean: text,
    spread: Math.sqrt(variance).toFixed(text.split(".")[1]?.length ?? 0),
  });
}

/** The seeds' values of one column; empty where one of them has none. */
function values(
  epochs: readonly TrialEpoch[],
  read: (epoch: TrialEpoch) => number | null,
): number[] {
  const found = epochs.map(read);
  return found.every((value) => value !== null) ? (found as number[]) : [];
}

function cellsOf(epochs: readonly TrialEpoch[], metrics: number): string[] {
  if (epochs.length === 0) return Array.from({ length: metrics + 3 }, () => "");
  const average = (read: (epoch: TrialEpoch) => number | null) => {
    const found = values(epochs, read);
    return found.length ? formatNumber(mean(found)) : sentences.trials.none;
  };
  const valid = values(epochs, (epoch) => numberOf(epoch.valid_loss));
  return [
    average((epoch) => numberOf(epoch.train_loss)),
    valid.length ? formatSpread(valid) : sentences.trials.none,
    ...Array.from({ length: metrics }, (_, i) => average((epoch) => numberOf(epoch.metrics[i]))),
    formatSeconds(mean(epochs.map(({ seconds }) => seconds))),
  ];
}

/**
 * The validation loss of a candidate after an epoch, the mean over the seeds that got so far; NaN
 * if none did.
 */
export function validAfter(runs: readonly Run[], candidate: number, epoch: number): number {
  const found = runs
    .filter((run) => run.candidate === candidate)
    .flatMap((run) => run.epochs[epoch] ?? [])
    .map(({ valid_loss }) => numberOf(valid_loss))
    .filter((loss) => loss !== null);
  return found.length ? mean(found) : NaN;
}

/** The row above the candidates: what they all start from. */
export function cellsBefore({ metrics, start_loss, status }: Trials): string[] {
  const unknown = status === "running" ? "" : sentences.trials.none;
  const loss = start_loss === null ? unknown : formatNumber(start_loss);
  return ["", loss, ...metrics.map(() => ""), ""];
}

export function tableRows(trials: Trials): TableRow[] {
  const { candidates, epochs, metrics, seeds, best } = trials;
  const runs = runsOf(trials);
  return candidates.flatMap((_, candidate) => {
    const own = runs.filter((run) => run.candidate === candidate);
    const reached = Math.max(0, ...own.map((run) => run.epochs.length));
    return Array.from({ length: epochs }, (_, epoch): TableRow => {
      const there = own.flatMap((run) => run.epochs[epoch] ?? []);
      const stopped = own.filter((run) => run.ended !== "" && run.epochs.length === epoch);
      const texts = stopped.map(({ ordinal, ended }) =>
        seeds > 1 ? say(sentences.trials.seed_ended, { seed: ordinal, ended }) : ended,
      );
      // With several seeds one that ended must not take the place of the others' numbers, or of
      // those to come.
      const all = own.length >= (trials.status === "running" ? seeds : 1);
      const instead = there.length === 0 && all && stopped.length > 0;
      return {
        candidate,
        epoch,
        cells: cellsOf(there, metrics.length),
        ended: instead ? texts.join("; ") : "",
        note: instead ? "" : texts.join("; "),
        best: candidate === best && epoch === reached - 1,
      };
    });
  });
}
