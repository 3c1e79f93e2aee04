// The picture of the sweep.

import { say, sentences } from "../base/sentences.ts";
import type { Theme } from "../dom/theme.ts";
import { caretLoss, carets, type Findings, findingsOf, NOTHING } from "../math/findings.ts";
import { type Axis, formatLr, formatNumber, type Interval } from "../math/scale.ts";
import { extended, grown, linePlaces, smoother, yRange } from "../math/smoothing.ts";
import type { EarlierLine } from "../model/earlier-curves.ts";
import { EarlierTraces } from "./earlier-traces.ts";
import { LiveCanvas, type Plane } from "./live-canvas.ts";
import { loadPlotly, type Plotly, type PlotlyElement } from "./plotly.ts";
import {
  axesOf,
  type Look,
  layoutOf,
  rangeChange,
  type Sizes,
  styleChange,
  tickChange,
  tracesOf,
} from "./plotly-figure.ts";

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

/** While a sweep runs, Plotly draws so seldom; the rest is the canvas's. */
const PLOTLY_MS = 1000;
const GROW_MS = 1000;
/** While a longer sweep runs, only some of its points are drawn: 10,000 take half a second. */
const DRAWN_WHILE_RUNNING = 1000;

export class Chart {
  readonly #el: PlotlyElement;
  readonly #plotly: Plotly;
  #swept: Interval;
  #sizes: Sizes;
  #theme: Theme;
  readonly #live: LiveCanvas;
  /** How many points Plotly has drawn, and when. */
  #put = { steps: 0, at_ms: -Infinity };
  #run: string | null = null;
  #texts: string[] = [];
  #y: Interval = [0, 1];
  #grown_ms = -Infinity;
  #zoomed = false;
  #held = false;
  #gone = false;
  /** Which traces have points, as last drawn. */
  #shape = "";
  readonly #earlier: EarlierTraces;
  /** What is to be said about the points as last drawn. */
  findings: Findings = NOTHING;
  /** The smooth line as last drawn, as a function of log10 of the rate. */
  smoothAt: (log10_lr: number) => number = () => NaN;

  private constructor(el: PlotlyElement, plotly: Plotly, look: Look) {
    this.#el = el;
    this.#plotly = plotly;
    this.#swept = look.swept;
    this.#sizes = look.sizes;
    this.#theme = look.theme;
    this.#live = new LiveCanvas(el);
    this.#earlier = new EarlierTraces(plotly, el);
  }

  /**
   * Draws an empty chart. `onMove` is called when the axes have moved: zoom, pan, reset, resize.
   */
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

  #listen(moved: () => void, signal: AbortSignal): void {
    const el = this.#el;
    const onMove = () => {
      this.#live.redraw(this.#plane, this.#theme);
      moved();
    };
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
    // A finger on the chart scrolls the page; only a mouse pulls a box. Machines may have both.
    el.addEventListener("touchstart", (event) => event.stopPropagation(), {
      capture: true,
      passive: true,
      signal,
    });
    for (const end of ["pointerup", "pointercancel"]) {
      window.addEventListener(end, () => (this.#held = false), { capture: true, signal });
    }
    signal.addEventListener("abort", () => this.#destroy());
  }

  #destroy(): void {
    this.#gone = true;
    this.#el.removeAllListeners();
    this.#plotly.purge(this.#el);
    this.#live.remove();
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

  get #plane(): Plane {
    const { _offset, _length, range } = this.#el._fullLayout.yaxis;
    return { axis: this.axis, losses: range, top_px: _offset, height_px: _length };
  }

  /** The height of a loss in px from the chart's top edge; null where it is out of the picture. */
  topOf(loss: number): number | null {
    const { _offset, _length, range } = this.#el._fullLayout.yaxis;
    const share = (range[1] - loss) / (range[1] - range[0]);
    return share >= 0 && share <= 1 ? _offset + share * _length : null;
  }

  /** Left and right edges of the tick labels of the learning rate, in px from the chart's left. */
  tickLabels(): Interval[] {
    const origin = this.#el.getBoundingClientRect().left;
    return Array.from(this.#el.querySelectorAll(".xaxislayer-above .xtick text"), (label) => {
      const { left, right } = label.getBoundingClientRect();
      return [left - origin, right - origin] as const;
    });
  }

