// The picture of the sweep.

import { sentences } from "../base/sentences.ts";
import { nextPaint } from "../dom/pace.ts";
import type { Theme } from "../dom/theme.ts";
import { type Findings, findingsOf, NOTHING } from "../math/findings.ts";
import type { Axis, Interval } from "../math/scale.ts";
import { extended, grown, linePlaces, smoother, yRange } from "../math/smoothing.ts";
import type { EarlierLine } from "../model/earlier-curves.ts";
import { letFingersScroll } from "./base-layout.ts";
import { EarlierTraces } from "./earlier-traces.ts";
import { FirstAxes } from "./first-axes.ts";
import { LiveCanvas, type LiveCurve, type Plane } from "./live-canvas.ts";
import { loadPlotly, type Plotly, type PlotlyElement } from "./plotly.ts";
import {
  axesOf,
  axisBefore,
  type Look,
  layoutOf,
  rangeChange,
  type Sizes,
  styleChange,
  tickChange,
  tracesOf,
} from "./plotly-figure.ts";
import { type Points, SweepTraces } from "./sweep-traces.ts";

/** While a sweep runs, Plotly gets the points so seldom. */
const PLOTLY_MS = 1000;
const GROW_MS = 1000;

/** What Plotly's part of the chart consists of, once it stands. */
interface Drawn {
  readonly plotly: Plotly;
  readonly el: PlotlyElement;
  readonly own: SweepTraces;
  readonly earlier: EarlierTraces;
}

/**
 * The points of a running sweep are on the canvas. Until Plotly stands, its axes are lines of our own;
 * other sweeps wait for Plotly.
 */
export class Chart {
  readonly #place: HTMLElement;
  readonly #onMove: () => void;
  readonly #first: FirstAxes;
  #drawn: Drawn | null = null;
  #swept: Interval;
  #sizes: Sizes;
  #theme: Theme;
  readonly #live: LiveCanvas;
  /** True once Plotly's part can be seen. */
  #stands = false;
  #latest: Points | null = null;
  #liveCurve: LiveCurve | null = null;
  /** When Plotly got points last. */
  #byPlotly_ms = -Infinity;
  #run: string | null = null;
  #lossRange: Interval = [0, 1];
  #fitted_ms = -Infinity;
  #zoomed = false;
  #pressed = false;
  #gone = false;
  /** What is to be said about the points as last drawn. */
  findings: Findings = NOTHING;
  /** The smooth line as last drawn, as a function of log10 of the rate. */
  smoothAt: (log10_lr: number) => number = () => NaN;

