// The present sweep in Plotly: trace 0 holds every raw point, trace 1 the smooth line, trace 2 a caret
// for each point above the scale. While it runs, raw points are there to be pointed at, not to be seen.

import { say, sentences } from "../base/sentences.ts";
import { caretLoss, carets } from "../math/findings.ts";
import { formatLr, formatNumber, type Interval } from "../math/scale.ts";
import type { Plotly, PlotlyElement } from "./plotly.ts";

export interface Points {
  readonly run: string;
  readonly lrs: readonly number[];
  readonly losses: readonly number[];
  readonly running: boolean;
}

export interface Trace {
  x: readonly number[];
  y: readonly number[];
}

interface TextTrace extends Trace {
  text: string[];
}

/** `maxdisplayed` is how many points get an element; 0 means all. */
interface RawTrace extends TextTrace {
  marker: { maxdisplayed: 0 | 1; opacity: 0 | 1 };
}

export class SweepTraces {
  readonly #plotly: Plotly;
  readonly #el: PlotlyElement;
  #run: string | null = null;
  /** What pointing at a point says, of the points of `#run` so far. */
  #texts: string[] = [];
  /** Which traces have points, as last drawn. */
  #shape = "";

  constructor(plotly: Plotly, el: PlotlyElement) {
    this.#plotly = plotly;
    this.#el = el;
  }

  /** Draws points and their smooth line within a range of losses. */
  async show({ run, lrs, losses, running }: Points, smooth: Trace, y: Interval): Promise<void> {
    this.#addTexts(run, lrs, losses);
    const above = carets(losses, y[1]);
    const marker = running
      ? ({ maxdisplayed: 1, opacity: 0 } as const)
      : ({ maxdisplayed: 0, opacity: 1 } as const);
    await this.#setTraces(
      { x: lrs.slice(), y: losses.slice(), text: this.#texts.slice(0, lrs.length), marker },
      smooth,
      {
        x: above.map((i) => lrs[i]!),
        y: above.map(() => caretLoss(y)),
        text: above.map((i) => this.#texts[i]!),
      },
    );
  }

  #addTexts(run: string, lrs: readonly number[], losses: readonly number[]): void {
    if (run !== this.#run) this.#texts = [];
    this.#run = run;
    for (let i = this.#texts.length; i < lrs.length; i++) {
      this.#texts.push(hoverText(lrs[i]!, losses[i]!, i));
    }
  }

  /**
   * Gives Plotly its traces. `animate` without a redraw leaves axes, layout and events alone: a
   * third of the time of `react` at 100 points.
   */
  async #setTraces(raw: RawTrace, smooth: Trace, above: TextTrace): Promise<void> {
    const shape = [raw, smooth, above].map((trace) => trace.x.length > 0).join();
    const same = shape === this.#shape;
    this.#shape = shape;
    if (!same || raw.x.length === 0) {
      // Plotly hides a trace without points; showing it again takes a full redraw.
      const { maxdisplayed, opacity } = raw.marker;
      const shown = {
        "marker.maxdisplayed": [maxdisplayed, 0, 0],
        "marker.opacity": [opacity, 1, 1],
      };
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
}

function hoverText(lr: number, loss: number, index: number): string {
  const values = { lr: formatLr(lr), loss: formatNumber(loss), batch: index + 1 };
  const { hover } = sentences;
  return [hover.lr, hover.loss, hover.batch].map((line) => say(line, values)).join("<br>");
}
