// Where the labels of the rules stand below the axis. Pure: pixels in, pixels out.

import type { Interval } from "../math/scale.ts";

export interface RuleSize {
  /** Where its rate stands. */
  readonly at_px: number;
  readonly width_px: number;
  readonly ours: boolean;
}

/**
 * The left edges of the labels, which stand in the order of their rates. Ours stands still below
 * its rate, the others move aside; where that leaves the room, all move back into it.
 */
export function placeRules(rules: readonly RuleSize[], gap_px: number, room: Interval): number[] {
  const lefts = rules.map(({ at_px, width_px }) => at_px - width_px / 2);
  const ours = rules.findIndex((rule) => rule.ours);
  const fixed = Math.max(0, ours);
  for (let i = fixed + 1; i < rules.length; i++) {
    lefts[i] = Math.max(lefts[i]!, lefts[i - 1]! + rules[i - 1]!.width_px + gap_px);
  }
  for (let i = fixed - 1; i >= 0; i--) {
    lefts[i] = Math.min(lefts[i]!, lefts[i + 1]! - gap_px - rules[i]!.width_px);
  }
  return within(rules, lefts, gap_px, room);
}

function within(
  rules: readonly RuleSize[],
  lefts: number[],
  gap_px: number,
  room: Interval,
): number[] {
  let end = room[1];
  for (let i = rules.length - 1; i >= 0; i--) {
    lefts[i] = Math.min(lefts[i]!, end - rules[i]!.width_px);
    end = lefts[i]! - gap_px;
  }
  let begin = room[0];
  for (let i = 0; i < rules.length; i++) {
    lefts[i] = Math.max(lefts[i]!, begin);
    begin = lefts[i]! + rules[i]!.width_px + gap_px;
  }
  return lefts;
}
