// How the chart looks, in Plotly's words. On a log axis Plotly takes log10 for a range, the rates
// themselves for ticks and data.

import { LENGTHS_PX, NARROW_PX } from "../base/lengths.ts";
import { isNarrow, plotHeight_px } from "../base/width.ts";
import type { Theme } from "../dom/theme.ts";
import { type Axis, type Interval, lossTicks, ticks } from "../math/scale.ts";
import type { EarlierLine } from "../model/earlier-curves.ts";
import { baseAxes, baseLayout, lossAxis, type Sizes } from "./base-layout.ts";

export type { Sizes };

/** In px of the design: dots, carets, and the widths of lines. */
export const POINT_PX = 4;
const CARET_PX = 5.5;
export const LINE_PX = 2.25;
export const THIN_LINE_PX = 1.5;
/** What a tick label takes. */
const TICK_PX = 42;

export interface Look {
  readonly swept: Interval;
  readonly sizes: Sizes;
  readonly theme: Theme;
}

export function sizesOf(width_px: number, { fontSize_px, unit }: Theme): Sizes {
  const { gutter, right } = isNarrow(width_px, fontSize_px) ? NARROW_PX : LENGTHS_PX;
  const top_px = LENGTHS_PX["plot-top"] * unit;
  const bottom_px = LENGTHS_PX.ticks * unit;
  return {
    width_px,
    height_px: top_px + plotHeight_px(width_px, fontSize_px) + bottom_px,
    left_px: gutter * unit,
    right_px: right * unit,
    top_px,
    bottom_px,
  };
}

export function tracesOf(theme: Theme): object[] {
  const { unit } = theme;
  const marker = { size: POINT_PX * unit, color: theme.points };
  const line = { width: LINE_PX * unit, color: theme.ink };
  const caret = { size: CARET_PX * unit, color: theme.muted, symbol: "triangle-up" };
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

function earlierStroke({ dash }: EarlierLine, { unit }: Theme): { width: number; dash: string } {
  return { width: THIN_LINE_PX * unit, dash: dash.map((px) => `${px * unit}px`).join() };
}

/** How the traces look in a theme: three of the present sweep, and those of the earlier ones. */
export function styleChange(theme: Theme, earlier: readonly EarlierLine[]): object {
  const { unit } = theme;
  const [point, caret, line] = [POINT_PX * unit, CARET_PX * unit, LINE_PX * unit];
  const strokes = earlier.map((line) => earlierStroke(line, theme));
  return {
    "marker.color": [theme.points, theme.points, theme.muted, ...earlier.map(() => theme.muted)],
    "marker.size": [point, point, caret, ...earlier.map(() => point)],
    "line.color": [theme.ink, theme.ink, theme.ink, ...earlier.map(() => theme.muted)],
    "line.width": [...Array(3).fill(line), ...strokes.map(({ width }) => width)],
    "line.dash": [...Array(3).fill("solid"), ...strokes.map(({ dash }) => dash)],
  };
}

/** Where the axis will be, before there is a chart. */
export function axisBefore({ left_px, right_px, width_px }: Sizes, shown: Interval): Axis {
  const [log10_lo, log10_hi] = shown.map(Math.log10) as [number, number];
  return { left_px, width_px: Math.max(1, width_px - left_px - right_px), log10_lo, log10_hi };
}

export function layoutOf(theme: Theme, sizes: Sizes): object {
  return {
    ...baseLayout(theme, sizes),
    dragmode: "zoom",
    modebar: { bgcolor: theme.paper, color: theme.muted, activecolor: theme.ink },
  };
}

/** How many labels like "1e-7" stand side by side under a plot of this width. */
export function roomForTicks(sizes: Sizes): number {
  const unit = sizes.bottom_px / LENGTHS_PX.ticks;
  return Math.max(
    2,
    Math.floor((sizes.width_px - sizes.left_px - sizes.right_px) / (TICK_PX * unit)),
  );
}

export function axesOf(look: Look, shown: Interval, y: Interval): object {
  const { theme } = look;
  const [log10_lo, log10_hi] = [Math.log10(shown[0]), Math.log10(shown[1])];
  const { lrs, labels } = ticks(log10_lo, log10_hi, roomForTicks(look.sizes));
  const { xaxis, yaxis } = baseAxes(theme);
  return {
    xaxis: {
      ...xaxis,
      fixedrange: false,
      type: "log",
      range: [log10_lo, log10_hi],
      tickvals: lrs,
      ticktext: labels,
    },
    yaxis: { ...yaxis, fixedrange: false, range: [...y], ...lossAxis(lossTicks(y)) },
  };
}

/** Another range of losses, with the ticks that belong to it. */
export function rangeChange(y: Interval): object {
  const axis = Object.entries({ range: [...y], ...lossAxis(lossTicks(y)) });
  return Object.fromEntries(axis.map(([key, value]) => [`yaxis.${key}`, value]));
}

export function tickChange(sizes: Sizes, log10_lo: number, log10_hi: number): object {
  const { lrs, labels } = ticks(log10_lo, log10_hi, roomForTicks(sizes));
  return { "xaxis.tickvals": lrs, "xaxis.ticktext": labels };
}
