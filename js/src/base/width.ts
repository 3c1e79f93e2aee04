// How wide is wide, in one place for the loader, which comes first, and for all that comes later.

/** Below this many times its font size, the widget is narrow. */
const WIDE_EM = 40;
/** With a font above this the plot of a narrow widget grows no further. */
const LARGE_PX = 20;
/** The design is drawn for a font of this size: its lengths are such px. */
const BASE_PX = 13;
/** The height of all but the plot, from a width on: the style sheet's, see view.css. */
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
  const unit = fontSize_px / BASE_PX;
  if (!isNarrow(width_px, fontSize_px)) return 236 * unit;
  return fontSize_px > LARGE_PX ? 300 : 228 * unit;
}

/** The height of a widget whose words have the room that is meant for them. */
export function height_px(width_px: number, fontSize_px: number): number {
  const rest = HEIGHTS.find(({ from_em }) => width_px >= from_em * fontSize_px)!;
  return (rest.height_px * fontSize_px) / BASE_PX + plotHeight_px(width_px, fontSize_px);
}
