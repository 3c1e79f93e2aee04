// What the pictures look like here and in Python's own, in one file that both read.

import look from "../../../lr_widget/common/look.json" with { type: "json" };

/** How far below the top edge the carets of losses above it stand, as a share of the plot. */
export const CARET_SHARE = look.caret_share;
/** The lines of earlier sweeps are told apart without colours: lengths of strokes and gaps. */
export const EARLIER_DASHES_PX: readonly (readonly number[])[] = look.earlier.dashes_px;
/** More of them than these few, the last ones, are shown only by hand. */
export const EARLIER_SHOWN = look.earlier.shown_at_first;

/** The widget's own colours, where the host has none: in a style sheet `--lrw-own-<name>`. */
export function ownColors(): string {
  const properties = (colors: Readonly<Record<string, string>>) =>
    Object.entries(colors)
      .map(([name, color]) => `--lrw-own-${name}:${color};`)
      .join("");
  const { light, dark } = look.colors;
  return `.lrw-root{${properties(light)}}.lrw-root.lrw-dark{${properties(dark)}}`;
}
