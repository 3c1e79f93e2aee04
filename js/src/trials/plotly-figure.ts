// How the chart of the trials looks, in Plotly's words, and where its losses lie in px. Everything
// is worked out anew for each picture: it is small, and so nothing of an earlier one can stay.

import { LENGTHS_PX } from "../base/lengths.ts";
import { say, sentences } from "../base/sentences.ts";
import { baseAxes, baseLayout, lossAxis, type Sizes } from "../chart/base-layout.ts";
import { type CandidateStyle, plotlyDash, styleOf } from "../chart/candidate-style.ts";
import { LINE_PX, THIN_LINE_PX } from "../chart/plotly-figure.ts";
import { faint } from "../dom/color.ts";
import type { Theme } from "../dom/theme.ts";
import { clamp, type Interval } from "../math/scale.ts";
import { gaussianMean } from "../math/smoothing.ts";
import { rangeText } from "../model/candidates.ts";
import type { TrialsView } from "../model/trial-progress.ts";
import type { Trials } from "../source/types.ts";
import { batchTicks, everyEpoch } from "./layout.ts";
import { trialLossTicks } from "./loss-range.ts";
import { validAfter } from "./table-rows.ts";

const words = sentences.trials;
/** The smooth line's weights reach over this share of a run, and at least over so many batches. */
const SIGMA_SHARE = 1 / 24;
const LEAST_SIGMA = 1.5;
const LINE_POINTS = 200;
/** Of longer runs every second raw point is drawn, or every third: so many of all runs together. */
const MOST_POINTS = 1500;
const TICK_PX = 30;
/** Above the plot: the ends of epochs. */
const TOP_PX = 20;

export interface TrialLook {
  readonly sizes: Sizes;
  readonly theme: Theme;
  /** The part of the width that is left free for labels. */
  readonly free: number;
}

/** The sweep's lengths with this chart's heights, so that both plots share their edges. */
export function trialSizes(sizes: Sizes, { unit }: Theme): Sizes {
  const height_px = LENGTHS_PX["trials-h"] * unit;
  return { ...sizes, height_px, top_px: TOP_PX * unit };
}

/** From batches and losses to px from the chart's top left corner. */
export interface TrialPlane {
  readonly plot: {
    readonly left_px: number;
    readonly width_px: number;
    readonly top_px: number;
    readonly height_px: number;
  };
  readonly planned: number;
  readonly x: Interval;
  readonly y: Interval;
}

export function planeOf(
  { epochs, batches }: Trials,
  { sizes, free }: TrialLook,
  y: Interval,
): TrialPlane {
  const { left_px, right_px, top_px, bottom_px, width_px, height_px } = sizes;
  const planned = Math.max(1, epochs * batches);
  const plot = {
    left_px,
    top_px,
    width_px: Math.max(1, width_px - left_px - right_px),
    height_px: height_px - top_px - bottom_px,
  };
  return { plot, planned, x: [0, planned / (1 - free)], y };
}

export function leftOf({ plot, x }: TrialPlane, batch: number): number {
  return plot.left_px + (batch / x[1]) * plot.width_px;
}

/** Inside the plot, also for a loss that is above or below it. */
export function topOf({ plot, y }: TrialPlane, loss: number): number {
  const share = (y[1] - loss) / (y[1] - y[0]);
  return plot.top_px + clamp(share, 0, 1) * plot.height_px;
}

interface Line {
  readonly x: number[];
  readonly y: number[];
}

/** The smooth lines of runs; that of a run that has ended is worked out once. */
export class Lines {
  readonly #kept = new Map<number, { key: string; line: Line }>();

  of(index: number, run: string, losses: readonly number[], planned: number, y: Interval): Line {
    const key = [run, losses.length, planned, y[1]].join();
    const kept = this.#kept.get(index);
    if (kept?.key === key) return kept.line;
    const sigma = Math.max(LEAST_SIGMA, SIGMA_SHARE * planned);
    const cap = y[1] + 0.5 * (y[1] - y[0]);
    const line = smoothLine(losses, sigma, cap);
    this.#kept.set(index, { key, line });
    return line;
  }
}

/** Batches are counted from 1: the first loss is known when one batch is done. */
function smoothLine(losses: readonly number[], sigma: number, cap: number): Line {
  const known = losses.map((_, i) => i).filter((i) => Number.isFinite(losses[i]));
  const at = gaussianMean(
    known.map((i) => i + 1),
    known.map((i) => Math.min(losses[i]!, cap)),
    sigma,
  );
  const every = Math.max(1, losses.length / LINE_POINTS);
  const begins = (i: number) => Math.floor(i / every) > Math.floor((i - 1) / every);
  const x = losses.map((_, i) => i + 1).filter((i) => i === losses.length || begins(i));
  return { x, y: x.map(at) };
}

