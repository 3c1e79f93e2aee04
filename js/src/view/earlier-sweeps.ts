// Earlier sweeps under the present one: keeps the legend and the chart's faint lines together.

import type { Chart } from "../chart/chart.ts";
import { type EarlierLine, linesOf } from "../model/earlier-curves.ts";
import type { Picker } from "../model/picker.ts";
import { SweepsRow } from "../rows/sweeps-row.ts";
import type { Earlier } from "../source/types.ts";
import type { Frame } from "./frame.ts";

export class EarlierSweeps {
  readonly #picker: Picker;
  readonly #row: SweepsRow;
  readonly #onLaid: () => void;
  #chart: Chart | null = null;
  #earlier: readonly Earlier[] | null = null;
  #lines: readonly EarlierLine[] = [];

  /** `onLaid` is called when other lines stand under the chart's own. */
  constructor({ sweepsRow, sweeps }: Frame, picker: Picker, onLaid: () => void) {
    this.#picker = picker;
    this.#onLaid = onLaid;
    this.#row = new SweepsRow(sweepsRow, sweeps, () => this.#lay());
  }

  /** Without a chart, its legend at least. */
  show(chart: Chart | null): void {
    const { earlier, coming, name } = this.#picker.compared;
    if (earlier !== this.#earlier) this.#lines = linesOf(earlier);
    this.#earlier = earlier;
    this.#chart = chart;
    this.#row.show({ name, lines: this.#lines, coming });
    this.#lay();
  }

  #lay(): void {
    const chart = this.#chart;
    const shown = this.#lines.map((line) => this.#row.shows(line));
    chart
      ?.showEarlier(this.#lines, shown)
      .then(this.#onLaid, (error) => chart.gone || this.#picker.report(error));
  }
}
