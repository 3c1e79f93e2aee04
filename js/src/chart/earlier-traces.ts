// The lines of earlier sweeps in Plotly's chart, after its own three traces.

import type { Theme } from "../dom/theme.ts";
import type { Interval } from "../math/scale.ts";
import type { EarlierLine } from "../model/earlier-curves.ts";
import type { Plotly, PlotlyElement } from "./plotly.ts";
import { tracesOfEarlier } from "./plotly-figure.ts";

/** The chart's own traces come first. */
const OWN = 3;

export class EarlierTraces {
  readonly #plotly: Plotly;
  readonly #el: PlotlyElement;
  #lines: readonly EarlierLine[] = [];
  #shown: readonly boolean[] = [];
  #changes: Promise<void> = Promise.resolve();
  /** How often other lines have been laid: the range of losses may be another one then. */
  laid = 0;

  constructor(plotly: Plotly, el: PlotlyElement) {
    this.#plotly = plotly;
    this.#el = el;
  }

  /** Those that Plotly has; while others take their place, none. */
  get lines(): readonly EarlierLine[] {
    return this.#lines.slice(0, this.#el.data.length - OWN);
  }

  /** The ranges of losses that have to have room; toggling a line changes none of them. */
  get ranges(): Interval[] {
    return this.#lines.filter((line) => line.shownAtFirst).map((line) => line.range);
  }

  /** Indices of all traces of the chart. */
  get indices(): number[] {
    return Array.from(this.#el.data, (_, i) => i);
  }

  /**
   * Shows lines, one change after the other. `theme` is asked for when the turn has come; null ends
   * it.
   */
  async show(
    lines: readonly EarlierLine[],
    shown: readonly boolean[],
    theme: () => Theme | null,
  ): Promise<void> {
    const change = async () => {
      const now = theme();
      if (now) await this.#show(lines, shown, now);
    };
    this.#changes = this.#changes.then(change, change);
    await this.#changes;
  }

  async #show(
    lines: readonly EarlierLine[],
    shown: readonly boolean[],
    theme: Theme,
  ): Promise<void> {
    const before = this.indices.slice(OWN);
    const other = lines !== this.#lines;
    const same = !other && shown.join() === this.#shown.join();
    this.#shown = shown;
    this.#lines = lines;
    if (same) return;
    if (!other) {
      await this.#plotly.restyle(this.#el, { visible: [...shown] }, before);
      return;
    }
    this.laid += 1;
    if (before.length > 0) await this.#plotly.deleteTraces(this.#el, before);
    if (lines.length > 0) {
      await this.#plotly.addTraces(this.#el, tracesOfEarlier(lines, shown, theme));
    }
  }
}
