// How the chart looks, in Plotly's words. On a log axis Plotly takes log10 for a range, the rates
// themselves for ticks and data.

import { isNarrow, plotHeight_px } from "../base/width.ts";
import type { Theme } from "../dom/theme.ts";
import { type Axis, type Interval, lossTicks, ticks } from "../math/scale.ts";
import type { EarlierLine } from "../model/earlier-curves.ts";

const TICK_PX = 42;

/** Sizes in px at the 13 px base; they grow with the host's font. */
export interface Sizes {
  readonly width_px: number;
  readonly height_px: number;
  readonly left_px: number;
  readonly right_px: number;
  readonly top_px: number;
  readonly bottom_px: number;
}

export interface Look {
  readonly swept: Interval;
  readonly sizes: Sizes;
  readonly theme: Theme;
}

/**
 * The chart's lengths, those of the style sheet: px at a 13 px font, times the real one over 13.
 */
export function sizesOf(width_px: number, { fontSize_px }: Theme): Sizes {
  const narrow = isNarrow(width_px, fontSize_px);
  const unit = fontSize_px / 13;
  const top_px = 28 * unit;
  const bottom_px = 24 * unit;
  return {
    width_px,
    height_px: top_px + plotHeight_px(width_px, fontSize_px) + bottom_px,
    left_px: (narrow ? 44 : 88) * unit,
    right_px: (narrow ? 28 : 32) * unit,
    top_px,
    bottom_px,
  };
}

export function tracesOf(theme: Theme): object[] {
  const unit = theme.fontSize_px / 13;
  const marker = { size: 4 * unit, color: theme.points };
  const line = { width: 2.25 * unit, color: theme.ink };
  const caret = { size: 5.5 * unit, color: theme.muted, symbol: "triangle-up" };
  return [
    {
      type: "scatter",
      mode: "markers",
      x: [],
      y: [],
      text: [],
      hoverinfo: "text",
      cliponaxis: false,
      marker,
    },
    { type: "scatter", mode: "lines", x: [], y: [], hoverinfo: "skip", line },
    // Points above the scale, at its top edge.
    {
      type: "scatter",
      mode: "markers",
      x: [],
      y: [],
      text: [],
      hoverinfo: "text",
      cliponaxis: false,
      marker: caret,
    },
  ];
}

/**
 * Lines of earlier sweeps. Not by `zorder` under the present one: with it Plotly draws no line of
 * the axis.
 */
export function tracesOfEarlier(
  lines: readonly EarlierLine[],
  shown: readonly boolean[],
  theme: Theme,
): object[] {
  return lines.map((line, i) => {
    const look = { color: theme.muted, ...earlierStroke(line, theme) };
    return {
      type: "scatter",
      mode: "lines",
      x: line.lrs,
      y: line.losses,
      hoverinfo: "skip",
      visible: shown[i],
      line: look,
    };
  });
}

function earlierStroke({ dash }: EarlierLine, theme: Theme): { width: number; dash: string } {
  const unit = theme.fontSize_px / 13;
  return { width: 1.5 * unit, dash: dash.map((px) => `${px * unit}px`).join() };
}

/** How the traces look in a theme: three of the present sweep, and those of the earlier ones. */
export function styleChange(theme: Theme, earlier: readonly EarlierLine[]): object {
  const unit = theme.fontSize_px / 13;
  const strokes = earlier.map((line) => earlierStroke(line, theme));
  return {
    "marker.color": [theme.points, theme.points, theme.muted, ...earlier.map(() => theme.muted)],
    "marker.size": [4 * unit, 4 * unit, 5.5 * unit, ...earlier.map(() => 4 * unit)],
    "line.color": [theme.ink, theme.ink, theme.ink, ...earlier.map(() => theme.muted)],
    "line.width": [...Array(3).fill(2.25 * unit), ...strokes.map(({ width }) => width)],
    "line.dash": [...Array(3).fill("solid"), ...strokes.map(({ dash }) => dash)],
  };
}

/** Where the axis will be, before there is a chart. */
export function axisBefore({ left_px, right_px, width_px }: Sizes, shown: Interval): Axis {
  const [log10_lo, log10_hi] = shown.map(Math.log10) as [number, number];
  return { left_px, width_px: Math.max(1, width_px - left_px - right_px), log10_lo, log10_hi };
}

export function layoutOf(theme: Theme, sizes: Sizes): object {
  const font = {
    family: theme.fontFamily,
    size: (11 * theme.fontSize_px) / 13,
    color: theme.muted,
  };
  return {
    width: sizes.width_px,
    height: sizes.height_px,
    margin: { l: sizes.left_px, r: sizes.right_px, t: sizes.top_px, b: sizes.bottom_px, pad: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font,
    showlegend: false,
    hovermode: "closest",
    dragmode: "zoom",
    hoverlabel: {
      bgcolor: theme.paper,
      bordercolor: theme.axis,
      font: { ...font, color: theme.ink },
    },
    modebar: { bgcolor: theme.paper, color: theme.muted, activecolor: theme.ink },
  };
}

/** How many labels like "1e-7" stand side by side under a plot of this width. */
export function roomForTicks(sizes: Sizes): number {
  const unit = (sizes.top_px + sizes.bottom_px) / 52;
  return Math.max(
    2,
    Math.floor((sizes.width_px - sizes.left_px - sizes.right_px) / (TICK_PX * unit)),
  );
}

export function axesOf(look: Look, shown: Interval, y: Interval): object {
  const { theme } = look;
  const [log10_lo, log10_hi] = [Math.log10(shown[0]), Math.log10(shown[1])];
  const { lrs, labels } = ticks(log10_lo, log10_hi, roomForTicks(look.sizes));
  const both = { automargin: false, zeroline: false, gridcolor: theme.grid, fixedrange: false };
  return {
    xaxis: {
      ...both,
      type: "log",
      range: [log10_lo, log10_hi],
      tickmode: "array",
      tickvals: lrs,
      ticktext: labels,
      tickangle: 0,
      ticks: "outside",
      ticklen: 4,
      ticklabelstandoff: 1,
      tickcolor: theme.axis,
      linecolor: theme.axis,
      showline: true,
    },
    yaxis: { ...both, ticklabelstandoff: 6, range: [...y], ...lossAxis(y) },
  };
}

function lossAxis(y: Interval): Record<string, unknown> {
  const { step, format } = lossTicks(y);
  return { tickmode: "linear", tick0: 0, dtick: step, tickformat: format };
}

/** Another range of losses, with the ticks that belong to it. */
export function rangeChange(y: Interval): object {
  const axis = Object.entries({ range: [...y], ...lossAxis(y) });
  return Object.fromEntries(axis.map(([key, value]) => [`yaxis.${key}`, value]));
}

export function tickChange(sizes: Sizes, log10_lo: number, log10_hi: number): object {
  const { lrs, labels } = ticks(log10_lo, log10_hi, roomForTicks(sizes));
  return { "xaxis.tickvals": lrs, "xaxis.ticktext": labels };
}
