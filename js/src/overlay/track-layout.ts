// Where things lie on the track below the chart: labels beside the thumbs, and the hairline in the
// room that is left. Pure: pixels in, pixels out.

import type { Interval } from "../math/scale.ts";

export interface TrackLabel {
  readonly text: string;
  readonly kind: "lo" | "hi" | "value" | "note";
  readonly left_px: number;
  readonly width_px: number;
}

export interface TrackInput {
  /** The straight sides of the two thumbs. */
  readonly lo_px: number;
  readonly hi_px: number;
  readonly thumb_px: number;
  /** Between a label and what stands beside it. */
  readonly gap_px: number;
  /** The ends of the plot, which the hairline keeps to. */
  readonly plot: Interval;
  /** The ends of the widget, which labels keep to. */
  readonly room: Interval;
  readonly set: boolean;
  /** Whether the thumbs belong together: not with one group. */
  readonly bar: boolean;
  /** Whether the right thumb is the only one. */
  readonly alone: boolean;
  /** Texts with their widths; `value` while a thumb is dragged. */
  readonly lo: LabelTexts;
  readonly hi: LabelTexts;
  /** In the middle while nothing is set. */
  readonly note: Sized;
}

export interface Sized {
  readonly text: string;
  readonly width_px: number;
}

export interface LabelTexts {
  readonly name: Sized;
  readonly short: Sized;
  readonly value: Sized | null;
}

/** Labels of a pick: outside the thumbs, as many as there is room for. */
function outside(input: TrackInput): TrackLabel[] {
  const { gap_px } = input;
  const labels: TrackLabel[] = [];
  const left = input.lo_px - input.thumb_px - gap_px;
  let edge = left;
  for (const [kind, sized] of [
    ["value", input.lo.value],
    ["lo", input.lo.name],
  ] as const) {
    if (input.alone || !sized || edge - sized.width_px < input.room[0]) continue;
    labels.push({
      text: sized.text,
      kind,
      left_px: edge - sized.width_px,
      width_px: sized.width_px,
    });
    edge -= sized.width_px + gap_px;
  }
  edge = input.hi_px + input.thumb_px + gap_px;
  for (const [kind, sized] of [
    ["value", input.hi.value],
    ["hi", input.hi.name],
  ] as const) {
    if (!sized || edge + sized.width_px > input.room[1]) continue;
    labels.push({ text: sized.text, kind, left_px: edge, width_px: sized.width_px });
    edge += sized.width_px + gap_px;
  }
  return labels;
}

/** Labels while nothing is set: inside the parked thumbs, and a note between them. */
function inside(input: TrackInput): TrackLabel[] {
  const { gap_px, alone } = input;
  const [from, to] = [input.lo_px + gap_px, input.hi_px - gap_px];
  const wide =
    input.lo.name.width_px + input.hi.name.width_px + input.note.width_px + 8 * gap_px <= to - from;
  const named = wide ? input.lo.name : input.lo.short;
  const lo = alone ? { text: "", width_px: 0 } : named;
  const hi = wide ? input.hi.name : input.hi.short;
  const middle = (from + lo.width_px + to - hi.width_px - input.note.width_px) / 2;
  const labels: TrackLabel[] = [{ ...hi, kind: "hi", left_px: to - hi.width_px }];
  if (!alone) labels.unshift({ ...lo, kind: "lo", left_px: from });
  if (middle > from + lo.width_px + gap_px) {
    labels.push({ ...input.note, kind: "note", left_px: middle });
  }
  return labels;
}

export function placeLabels(input: TrackInput): TrackLabel[] {
  return input.set ? outside(input) : inside(input);
}

/** The pieces of the hairline: the plot's width without labels (and a gap each) and thumbs. */
export function hairline(input: TrackInput, labels: readonly TrackLabel[]): Interval[] {
  const { gap_px } = input;
  const taken: Interval[] = labels.map((label) => [
    label.left_px - gap_px,
    label.left_px + label.width_px + gap_px,
  ]);
  const { lo_px } = input;
  if (!input.alone) {
    taken.push([lo_px - input.thumb_px, input.set && input.bar ? input.hi_px : lo_px]);
  }
  taken.push([input.hi_px, input.hi_px + input.thumb_px]);
  taken.sort((a, b) => a[0] - b[0]);
  const pieces: Interval[] = [];
  let from = input.plot[0];
  for (const [left, right] of taken) {
    if (left > from) pieces.push([from, Math.min(left, input.plot[1])]);
    from = Math.max(from, right);
  }
  if (from < input.plot[1]) pieces.push([from, input.plot[1]]);
  return pieces.filter(([left, right]) => right - left >= 2);
}
