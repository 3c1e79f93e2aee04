// The zones along the axis: a name and a pattern on the plot's top edge, dotted borders through the
// plot. Patterns, not colours, tell them apart; only the pick is filled.

import { LENGTHS_PX } from "../base/lengths.ts";
import { ZONE_PATTERNS } from "../base/look.ts";
import { sentences } from "../base/sentences.ts";
import { make } from "../dom/elements.ts";
import { fontOf, textWidth } from "../dom/font.ts";
import type { Theme } from "../dom/theme.ts";
import { type Axis, heldInside, pxOf, rightOf } from "../math/scale.ts";
import type { Zone, ZoneName } from "../source/types.ts";

export interface PlacedZone {
  readonly name: ZoneName | "not_reached";
  readonly left_px: number;
  readonly width_px: number;
  /** Whether its name has room. */
  readonly labelled: boolean;
}

/** What fills the strip of each. */
const PATTERNS: Readonly<Record<PlacedZone["name"], string>> = {
  ...ZONE_PATTERNS,
  not_reached: "none",
};
/** What a name needs beside its width. */
const AROUND_PX = 6;

/** The parts of the zones that can be seen, and the rest of the axis on the right. */
export function placeZones(
  zones: readonly Zone[],
  axis: Axis,
  widthOf: (name: PlacedZone["name"]) => number,
): PlacedZone[] {
  const px = (lr: number) => heldInside(axis, pxOf(axis, Math.log10(lr)));
  const placed: PlacedZone[] = [];
  const add = (name: PlacedZone["name"], left_px: number, end_px: number) => {
    const width_px = end_px - left_px;
    if (width_px >= 1) {
      placed.push({ name, left_px, width_px, labelled: widthOf(name) + AROUND_PX <= width_px });
    }
  };
  for (const { name, lo, hi } of zones) add(name, px(lo), px(hi));
  const last = zones.at(-1);
  if (last) add("not_reached", px(last.hi), rightOf(axis));
  return placed;
}

export class Zones {
  readonly #el = make("div", "zones");

  constructor(stage: HTMLElement) {
    stage.append(this.#el);
  }

  show(zones: readonly Zone[], axis: Axis, theme: Theme): void {
    const words = sentences.zones;
    const widthOf = (name: PlacedZone["name"]) =>
      textWidth(
        words[name],
        fontOf(theme, name === "learning" ? 600 : 400, LENGTHS_PX["font-small"]),
      );
    const parts = placeZones(zones, axis, widthOf).map(({ name, left_px, width_px, labelled }) => {
      const zone = make(
        "div",
        `zone zone-${name}`,
        {},
        make("i", `zone-strip pattern-${PATTERNS[name]}`, { "aria-hidden": "true" }),
      );
      if (labelled) zone.append(make("span", "zone-name", {}, words[name]));
      zone.style.left = `${left_px}px`;
      zone.style.width = `${width_px}px`;
      return zone;
    });
    this.#el.replaceChildren(...parts);
  }
}
