// What moves over the chart without being part of it: how far the sweep has come, and the loss at
// the edge that is being dragged. Elements over the picture, so that a drag redraws nothing.

import { say, sentences } from "../base/sentences.ts";
import { make, place, placeBeside, setText } from "../dom/elements.ts";
import { clamp, formatNumber, rightOf } from "../math/scale.ts";

/**
 * A point of the picture in px from its top left corner; `top_px` is null where it cannot be seen.
 */
export interface Spot {
  readonly left_px: number;
  readonly top_px: number | null;
}

export interface Plot {
  readonly left_px: number;
  readonly width_px: number;
}

const LABEL_GAP_PX = 8;

export class MovingMarkers {
  readonly #progress = make("div", "progress");
  readonly #now = make("div", "now");
  readonly #last = make("div", "dot dot-last");
  readonly #here = make("div", "dot dot-here");
  readonly #loss = make("div", "loss-here");

  constructor(stage: HTMLElement) {
    stage.append(this.#progress, this.#now, this.#last, this.#here, this.#loss);
    this.showProgress(null, { left_px: 0, width_px: 0 });
    this.showLoss(null, NaN, { left_px: 0, width_px: 0 });
  }

  /** The axis fills up to the newest point; null when nothing runs. */
  showProgress(newest: Spot | null, plot: Plot): void {
    const share = newest ? (newest.left_px - plot.left_px) / plot.width_px : -1;
    const inside = newest !== null && share >= 0 && share <= 1;
    this.#progress.hidden = share < 0;
    this.#progress.style.left = `${plot.left_px}px`;
    this.#progress.style.width = `${clamp(share, 0, 1) * plot.width_px}px`;
    this.#now.hidden = !inside;
    this.#last.hidden = !inside || newest.top_px === null;
    if (!newest) return;
    this.#now.style.left = `${newest.left_px}px`;
    place(this.#last, newest.left_px, newest.top_px ?? 0);
  }

  /** The smooth line's loss at a dragged edge; null when nothing is dragged. */
  showLoss(spot: Spot | null, loss: number, plot: Plot): void {
    const known = spot !== null && Number.isFinite(loss);
    this.#here.hidden = !known || spot.top_px === null;
    this.#loss.hidden = !known;
    if (!known) return;
    place(this.#here, spot.left_px, spot.top_px ?? 0);
    setText(this.#loss, say(sentences.handles.loss, { loss: formatNumber(loss) }));
    placeBeside(this.#loss, spot.left_px, LABEL_GAP_PX, rightOf(plot));
  }
}