  /** Shows points: with Plotly, and the newest of a running sweep on the canvas. */
  async draw(points: Points): Promise<void> {
    if (points.run !== this.#run) this.#beginRun(points.run);
    const { lrs, losses } = points;
    for (let i = this.#texts.length; i < lrs.length; i++) {
      this.#texts.push(hoverText(lrs[i]!, losses[i]!, i));
    }
    const log10_lrs = lrs.map(Math.log10);
    this.smoothAt = smoother(log10_lrs, losses);
    const line = linePlaces(losses);
    const lineLosses = line.map((i) => this.smoothAt(log10_lrs[i]!));
    const grows = this.#growY(points);
    this.findings = findingsOf(lrs, losses, this.#y[1]);
    if (!points.running || grows || performance.now() - this.#put.at_ms >= PLOTLY_MS) {
      const smooth = points.running
        ? { x: [], y: [] }
        : { x: line.map((i) => lrs[i]), y: lineLosses };
      await this.#draw(points, smooth);
      if (grows && !this.#zoomed) await this.#relayout(rangeChange(this.#y));
    }
    if (this.#gone) return;
    const newest = {
      log10_lrs,
      losses,
      from: this.#put.steps,
      line: { log10_lrs: line.map((i) => log10_lrs[i]!), losses: lineLosses },
    };
    this.#live.show(points.running ? newest : null, this.#plane, this.#theme);
  }

  /**
   * Trace 0 holds every raw point, trace 1 the smooth line, trace 2 a caret for each point above
   * the scale.
   */
  async #draw({ lrs, losses, running }: Points, smooth: Trace): Promise<void> {
    const above = carets(losses, this.#y[1]);
    const marker = { maxdisplayed: running ? DRAWN_WHILE_RUNNING : 0 };
    await this.#hand(
      { x: lrs.slice(), y: losses.slice(), text: this.#texts.slice(0, lrs.length), marker },
      smooth,
      {
        x: above.map((i) => lrs[i]),
        y: above.map(() => caretLoss(this.#y)),
        text: above.map((i) => this.#texts[i]!),
      },
    );
    this.#put = { steps: lrs.length, at_ms: performance.now() };
  }

  /**
   * Gives Plotly its traces. `animate` without a redraw leaves axes, layout and events alone: a
   * third of the time of `react` at 100 points.
   */
  async #hand(raw: RawTrace, smooth: Trace, above: Trace & { text: string[] }): Promise<void> {
    const shape = [raw, smooth, above].map((trace) => trace.x.length > 0).join();
    const same = shape === this.#shape;
    this.#shape = shape;
    if (!same || raw.x.length === 0) {
      // Plotly hides a trace without points; showing it again takes a full redraw.
      const shown = { "marker.maxdisplayed": [raw.marker.maxdisplayed, 0, 0] };
      const change = {
        x: [raw.x, smooth.x, above.x],
        y: [raw.y, smooth.y, above.y],
        text: [raw.text, "", above.text],
      };
      await this.#plotly.update(this.#el, { ...change, ...shown }, {}, [0, 1, 2]);
      return;
    }
    const frame = { data: [raw, smooth, above], traces: [0, 1, 2] };
    const how = {
      mode: "immediate",
      transition: { duration: 0 },
      frame: { duration: 0, redraw: false },
    };
    await this.#plotly.animate(this.#el, frame, how);
  }

  /** Lays the lines of earlier sweeps under the present one. */
  async showEarlier(lines: readonly EarlierLine[], shown: readonly boolean[]): Promise<void> {
    await this.#earlier.show(lines, shown, () => (this.#gone ? null : this.#theme));
  }

  /** How often other lines have been laid under it. */
  get laid(): number {
    return this.#earlier.laid;
  }

  #beginRun(run: string): void {
    this.#run = run;
    this.#texts = [];
    this.#grown_ms = -Infinity;
    this.#put = { steps: 0, at_ms: -Infinity };
  }

  /** Sets the range of losses; true if it is another one. */
  #growY({ losses, running }: Points): boolean {
    if (losses.length === 0 && running) return false;
    const first = this.#grown_ms === -Infinity;
    const others = this.#earlier.ranges;
    // A sweep that failed at once has none of its own.
    const own = (losses.some(Number.isFinite) ? undefined : others.at(-1)) ?? yRange(losses);
    const wanted = running ? grown(first ? null : this.#y, yRange(losses)) : extended(own, others);
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
    void this.#relayout({
      "xaxis.range": x,
      ...rangeChange(this.#y),
      ...tickChange(this.#sizes, x[0]!, x[1]!),
    });
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
    this.#theme = look.theme;
    if (look.swept.some((lr, i) => lr !== this.#swept[i])) {
      this.#swept = look.swept;
      this.#zoomed = false;
    }
    const { log10_lo, log10_hi } = this.axis;
    const shown: Interval = this.#zoomed ? [10 ** log10_lo, 10 ** log10_hi] : this.#swept;
    const y = this.#zoomed ? this.#el._fullLayout.yaxis.range : this.#y;
    const layout = { ...layoutOf(look.theme, look.sizes), ...axesOf(look, shown, y) };
    await this.#plotly.update(
      this.#el,
      styleChange(look.theme, this.#earlier.lines),
      layout,
      this.#earlier.indices,
    );
  }
}

function hoverText(lr: number, loss: number, index: number): string {
  const values = { lr: formatLr(lr), loss: formatNumber(loss), batch: index + 1 };
  const { hover } = sentences;
  return [hover.lr, hover.loss, hover.batch].map((line) => say(line, values)).join("<br>");
}

function resetButton(plotly: Plotly, click: () => void): object {
  return { name: "lrw-reset", title: sentences.chart.reset, icon: plotly.Icons.home, click };
}
