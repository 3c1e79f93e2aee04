// The picture of the sweep. The only file that knows Plotly.

import { loadPlotly, type Plotly, type PlotlyElement } from "./plotly.ts";
import { formatLr, formatNumber, ticks, type Axis, type Range } from "./scale.ts";
import { say, sentences } from "./sentences.ts";
import { linePoints, smoother, yRange } from "./smoothing.ts";
import type { Theme } from "./theme.ts";

/** Sizes in px at the 13 px base; they grow with the host's font. */
export interface Sizes {
  readonly width_px: number;
  readonly height_px: number;
  readonly left_px: number;
  readonly right_px: number;
  readonly top_px: number;
  readonly bottom_px: number;
}

export interface Points {
  readonly run: string;
  readonly lrs: readonly number[];
  readonly losses: readonly number[];
  readonly running: boolean;
}

const GROW_MS = 1000;

/** The widest range of losses seen so far in a run: while it runs the axis only grows. */
export function grown(shown: Range | null, wanted: Range): Range {
  return shown ? [Math.min(shown[0], wanted[0]), Math.max(shown[1], wanted[1])] : wanted;
}

export class Chart {
  readonly #el: PlotlyElement;
  readonly #plotly: Plotly;
  #swept: Range;
  #run: string | null = null;
  #texts: string[] = [];
  #y: Range = [0, 1];
  #grown_ms = -Infinity;
  #zoomed = false;
  #held = false;
  #gone = false;
  #empty = true;
  /** The smooth line as last drawn, as a function of log10 of the rate. */
  smoothAt: (log10_lr: number) => number = () => NaN;

  private constructor(el: PlotlyElement, plotly: Plotly, swept: Range) {
    this.#el = el;
    this.#plotly = plotly;
    this.#swept = swept;
  }

  /** Draws an empty chart. `onMove` is called when the axes have moved: zoom, pan, reset, resize. */
  static async create(
    el: HTMLElement,
    look: { swept: Range; sizes: Sizes; theme: Theme },
    onMove: () => void,
    signal: AbortSignal,
  ): Promise<Chart | null> {
    const plotly = await loadPlotly();
    if (signal.aborted) return null;
    let chart: Chart | undefined;
    const config = {
      displaylogo: false,
      doubleClick: false,
      scrollZoom: false,
      showTips: false,
      modeBarButtons: [["zoom2d", "pan2d", resetButton(plotly, () => chart?.reset())]],
    };
    const layout = { ...layoutOf(look.theme, look.sizes), ...axesOf(look.theme, look.swept, [0, 1]) };
    const drawn = await plotly.newPlot(el, tracesOf(look.theme), layout, config);
    if (signal.aborted) {
      plotly.purge(el);
      return null;
    }
    chart = new Chart(drawn, plotly, look.swept);
    chart.#listen(onMove, signal);
    return chart;
  }

