// The chart of the trials: Plotly's picture and the words over it. No zoom: pointing at a point
// tells its batch and loss.

import { letFingersScroll, type Sizes } from "../chart/base-layout.ts";
import { loadPlotly, type Plotly } from "../chart/plotly.ts";
import type { Theme } from "../dom/theme.ts";
import type { Interval } from "../math/scale.ts";
import type { TrialsView } from "../model/trial-progress.ts";
import { freeShare, TrialLabels } from "./labels.ts";
import { shownRange } from "./loss-range.ts";
import { figureOf, Lines, planeOf, type TrialLook, trialSizes } from "./plotly-figure.ts";

/** The losses of a chart without any. */
const EMPTY: Interval = [0, 1];
const CONFIG = {
  displayModeBar: false,
  doubleClick: false,
  scrollZoom: false,
  showTips: false,
  responsive: false,
};

export class TrialChart {
  readonly #el: HTMLElement;
  readonly #plotly: Plotly;
  readonly #labels: TrialLabels;
  readonly #signal: AbortSignal;
  #lines = new Lines();
  /** The range of losses of the trials that are shown. */
  #shown: { run: string; y: Interval | null } = { run: "", y: null };

  private constructor(el: HTMLElement, stage: HTMLElement, plotly: Plotly, signal: AbortSignal) {
    this.#el = el;
    this.#plotly = plotly;
    this.#signal = signal;
    this.#labels = new TrialLabels(stage);
    signal.addEventListener("abort", () => plotly.purge(el));
  }

  static async create(
    el: HTMLElement,
    stage: HTMLElement,
    signal: AbortSignal,
  ): Promise<TrialChart | null> {
    const plotly = await loadPlotly();
    if (signal.aborted) return null;
    letFingersScroll(el, signal);
    return new TrialChart(el, stage, plotly, signal);
  }

  async draw(view: TrialsView, sweepSizes: Sizes, theme: Theme): Promise<void> {
    if (this.#signal.aborted) return;
    const { run } = view.trials;
    if (run !== this.#shown.run) {
      this.#shown = { run, y: null };
      this.#lines = new Lines();
    }
    this.#shown.y = shownRange(this.#shown.y, view);
    const y = this.#shown.y ?? EMPTY;
    const sizes = trialSizes(sweepSizes, theme);
    const look: TrialLook = {
      sizes,
      theme,
      free: freeShare(view, sizes.width_px - sizes.left_px - sizes.right_px, theme),
    };
    const { data, layout } = figureOf(view, look, y, this.#lines);
    this.#labels.show(view, planeOf(view.trials, look, y), this.#lines, theme);
    await this.#plotly.react(this.#el, data, layout, CONFIG);
    if (this.#signal.aborted) this.#plotly.purge(this.#el);
  }
}
