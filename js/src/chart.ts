// The picture of the sweep. Only this file, plotly.ts and picture.ts know Plotly.

import { findingsOf, NOTHING, type Findings } from "./notes.ts";
import { axesOf, layoutOf, rangeChange, styleChange, tickChange, tracesOf, type Look, type Sizes } from "./picture.ts";
import { loadPlotly, type Plotly, type PlotlyElement } from "./plotly.ts";
import { formatLr, formatNumber, type Axis, type Range } from "./scale.ts";
import { say, sentences } from "./sentences.ts";
import { linePoints, smoother, yRange } from "./smoothing.ts";

interface Trace {
  x: unknown[];
  y: unknown[];
}

interface RawTrace {
  x: readonly number[];
  y: readonly number[];
  text: string[];
  marker: { maxdisplayed: number };
}

export interface Points {
  readonly run: string;
  readonly lrs: readonly number[];
  readonly losses: readonly number[];
  readonly running: boolean;
}

const GROW_MS = 1000;
const GROW_SHARE = 0.02;
const GROW_AHEAD = 0.5;
/** More cannot be told apart. */
const MOST_CARETS = 200;
/** While a longer sweep runs, only some of its points are drawn: 10,000 take half a second. */
const DRAWN_WHILE_RUNNING = 1000;

/** Indices of the points of which there is a caret: those above the scale, thinned out. */
export function carets(losses: readonly number[], top: number): number[] {
  const above: number[] = [];
  for (let i = 0; i < losses.length; i++) if (losses[i]! > top && losses[i]! < Infinity) above.push(i);
  const every = Math.ceil(above.length / MOST_CARETS);
  return every > 1 ? above.filter((_, k) => (above.length - 1 - k) % every === 0) : above;
}

/**
 * The range of losses while a sweep runs: from 0 where no loss is below it, so that a level start is
 * seen as what it is and the descent has its room already. It only grows, not for a trifle, and a bit
 * ahead, since the loss that left it will be further away when the axis may grow again.
 */
export function grown(shown: Range | null, wanted: Range): Range {
  if (!shown) return [Math.min(0, wanted[0]), wanted[1]];
  const below = Math.max(0, shown[0] - wanted[0]);
  const above = Math.max(0, wanted[1] - shown[1]);
  if (below + above <= GROW_SHARE * (shown[1] - shown[0])) return shown;
  const low = shown[0] - below * (1 + GROW_AHEAD);
  return [wanted[0] >= 0 ? Math.max(0, low) : low, shown[1] + above * (1 + GROW_AHEAD)];
}

export class Chart {
  readonly #el: PlotlyElement;
  readonly #plotly: Plotly;
  #swept: Range;
  #sizes: Sizes;
  #run: string | null = null;
  #texts: string[] = [];
  #y: Range = [0, 1];
  #grown_ms = -Infinity;
  #zoomed = false;
  #held = false;
  #gone = false;
  /** Which traces have points, as last drawn. */
  #shape = "";
  /** What is to be said about the points as last drawn. */
  findings: Findings = NOTHING;
  /** The smooth line as last drawn, as a function of log10 of the rate. */
  smoothAt: (log10_lr: number) => number = () => NaN;

  private constructor(el: PlotlyElement, plotly: Plotly, look: Look) {
    this.#el = el;
    this.#plotly = plotly;
    this.#swept = look.swept;
    this.#sizes = look.sizes;
  }

