// The words in the chart of the trials: each candidate's name at the end of its line, and the ends
// of epochs above. Elements over the picture; the table says the same to a screen reader.

import { LENGTHS_PX } from "../base/lengths.ts";
import { say, sentences } from "../base/sentences.ts";
import { classOf, styleOf } from "../chart/candidate-style.ts";
import { make, setText } from "../dom/elements.ts";
import { fontOf, textWidth } from "../dom/font.ts";
import type { Theme } from "../dom/theme.ts";
import { formatNumber } from "../math/scale.ts";
import { rangeText } from "../model/candidates.ts";
import type { TrialsView } from "../model/trial-progress.ts";
import { everyEpoch, spreadOut } from "./layout.ts";
import { type Lines, leftOf, type TrialPlane, topOf } from "./plotly-figure.ts";
import { validAfter } from "./table-rows.ts";

const words = sentences.trials;
const LINE_PX = LENGTHS_PX["trials-line"];
const NAME_PX = LENGTHS_PX["font-small"];
const UNDER_PX = LENGTHS_PX["font-axis"];
/** From the end of the last epoch: half a mark and a gap. */
const GAP_PX = 15;
/** From the end of the labels to the right end of the plot. */
const REST_PX = 4;
const LEAST_FREE = 0.25;
const MOST_FREE = 0.5;

interface EndLabel {
  readonly place: number;
  readonly name: string;
  readonly under: string;
  readonly loss: number;
}

/** The part of the plot's width that the labels need at its right end. */
export function freeShare(view: TrialsView, width_px: number, theme: Theme): number {
  const wanted = longest(view, theme) + (GAP_PX + REST_PX) * theme.unit;
  return Math.min(MOST_FREE, Math.max(LEAST_FREE, wanted / Math.max(1, width_px)));
}

/** The width in px of the widest label. */
function longest({ trials }: TrialsView, theme: Theme): number {
  const names = trials.candidates.map((candidate) =>
    textWidth(`${candidate.name} ${rangeText(candidate)}`, fontOf(theme, 600, NAME_PX)),
  );
  const under = textWidth(say(words.validation, { loss: "0.000" }), fontOf(theme, 400, UNDER_PX));
  return Math.max(under, ...names);
}

/** The candidates that have begun, with what is known at the end of their lines. */
function endLabels(view: TrialsView, plane: TrialPlane, lines: Lines): EndLabel[] {
  const { trials, runs, losses } = view;
  return trials.candidates.flatMap((candidate, place) => {
    const own = runs.map((_, i) => i).filter((i) => runs[i]!.candidate === place);
    const reached = Math.max(0, ...own.map((i) => runs[i]!.epochs.length));
    const valid = reached ? validAfter(runs, place, reached - 1) : NaN;
    const ends = own
      .map((i) => lines.of(i, trials.run, losses[i] ?? [], plane.planned, plane.y).y.at(-1) ?? NaN)
      .filter(Number.isFinite);
    const loss = Number.isFinite(valid)
      ? valid
      : ends.reduce((sum, end) => sum + end, 0) / ends.length;
    if (!Number.isFinite(loss)) return [];
    const ended = own.length === 1 ? runs[own[0]!]!.ended : "";
    const under = Number.isFinite(valid)
      ? say(words.validation, { loss: formatNumber(valid) })
      : ended;
    return [{ place, name: `${candidate.name} ${rangeText(candidate)}`, under, loss }];
  });
}

export class TrialLabels {
  readonly #layer = make("div", "trial-labels", { "aria-hidden": "true" });

  constructor(stage: HTMLElement) {
    stage.append(this.#layer);
  }

  show(view: TrialsView, plane: TrialPlane, lines: Lines, theme: Theme): void {
    const { unit } = theme;
    const labels = endLabels(view, plane, lines);
    const { top_px, height_px } = plane.plot;
    // Where they have no room only the letters stand: the table has the numbers.
    const left_px = leftOf(plane, plane.planned) + GAP_PX * unit;
    const long = plane.plot.left_px + plane.plot.width_px - left_px >= longest(view, theme);
    const two = long && labels.length * 2 * LINE_PX * unit <= height_px;
    const tall_px = (two ? 2 : 1) * LINE_PX * unit;
    const wanted = labels.map(({ loss }) => topOf(plane, loss) - tall_px / 2);
    const tops = spreadOut(wanted, tall_px, [top_px, top_px + height_px]);
    this.#layer.replaceChildren(
      ...labels.map((label, i) => {
        const name = view.trials.candidates[label.place]!.name;
        const element = make(
          "div",
          `trial-label ${classOf(styleOf(name, label.place))}`,
          {},
          make("b", "trial-name", {}, long ? label.name : name),
        );
        if (two && label.under) element.append(make("span", "trial-under", {}, label.under));
        element.style.transform = `translate(${left_px}px, ${tops[i]}px)`;
        return element;
      }),
      ...this.#epochs(view, plane, theme),
    );
  }

  #epochs({ trials }: TrialsView, plane: TrialPlane, theme: Theme): HTMLElement[] {
    const epoch_px = leftOf(plane, trials.batches) - plane.plot.left_px;
    const text = (epoch: number) => say(words.epoch_ends, { epoch });
    const least_px = textWidth(text(trials.epochs - 1), fontOf(theme, 400, UNDER_PX)) + 12;
    return everyEpoch(trials.epochs, epoch_px, least_px).map((epoch) => {
      const element = make("span", "epoch-end");
      setText(element, text(epoch));
      element.style.left = `${leftOf(plane, (epoch + 1) * trials.batches)}px`;
      return element;
    });
  }
}
