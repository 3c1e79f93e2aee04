// The section below the picker that shows trials: short trainings of kept picks, drawn while they
// run. There only once something was tried; it takes no room before.

import { sentences } from "../base/sentences.ts";
import type { Sizes } from "../chart/plotly-figure.ts";
import { make } from "../dom/elements.ts";
import { setMarkup } from "../dom/markup.ts";
import { Pace } from "../dom/pace.ts";
import type { Theme } from "../dom/theme.ts";
import { runsOf } from "../model/trial-progress.ts";
import type { TrialState } from "../model/trials.ts";
import { CodeLine } from "../rows/copyable-code.ts";
import { row } from "../rows/row.ts";
import type { Trials } from "../source/types.ts";
import { TrialChart } from "./chart.ts";
import { TrialStatusRow } from "./status-row.ts";
import { TrialTable } from "./table.ts";

const words = sentences.trials;
const LEAST_MS = 200;

export interface TrialArrangement {
  readonly sizes: Sizes;
  readonly theme: Theme;
}

export class TrialsSection {
  readonly #state: TrialState;
  readonly #report: (error: unknown) => void;
  readonly #signal: AbortSignal;
  readonly #pace: Pace;
  readonly #root: HTMLElement;
  readonly #status: TrialStatusRow;
  readonly #plot = make("div", "trial-plot", { role: "figure", "aria-label": words.chart });
  readonly #stage: HTMLElement;
  readonly #table = new TrialTable();
  readonly #answer = make("p", "answer", { "aria-live": "polite" });
  readonly #next = row("next trial-next", sentences.rows.next);
  readonly #code: CodeLine;
  #tabled: Trials | null = null;
  #chart: Promise<TrialChart | null> | null = null;
  #arrangement: TrialArrangement | null = null;

  constructor(
    parent: HTMLElement,
    state: TrialState,
    report: (error: unknown) => void,
    signal: AbortSignal,
  ) {
    this.#state = state;
    this.#report = report;
    this.#signal = signal;
    this.#status = new TrialStatusRow(() => void state.stop.ask(), signal);
    this.#code = new CodeLine(this.#next.content, signal);
    const loss = make("span", "axis-loss", {}, sentences.rows.loss);
    this.#stage = make(
      "div",
      "trial-stage",
      {},
      this.#plot,
      loss,
      make("span", "axis-batch", {}, words.batch),
    );
    const table = row("trial-table", words.epochs);
    const answer = row("answer", words.answer);
    table.content.append(this.#table.box);
    answer.content.append(this.#answer);
    const rows = [this.#status.element, this.#stage, table.row, answer.row, this.#next.row];
    this.#root = make("div", "trials", { role: "group", "aria-label": words.title }, ...rows);
    this.#root.hidden = true;
    parent.append(this.#root);
    this.#pace = new Pace(() => this.#draw(), signal, LEAST_MS);
    state.onChange(() => this.#pace.request(), signal);
  }

  /** Another width, font or theme. */
  arrange(arrangement: TrialArrangement): void {
    this.#arrangement = arrangement;
    this.#tabled = null;
    this.#pace.request();
  }

  async #draw(): Promise<void> {
    const { trials } = this.#state;
    this.#root.hidden = trials === null;
    if (!trials) return;
    this.#status.show({ trials, progress: this.#state.progress, stop: this.#state.stop.view });
    const running = trials.status === "running";
    setMarkup(this.#answer, trials.answer || (running ? words.later : ""));
    this.#answer.classList.toggle("lrw-muted", running && !trials.answer);
    this.#code.show(trials.code, trials.code !== "");
    this.#next.row.classList.toggle("lrw-covered", trials.code === "");
    this.#stage.hidden = trials.batches <= 0;
    // The table changes with the trait only, and measuring it makes the page lay itself out.
    if (trials !== this.#tabled) this.#table.show(trials);
    this.#tabled = trials;
    // Out of sight nothing has a width; the view arranges again when it is back.
    if (this.#root.clientWidth === 0 || !this.#state.matching || trials.batches <= 0) return;
    try {
      await this.#drawChart();
    } catch (error) {
      if (!this.#signal.aborted) this.#report(error);
    }
  }

  async #drawChart(): Promise<void> {
    const { trials, losses } = this.#state;
    this.#chart ??= TrialChart.create(this.#plot, this.#stage, this.#signal);
    const chart = await this.#chart;
    if (!chart || !trials || !this.#arrangement) return;
    const view = { trials, runs: runsOf(trials), losses: losses.runs };
    await chart.draw(view, this.#arrangement.sizes, this.#arrangement.theme);
  }
}