  #listen(onMove: () => void, signal: AbortSignal): void {
    const el = this.#el;
    el.on("plotly_relayouting", onMove);
    el.on("plotly_doubleclick", () => this.reset());
    el.on("plotly_afterplot", onMove);
    el.on("plotly_relayout", (change) => {
      // Only a hand's zoom and pan name the ends of the range one by one.
      if (change && Object.keys(change).some((key) => /^[xy]axis\.range\[/.test(key))) {
        this.#zoomed = true;
        void this.#renewTicks();
      }
      onMove();
    });
    // While the mouse pulls a zoom box or pans, Plotly must not be drawn over.
    el.addEventListener("pointerdown", () => (this.#held = true), { capture: true, signal });
    for (const end of ["pointerup", "pointercancel"]) {
      window.addEventListener(end, () => (this.#held = false), { capture: true, signal });
    }
    signal.addEventListener("abort", () => this.#destroy());
  }

  #destroy(): void {
    this.#gone = true;
    this.#el.removeAllListeners();
    this.#plotly.purge(this.#el);
  }

  /** False while the picture must be left alone. */
  get free(): boolean {
    return !this.#gone && !this.#held;
  }

  /** Where the learning rates that can be seen stand, in px from the chart's left edge. */
  get axis(): Axis {
    const { _offset, _length, range } = this.#el._fullLayout.xaxis;
    return { left_px: _offset, width_px: _length, log10_lo: range[0], log10_hi: range[1] };
  }

  /** The height of a loss in px from the chart's top edge; null where it is out of the picture. */
  topOf(loss: number): number | null {
    const { _offset, _length, range } = this.#el._fullLayout.yaxis;
    const share = (range[1] - loss) / (range[1] - range[0]);
    return share >= 0 && share <= 1 ? _offset + share * _length : null;
  }

  /** Left and right edges of the tick labels of the learning rate, in px from the chart's left. */
  tickLabels(): Range[] {
    const origin = this.#el.getBoundingClientRect().left;
    return Array.from(this.#el.querySelectorAll(".xaxislayer-above .xtick text"), (label) => {
      const { left, right } = label.getBoundingClientRect();
      return [left - origin, right - origin] as const;
    });
  }

  /**
   * Shows points. Trace 0 holds every raw point, trace 1 the smooth line. `animate` without a
   * redraw leaves axes, layout and events alone: a third of the time of `react` at 100 points.
   */
  async draw(points: Points): Promise<void> {
    if (points.run !== this.#run) this.#beginRun(points.run);
    const { lrs, losses } = points;
    for (let i = this.#texts.length; i < lrs.length; i++) this.#texts.push(hoverText(lrs[i]!, losses[i]!, i));
    const log10_lrs = lrs.map(Math.log10);
    this.smoothAt = smoother(log10_lrs, losses);
    const line = linePoints(lrs.length);
    await this.#put(
      { x: lrs.slice(), y: losses.slice(), text: this.#texts.slice(0, lrs.length) },
      { x: line.map((i) => lrs[i]), y: line.map((i) => this.smoothAt(log10_lrs[i]!)) },
    );
    if (!this.#gone) await this.#fitY(points);
  }

  async #put(raw: { x: unknown[]; y: unknown[]; text: string[] }, smooth: { x: unknown[]; y: unknown[] }): Promise<void> {
    const wasEmpty = this.#empty;
    this.#empty = raw.x.length === 0;
    if (wasEmpty || this.#empty) {
      // Plotly hides a trace without points; showing it again takes a full redraw.
      const change = { x: [raw.x, smooth.x], y: [raw.y, smooth.y], text: [raw.text, ""] };
      await this.#plotly.update(this.#el, change, {}, [0, 1]);
      return;
    }
    const frame = { data: [raw, smooth], traces: [0, 1] };
    const how = { mode: "immediate", transition: { duration: 0 }, frame: { duration: 0, redraw: false } };
    await this.#plotly.animate(this.#el, frame, how);
  }

  #beginRun(run: string): void {
    this.#run = run;
    this.#texts = [];
    this.#grown_ms = -Infinity;
  }

  async #fitY({ losses, running }: Points): Promise<void> {
    if (losses.length === 0) return;
    const first = this.#grown_ms === -Infinity;
    const wanted = running ? grown(first ? null : this.#y, yRange(losses)) : yRange(losses);
    const now = performance.now();
    if (wanted[0] === this.#y[0] && wanted[1] === this.#y[1]) return;
    if (running && now - this.#grown_ms < GROW_MS) return;
    this.#grown_ms = now;
    this.#y = wanted;
    if (!this.#zoomed) await this.#relayout({ "yaxis.range": [...wanted] });
  }

  /** Shows the whole sweep again. */
  reset(): void {
    this.#zoomed = false;
    const x = this.#swept.map(Math.log10);
    void this.#relayout({ "xaxis.range": x, "yaxis.range": [...this.#y], ...tickChange(x[0]!, x[1]!) });
  }

  async #renewTicks(): Promise<void> {
    const { log10_lo, log10_hi } = this.axis;
    await this.#relayout(tickChange(log10_lo, log10_hi));
  }

  async #relayout(change: object): Promise<void> {
    if (!this.#gone) await this.#plotly.relayout(this.#el, change);
  }

  /** The host's theme, font or width, or the swept range has changed. */
  async restyle(look: { swept: Range; sizes: Sizes; theme: Theme }): Promise<void> {
    if (this.#gone) return;
    if (look.swept.some((lr, i) => lr !== this.#swept[i])) {
      this.#swept = look.swept;
      this.#zoomed = false;
    }
    const { log10_lo, log10_hi } = this.axis;
    const shown: Range = this.#zoomed ? [10 ** log10_lo, 10 ** log10_hi] : this.#swept;
    const y = this.#zoomed ? this.#el._fullLayout.yaxis.range : this.#y;
    const layout = { ...layoutOf(look.theme, look.sizes), ...axesOf(look.theme, shown, y) };
    await this.#plotly.update(this.#el, styleChange(look.theme), layout, [0, 1]);
  }
}

function hoverText(lr: number, loss: number, index: number): string {
  const values = { lr: formatLr(lr), loss: formatNumber(loss), batch: index + 1 };
  return `${say(sentences.hover.lr, values)}<br>${say(sentences.hover.loss, values)}<br>${say(sentences.hover.batch, values)}`;
}

function resetButton(plotly: Plotly, click: () => void): object {
  return { name: "lrw-reset", title: sentences.chart.reset, icon: plotly.Icons["home"], click };
}

function tracesOf(theme: Theme): object[] {
  const unit = theme.fontSize_px / 13;
  const marker = { size: 4 * unit, color: theme.points };
  const line = { width: 2.25 * unit, color: theme.ink };
  return [
    { type: "scatter", mode: "markers", x: [], y: [], text: [], hoverinfo: "text", cliponaxis: false, marker },
    { type: "scatter", mode: "lines", x: [], y: [], hoverinfo: "skip", line },
  ];
}

function styleChange(theme: Theme): object {
  const unit = theme.fontSize_px / 13;
  return {
    "marker.color": [theme.points, theme.points],
    "marker.size": 4 * unit,
    "line.color": theme.ink,
    "line.width": 2.25 * unit,
  };
}

function layoutOf(theme: Theme, sizes: Sizes): object {
  const font = { family: theme.fontFamily, size: (11 * theme.fontSize_px) / 13, color: theme.muted };
  return {
    width: sizes.width_px,
    height: sizes.height_px,
    margin: { l: sizes.left_px, r: sizes.right_px, t: sizes.top_px, b: sizes.bottom_px, pad: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font,
    showlegend: false,
    hovermode: "closest",
    // A finger on the chart scrolls the page; a mouse pulls a box.
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    hoverlabel: { bgcolor: theme.paper, bordercolor: theme.axis, font: { ...font, color: theme.ink } },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.muted, activecolor: theme.ink },
  };
}

function axesOf(theme: Theme, shown: Range, y: Range): object {
  const [log10_lo, log10_hi] = [Math.log10(shown[0]), Math.log10(shown[1])];
  const { lrs, labels } = ticks(log10_lo, log10_hi);
  const both = { automargin: false, zeroline: false, gridcolor: theme.grid, fixedrange: false };
  return {
    xaxis: {
      ...both,
      type: "log",
      range: [log10_lo, log10_hi],
      tickmode: "array",
      tickvals: lrs,
      ticktext: labels,
      ticks: "outside",
      ticklen: 4,
      ticklabelstandoff: 1,
      tickcolor: theme.axis,
      linecolor: theme.axis,
      showline: true,
    },
    yaxis: { ...both, ticklabelstandoff: 6, range: [...y], nticks: 5, exponentformat: "e" },
  };
}

function tickChange(log10_lo: number, log10_hi: number): object {
  const { lrs, labels } = ticks(log10_lo, log10_hi);
  return { "xaxis.tickvals": lrs, "xaxis.ticktext": labels };
}