function pointsOf(losses: readonly number[], every: number): Line {
  const x = losses.map((_, i) => i + 1).filter((batch) => batch % every === 0);
  return { x, y: x.map((batch) => losses[batch - 1]!) };
}

interface Series {
  x: (number | null)[];
  y: (number | null)[];
}

function join(series: readonly Line[]): Series {
  // A gap between two runs, so that no line leads from the end of one to the start of the next.
  return { x: series.flatMap(({ x }) => [...x, null]), y: series.flatMap(({ y }) => [...y, null]) };
}

function tracesOf(
  view: TrialsView,
  look: TrialLook,
  y: Interval,
  lines: Lines,
  place: number,
): object[] {
  const { trials, runs, losses } = view;
  const candidate = trials.candidates[place]!;
  const style = styleOf(candidate.name, place);
  const { unit } = look.theme;
  const color = look.theme.trials[style.index]!;
  const several = trials.seeds > 1;
  const own = runs.map((_, i) => i).filter((i) => runs[i]!.candidate === place);
  const planned = Math.max(1, trials.epochs * trials.batches);
  const every = Math.ceil((planned * trials.seeds * trials.candidates.length) / MOST_POINTS);
  const raw = join(own.map((i) => pointsOf(losses[i] ?? [], every)));
  const smooth = join(own.map((i) => lines.of(i, trials.run, losses[i] ?? [], planned, y)));
  const epochs = Array.from({ length: trials.epochs }, (_, epoch) => epoch);
  const ends = epochs.filter((epoch) => Number.isFinite(validAfter(runs, place, epoch)));
  const who = say(words.hover.candidate, { name: candidate.name, range: rangeText(candidate) });
  const hover = (text: string) => `${who}<br>${text}<extra></extra>`;
  return [
    {
      type: "scatter",
      mode: "markers",
      cliponaxis: false,
      ...raw,
      hovertemplate: hover(say(words.hover.point, { batch: "%{x}", loss: "%{y:.3g}" })),
      marker: {
        symbol: style.symbol,
        size: 3.5 * unit,
        color: faint(color, several ? 0.25 : 0.4),
        line: { width: 0 },
      },
    },
    {
      type: "scatter",
      mode: "lines",
      ...smooth,
      hoverinfo: "skip",
      line: {
        width: (several ? THIN_LINE_PX : LINE_PX) * unit,
        color: several ? faint(color, 0.75) : color,
        dash: plotlyDash(style, unit),
      },
    },
    {
      type: "scatter",
      mode: "markers",
      cliponaxis: false,
      x: ends.map((epoch) => (epoch + 1) * trials.batches),
      y: ends.map((epoch) => validAfter(runs, place, epoch)),
      customdata: ends,
      hovertemplate: hover(say(words.hover.valid, { epoch: "%{customdata}", loss: "%{y:.3g}" })),
      marker: openMark(style, color, look.theme, unit),
    },
  ];
}

function openMark(style: CandidateStyle, color: string, theme: Theme, unit: number): object {
  // Plotly draws an outline around the size that it is given.
  const width = 2 * unit;
  return {
    symbol: style.symbol,
    size: style.size_px * unit - width / 2,
    color: theme.paper,
    opacity: 1,
    line: { color, width },
  };
}

function layoutOf({ trials }: TrialsView, look: TrialLook, y: Interval): object {
  const { theme, sizes } = look;
  const { unit } = theme;
  const plane = planeOf(trials, look, y);
  const per_px = plane.plot.width_px / plane.x[1];
  const { xaxis, yaxis } = baseAxes(theme);
  const end = { type: "line", xref: "x", yref: "paper", y0: 0, y1: 1, layer: "below" };
  return {
    ...baseLayout(theme, sizes),
    dragmode: false,
    xaxis: {
      ...xaxis,
      fixedrange: true,
      type: "linear",
      range: [...plane.x],
      showgrid: false,
      tickvals: batchTicks(trials.epochs, trials.batches, per_px, TICK_PX * unit),
      tickformat: "d",
    },
    yaxis: { ...yaxis, fixedrange: true, range: [...y], ...lossAxis(trialLossTicks(y)) },
    shapes: everyEpoch(trials.epochs, trials.batches * per_px, 4 * unit).map((epoch) => {
      const x = (epoch + 1) * trials.batches;
      return { ...end, x0: x, x1: x, line: { color: theme.muted, width: 1, dash: "1px,4px" } };
    }),
  };
}

/**
 * Three traces for each candidate: points, smooth lines, validation losses. Marks lie over all
 * lines.
 */
export function figureOf(
  view: TrialsView,
  look: TrialLook,
  y: Interval,
  lines: Lines,
): { data: object[]; layout: object } {
  const each = view.trials.candidates.map((_, place) => tracesOf(view, look, y, lines, place));
  const data = [0, 1, 2].flatMap((kind) => each.map((traces) => traces[kind]!));
  return { data, layout: layoutOf(view, look, y) };
}
