// How wide is wide, in one place for the loader, which comes first, and for all that comes later.

import { unitOf } from "./lengths.ts";

/** Below this many times its font size, the widget is narrow. */
const WIDE_EM = 40;
/** With a font above this the plot of a narrow widget grows no further. */
const LARGE_PX = 20;
/** The height of all but the plot in px of the design, from a width on: what view.css comes to. */
const HEIGHTS = [
  { from_em: 60, height_px: 336 },
  { from_em: WIDE_EM, height_px: 352 },
  { from_em: 30, height_px: 432 },
  { from_em: 0, height_px: 536 },
] as const;

export function isNarrow(width_px: number, fontSize_px: number): boolean {
  return width_px < WIDE_EM * fontSize_px;
}

export function plotHeight_px(width_px: number, fontSize_px: number): number {
  const unit = unitOf(fontSize_px);
  if (!isNarrow(width_px, fontSize_px)) return 236 * unit;
  return fontSize_px > LARGE_PX ? 300 : 228 * unit;
}

/** The height of a widget whose words have the room that is meant for them. */
export function height_px(width_px: number, fontSize_px: number): number {
  const rest = HEIGHTS.find(({ from_em }) => width_px >= from_em * fontSize_px)!;
  return rest.height_px * unitOf(fontSize_px) + plotHeight_px(width_px, fontSize_px);
}
