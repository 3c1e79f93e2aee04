// On which side of its line the name of a rate stands, so that two names never run into each other.
// Pure: px in, sides out.

import type { Interval } from "../math/scale.ts";

export interface Name {
  readonly x_px: number;
  readonly width_px: number;
}

/** As SVG says it: a text that ends at its line, or begins there. */
export type Side = "end" | "start";

/**
 * The name of a line that has another one on its right stands on its left, all others on their right,
 * as far as there is room.
 */
export function sidesOf(names: readonly Name[], [left_px, right_px]: Interval): Side[] {
  const rightmost = names.reduce((best, { x_px }, i) => (x_px >= names[best]!.x_px ? i : best), 0);
  return names.map(({ x_px, width_px }, i) => {
    const fits = { end: x_px - width_px >= left_px, start: x_px + width_px <= right_px };
    const [wanted, other]: [Side, Side] = i === rightmost ? ["start", "end"] : ["end", "start"];
    return fits[wanted] || !fits[other] ? wanted : other;
  });
}
