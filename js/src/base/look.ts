// What the pictures look like here and in Python's own, in one file that both read.

import look from "../../../lr_widget/common/look.json" with { type: "json" };

/** How far below the top edge the carets of losses above it stand, as a share of the plot. */
export const CARET_SHARE = look.caret_share;
/** The lines of earlier sweeps are told apart without colours: lengths of strokes and gaps. */
export const EARLIER_DASHES_PX: readonly (readonly number[])[] = look.earlier.dashes_px;
/** More of them than these few, the last ones, are shown only by hand. */
export const EARLIER_SHOWN = look.earlier.shown_at_first;

/** What fills a zone's strip: patterns, not colours, tell zones apart. */
export const ZONE_PATTERNS = look.zone_patterns;
/** The raw points and the grid are faint ink. */
export const POINTS_OPACITY = look.opacities.points;
export const GRID_OPACITY = look.opacities.grid;

/**
 * The look as properties for a style sheet: the widget's own colours, where the host has none, as
 * `--lrw-own-<name>`, and how faint the band of the pick is.
 */
export function lookProperties(): string {
  const properties = (colors: Readonly<Record<string, string>>) =>
    Object.entries(colors)
      .map(([name, color]) => `--lrw-own-${name}:${color};`)
      .join("");
  const { light, dark } = look.colors;
  const band = `--lrw-band-opacity:${look.opacities.band};`;
  return `.lrw-root{${properties(light)}${band}}.lrw-root.lrw-dark{${properties(dark)}}`;
}