  /** `onMove` is called when the axes stand or have moved: zoom, pan, reset, resize. */
  constructor(place: HTMLElement, look: Look, onMove: () => void, signal: AbortSignal) {
    this.#onMove = onMove;
    this.#place = place;
    this.#swept = look.swept;
    this.#sizes = look.sizes;
    this.#theme = look.theme;
    this.#live = new LiveCanvas(place);
    this.#first = new FirstAxes(place);
    signal.addEventListener("abort", () => this.#destroy());
  }

  /** Has Plotly draw what there is, and takes our own axes away in the same frame. */
  async stand(signal: AbortSignal): Promise<void> {
    await nextPaint(); // the first points need not wait for what follows
    const plotly = await loadPlotly();
    await nextPaint();
    if (this.#gone) return;
    const config = {
      displaylogo: false,
      doubleClick: false,
      scrollZoom: false,
      showTips: false,
      modeBarButtons: [["zoom2d", "pan2d", resetButton(plotly, () => this.reset())]],
    };
    const look = this.#look;
    const layout = {
      ...layoutOf(look.theme, look.sizes),
      ...axesOf(look, look.swept, this.#lossRange),
    };
    this.#place.style.visibility = "hidden";
    const el = await plotly.newPlot(this.#place, tracesOf(look.theme), layout, config);
    if (this.#gone) {
      plotly.purge(el);
      return;
    }
    const [own, earlier] = [new SweepTraces(plotly, el), new EarlierTraces(plotly, el)];
    this.#drawn = { plotly, el, own, earlier };
    await this.restyle(this.#look); // it may be another one by now
    if (this.#latest) await this.draw(this.#latest);
    if (this.#gone) return;
    this.#stands = true;
    this.#place.style.visibility = "";
    this.#first.remove();
    this.#showLive();
    this.#listen(signal);
  }

  #listen(signal: AbortSignal): void {
    const { el } = this.#drawn!;
    const onMove = () => {
      this.#live.redraw(this.#plane, this.#theme);
      this.#onMove();
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
    el.addEventListener("pointerdown", () => (this.#pressed = true), { capture: true, signal });
    letFingersScroll(el, signal);
    for (const end of ["pointerup", "pointercancel"]) {
      window.addEventListener(end, () => (this.#pressed = false), { capture: true, signal });
    }
  }

  #destroy(): void {
    this.#gone = true;
    this.#drawn?.el.removeAllListeners();
    this.#drawn?.plotly.purge(this.#drawn.el);
    this.#first.remove();
    this.#live.remove();
  }

  /** True once Plotly's element has been emptied. */
  get gone(): boolean {
    return this.#gone;
  }

  /** False while nothing may be drawn over what a hand is doing. */
  get free(): boolean {
    return !this.#gone && !this.#pressed;
  }

  /** Where the learning rates that can be seen stand, in px from the chart's left edge. */
  get axis(): Axis {
    if (!this.#drawn) return axisBefore(this.#sizes, this.#swept);
    const { _offset, _length, range } = this.#drawn.el._fullLayout.xaxis;
    return { left_px: _offset, width_px: _length, log10_lo: range[0], log10_hi: range[1] };
  }

  get #plane(): Plane {
    const { axis } = this;
    if (!this.#drawn) {
      const { top_px, bottom_px, height_px } = this.#sizes;
      return { axis, losses: this.#lossRange, top_px, height_px: height_px - top_px - bottom_px };
    }
    const { _offset, _length, range } = this.#drawn.el._fullLayout.yaxis;
    return { axis, losses: range, top_px: _offset, height_px: _length };
  }

  get #look(): Look {
    return { swept: this.#swept, sizes: this.#sizes, theme: this.#theme };
  }

  /** The height of a loss in px from the chart's top edge; null where it is out of the picture. */
  topOf(loss: number): number | null {
    const { losses, top_px, height_px } = this.#plane;
    const share = (losses[1] - loss) / (losses[1] - losses[0]);
    return share >= 0 && share <= 1 ? top_px + share * height_px : null;
  }

  /** Left and right edges of the tick labels of the learning rate, in px from the chart's left. */
  tickLabels(): Interval[] {
    if (!this.#drawn) return this.#first.labels();
    const { el } = this.#drawn;
    const origin = el.getBoundingClientRect().left;
    return Array.from(el.querySelectorAll(".xaxislayer-above .xtick text"), (label) => {
      const { left, right } = label.getBoundingClientRect();
      return [left - origin, right - origin] as const;
    });
  }

  /** Shows points: with Plotly, or those of a running sweep on the canvas. */
  async draw(points: Points): Promise<void> {
    this.#latest = points;
    if (points.run !== this.#run) this.#beginRun(points.run);
    const { lrs, losses } = points;
    const log10_lrs = lrs.map(Math.log10);
    this.smoothAt = smoother(log10_lrs, losses);
    const line = linePlaces(losses);
    const lineLosses = line.map((i) => this.smoothAt(log10_lrs[i]!));
    const grows = this.#fitLosses(points);
    this.findings = findingsOf(lrs, losses, this.#lossRange[1]);
    if (!this.#drawn) {
      if (points.running && (grows || !this.#first.shown)) this.#showFirst();
    } else if (!points.running || grows || performance.now() - this.#byPlotly_ms >= PLOTLY_MS) {
      const smooth = points.running
        ? { x: [], y: [] }
        : { x: line.map((i) => lrs[i]!), y: lineLosses };
      await this.#drawn.own.show(points, smooth, this.#lossRange);
      this.#byPlotly_ms = performance.now();
      if (grows && !this.#zoomed) await this.#relayout(rangeChange(this.#lossRange));
    }
    if (this.#gone) return;
    const drawnLine = { log10_lrs: line.map((i) => log10_lrs[i]!), losses: lineLosses };
    this.#liveCurve = points.running ? { log10_lrs, losses, line: drawnLine } : null;
    if (this.#stands || points.running) this.#showLive();
  }

  #showFirst(): void {
    this.#first.show(this.#look, this.#lossRange);
    this.#onMove();
  }

  #showLive(): void {
    this.#live.show(this.#liveCurve, this.#plane, this.#theme);
  }

  /** Lays the lines of earlier sweeps under the present one. */
  async showEarlier(lines: readonly EarlierLine[], shown: readonly boolean[]): Promise<void> {
    await this.#drawn?.earlier.show(lines, shown, () => (this.#gone ? null : this.#theme));
  }

  /** How often other lines have been laid under it. */
  get laid(): number {
    return this.#drawn?.earlier.laid ?? 0;
  }

  #beginRun(run: string): void {
    this.#run = run;
    this.#fitted_ms = -Infinity;
    this.#byPlotly_ms = -Infinity;
  }

  /** Sets the range of losses; true if it is another one. */
  #fitLosses({ losses, running }: Points): boolean {
    if (losses.length === 0 && running) return false;
    const first = this.#fitted_ms === -Infinity;
    const others = this.#drawn?.earlier.ranges ?? [];
    // A sweep that failed at once has none of its own.
    const own = (losses.some(Number.isFinite) ? undefined : others.at(-1)) ?? yRange(losses);
    const wanted = running
      ? grown(first ? null : this.#lossRange, yRange(losses))
      : extended(own, others);
    const now = performance.now();
    if (wanted[0] === this.#lossRange[0] && wanted[1] === this.#lossRange[1]) return false;
    if (running && now - this.#fitted_ms < GROW_MS) return false;
    this.#fitted_ms = now;
    this.#lossRange = wanted;
    return true;
  }

  /** Shows the whole sweep again. */
  reset(): void {
    this.#zoomed = false;
    const x = this.#swept.map(Math.log10);
    void this.#relayout({
      "xaxis.range": x,
      ...rangeChange(this.#lossRange),
      ...tickChange(this.#sizes, x[0]!, x[1]!),
    });
  }

  async #renewTicks(): Promise<void> {
    const { log10_lo, log10_hi } = this.axis;
    const range = this.#plane.losses;
    await this.#relayout({ ...tickChange(this.#sizes, log10_lo, log10_hi), ...rangeChange(range) });
  }

  async #relayout(change: object): Promise<void> {
    if (!this.#gone) await this.#drawn?.plotly.relayout(this.#drawn.el, change);
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
    if (!this.#drawn) {
      if (this.#latest?.running) this.#first.show(look, this.#lossRange);
      this.#live.redraw(this.#plane, look.theme);
      return;
    }
    const { log10_lo, log10_hi } = this.axis;
    const shown: Interval = this.#zoomed ? [10 ** log10_lo, 10 ** log10_hi] : this.#swept;
    const y = this.#zoomed ? this.#plane.losses : this.#lossRange;
    const layout = { ...layoutOf(look.theme, look.sizes), ...axesOf(look, shown, y) };
    const { plotly, el, earlier } = this.#drawn;
    await plotly.update(el, styleChange(look.theme, earlier.lines), layout, earlier.indices);
  }
}

function resetButton(plotly: Plotly, click: () => void): object {
  return { name: "lrw-reset", title: sentences.chart.reset, icon: plotly.Icons.home, click };
}