  /** Draws an empty chart. `onMove` is called when the axes have moved: zoom, pan, reset, resize. */
  static async create(
    el: HTMLElement,
    look: Look,
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
    const layout = { ...layoutOf(look.theme, look.sizes), ...axesOf(look, look.swept, [0, 1]) };
    const drawn = await plotly.newPlot(el, tracesOf(look.theme), layout, config);
    if (signal.aborted) {
      plotly.purge(el);
      return null;
    }
    chart = new Chart(drawn, plotly, look);
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

  /** True once Plotly's element has been emptied. */
  get gone(): boolean {
    return this.#gone;
  }

  /** False while nothing may be drawn over what a hand is doing. */
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
   * Shows points. Trace 0 holds every raw point, trace 1 the smooth line, trace 2 a caret for
   * each point above the scale. `animate` without a
   * redraw leaves axes, layout and events alone: a third of the time of `react` at 100 points.
   */
  async draw(points: Points): Promise<void> {
    if (points.run !== this.#run) this.#beginRun(points.run);
    const { lrs, losses } = points;
    for (let i = this.#texts.length; i < lrs.length; i++) this.#texts.push(hoverText(lrs[i]!, losses[i]!, i));
    const log10_lrs = lrs.map(Math.log10);
    this.smoothAt = smoother(log10_lrs, losses);
    const line = linePoints(lrs.length);
    const marker = { maxdisplayed: points.running ? DRAWN_WHILE_RUNNING : 0 };
    const grows = this.#growY(points);
    const above = carets(losses, this.#y[1]);
    this.findings = findingsOf(lrs, losses, this.#y[1]);
    await this.#put(
      { x: lrs.slice(), y: losses.slice(), text: this.#texts.slice(0, lrs.length), marker },
      { x: line.map((i) => lrs[i]), y: line.map((i) => this.smoothAt(log10_lrs[i]!)) },
      { x: above.map((i) => lrs[i]), y: above.map(() => this.#y[1]), text: above.map((i) => this.#texts[i]!) },
    );
    if (grows && !this.#zoomed) await this.#relayout(rangeChange(this.#y));
  }

  async #put(raw: RawTrace, smooth: Trace, above: Trace & { text: string[] }): Promise<void> {
    const shape = `${raw.x.length > 0}/${above.x.length > 0}`;
    const same = shape === this.#shape;
    this.#shape = shape;
    if (!same || raw.x.length === 0) {
      // Plotly hides a trace without points; showing it again takes a full redraw.
      const shown = { "marker.maxdisplayed": [raw.marker.maxdisplayed, 0, 0] };
      const change = { x: [raw.x, smooth.x, above.x], y: [raw.y, smooth.y, above.y], text: [raw.text, "", above.text] };
      await this.#plotly.update(this.#el, { ...change, ...shown }, {}, [0, 1, 2]);
      return;
    }
    const frame = { data: [raw, smooth, above], traces: [0, 1, 2] };
    const how = { mode: "immediate", transition: { duration: 0 }, frame: { duration: 0, redraw: false } };
    await this.#plotly.animate(this.#el, frame, how);
  }

  #beginRun(run: string): void {
    this.#run = run;
    this.#texts = [];
    this.#grown_ms = -Infinity;
  }

  /** Sets the range of losses; true if it is another one. */
  #growY({ losses, running }: Points): boolean {
    if (losses.length === 0) return false;
    const first = this.#grown_ms === -Infinity;
    const wanted = running ? grown(first ? null : this.#y, yRange(losses)) : yRange(losses);
    const now = performance.now();
    if (wanted[0] === this.#y[0] && wanted[1] === this.#y[1]) return false;
    if (running && now - this.#grown_ms < GROW_MS) return false;
    this.#grown_ms = now;
    this.#y = wanted;
    return true;
  }

  /** Shows the whole sweep again. */
  reset(): void {
    this.#zoomed = false;
    const x = this.#swept.map(Math.log10);
    void this.#relayout({ "xaxis.range": x, ...rangeChange(this.#y), ...tickChange(this.#sizes, x[0]!, x[1]!) });
  }

  async #renewTicks(): Promise<void> {
    const { log10_lo, log10_hi } = this.axis;
    const { range } = this.#el._fullLayout.yaxis;
    await this.#relayout({ ...tickChange(this.#sizes, log10_lo, log10_hi), ...rangeChange(range) });
  }

  async #relayout(change: object): Promise<void> {
    if (!this.#gone) await this.#plotly.relayout(this.#el, change);
  }

  /** The host's theme, font or width, or the swept range has changed. */
  async restyle(look: Look): Promise<void> {
    if (this.#gone) return;
    this.#sizes = look.sizes;
    if (look.swept.some((lr, i) => lr !== this.#swept[i])) {
      this.#swept = look.swept;
      this.#zoomed = false;
    }
    const { log10_lo, log10_hi } = this.axis;
    const shown: Range = this.#zoomed ? [10 ** log10_lo, 10 ** log10_hi] : this.#swept;
    const y = this.#zoomed ? this.#el._fullLayout.yaxis.range : this.#y;
    const layout = { ...layoutOf(look.theme, look.sizes), ...axesOf(look, shown, y) };
    await this.#plotly.update(this.#el, styleChange(look.theme), layout, [0, 1, 2]);
  }
}

function hoverText(lr: number, loss: number, index: number): string {
  const values = { lr: formatLr(lr), loss: formatNumber(loss), batch: index + 1 };
  return `${say(sentences.hover.lr, values)}<br>${say(sentences.hover.loss, values)}<br>${say(sentences.hover.batch, values)}`;
}

function resetButton(plotly: Plotly, click: () => void): object {
  return { name: "lrw-reset", title: sentences.chart.reset, icon: plotly.Icons["home"], click };
}
