// What all charts have in common: frame, fonts, axes, and what a finger does on them. In Plotly's words.

import { LENGTHS_PX } from "../base/lengths.ts";
import type { Theme } from "../dom/theme.ts";

/** The chart's lengths; they grow with the host's font. */
export interface Sizes {
  readonly width_px: number;
  readonly height_px: number;
  readonly left_px: number;
  readonly right_px: number;
  readonly top_px: number;
  readonly bottom_px: number;
}

/** Of the ticks of the axis below, and what stands between ticks or plot and their labels. */
export const MARK_PX = 4;
export const STANDOFF_PX = 1;
export const LOSS_STANDOFF_PX = 6;

export function baseLayout(theme: Theme, sizes: Sizes) {
  const font = {
    family: theme.fontFamily,
    size: LENGTHS_PX["font-axis"] * theme.unit,
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
    hoverlabel: {
      bgcolor: theme.paper,
      bordercolor: theme.axis,
      font: { ...font, color: theme.ink },
    },
  };
}

/** The two axes, but for their ranges and ticks. */
export function baseAxes(theme: Theme) {
  const both = { automargin: false, zeroline: false, gridcolor: theme.grid };
  return {
    xaxis: {
      ...both,
      tickmode: "array",
      tickangle: 0,
      ticks: "outside",
      ticklen: MARK_PX,
      ticklabelstandoff: STANDOFF_PX,
      tickcolor: theme.axis,
      linecolor: theme.axis,
      showline: true,
    },
    yaxis: { ...both, ticklabelstandoff: LOSS_STANDOFF_PX },
  };
}

/** The axis of losses, with ticks of a step. */
export function lossAxis({ step, format }: { step: number; format: string }) {
  return { tickmode: "linear", tick0: 0, dtick: step, tickformat: format };
}

/** A finger on a chart scrolls the page; only a mouse pulls a box. Machines may have both. */
export function letFingersScroll(el: HTMLElement, signal: AbortSignal): void {
  const options = { capture: true, passive: true, signal };
  el.addEventListener("touchstart", (event) => event.stopPropagation(), options);
}
