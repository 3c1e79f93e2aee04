// Draws what track-layout.ts has placed: the labels beside the thumbs and the hairline between
// them.

import { LENGTHS_PX, thumbWidth_px } from "../base/lengths.ts";
import { sentences } from "../base/sentences.ts";
import { make, setText } from "../dom/elements.ts";
import { type Font, fontOf, textWidth } from "../dom/font.ts";
import type { Theme } from "../dom/theme.ts";
import { type Axis, formatLr, type Interval, rightOf } from "../math/scale.ts";
import type { Part } from "./handles.ts";
import {
  hairline,
  type LabelTexts,
  placeLabels,
  type Sized,
  type TrackInput,
} from "./track-layout.ts";

export interface TrackLabelsView {
  readonly pick: Interval | null;
  readonly axis: Axis;
  readonly width_px: number;
  readonly lo_px: number;
  readonly hi_px: number;
  readonly dragged: Part | null;
  readonly groups: number;
  readonly oneRate: boolean;
  /** There is no left thumb. */
  readonly oneHandle: boolean;
  /** True while the sweep runs or has not run: a pick will come by itself. */
  readonly pickComes: boolean;
  readonly theme: Theme;
}

const GAP_PX = 8;

export class TrackLabels {
  readonly #el: HTMLElement;
  readonly #labels: HTMLElement[] = [];
  readonly #pieces: HTMLElement[] = [];

  constructor(el: HTMLElement) {
    this.#el = el;
  }

  show(view: TrackLabelsView): void {
    const input = trackInput(view);
    const labels = placeLabels(input);
    const pieces = hairline(input, labels);
    this.#resize(this.#labels, labels.length);
    this.#resize(this.#pieces, pieces.length);
    labels.forEach(({ kind, text, left_px }, i) => {
      const label = this.#labels[i]!;
      label.className = `lrw-track-label lrw-track-${kind}`;
      setText(label, text);
      label.style.left = `${left_px}px`;
    });
    pieces.forEach(([left, right], i) => {
      const piece = this.#pieces[i]!;
      piece.className = "lrw-hairline";
      piece.style.left = `${left}px`;
      piece.style.width = `${right - left}px`;
    });
  }

  #resize(elements: HTMLElement[], count: number): void {
    while (elements.length > count) elements.pop()?.remove();
    while (elements.length < count) {
      const element = make("span", "track-label");
      elements.push(element);
      this.#el.append(element);
    }
  }
}

function trackInput(view: TrackLabelsView): TrackInput {
  const { axis, theme, dragged, pick } = view;
  const small = fontOf(theme, 400, LENGTHS_PX["font-small"]);
  const large = fontOf(theme, 600, LENGTHS_PX["font-large"]);
  const sized = (text: string, font: Font): Sized => ({ text, width_px: textWidth(text, font) });
  const words = sentences.handles;
  const texts = (end: "lo" | "hi", name: string): LabelTexts => ({
    name: sized(name, small),
    short: sized(end === "lo" ? words.lo_short : words.hi_short, small),
    value: pick && dragged === end ? sized(formatLr(pick[end === "lo" ? 0 : 1]), large) : null,
  });
  const noEffect = view.oneRate ? words.one_rate : words.one_group;
  return {
    lo_px: view.lo_px,
    hi_px: view.hi_px,
    thumb_px: thumbWidth_px(theme.unit),
    gap_px: GAP_PX * theme.unit,
    plot: [axis.left_px, rightOf(axis)],
    room: [0, view.width_px],
    set: pick !== null,
    bar: view.groups !== 1,
    alone: view.oneHandle,
    lo: texts("lo", view.groups === 1 ? noEffect : words.lo),
    hi: texts("hi", words.hi),
    note: sized(view.pickComes ? words.set_at_end : words.drag_to_choose, small),
  };
}
