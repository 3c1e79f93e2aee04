// What a pick means, in one sentence.

import { say, sentences } from "../base/sentences.ts";
import { formatLr, formatRatio, type Interval } from "../math/scale.ts";
import type { Zone, ZoneName } from "../source/types.ts";

const words = sentences.this_pick;
/** So many times the suggestion, past the learning zone: likely too high. */
const TOO_MANY = 3;
/** With a ratio below this the first layers learn about as fast as the last. */
const ALIKE = 2;

export interface PickView {
  readonly pick: Interval | null;
  readonly swept: Interval;
  /** Number of groups that may differ in rate. */
  readonly groups: number;
  /** The groups are no layers: `groups` is 1. */
  readonly oneRate: boolean;
  /** There is no left handle. */
  readonly oneHandle: boolean;
  readonly zones: readonly Zone[];
  /** Rate of the lowest point, if the curve has one. */
  readonly lowest: number | null;
  /** The suggested rate of the last layers. */
  readonly suggested: number | null;
  /** Whether the first layers are frozen. */
  readonly firstFrozen: boolean;
  /** Why there is no pick. */
  readonly noPick: string;
}

export function zoneOf(zones: readonly Zone[], lr: number): ZoneName | null {
  return zones.find(({ lo, hi }) => lr >= lo && lr < hi)?.name ?? null;
}

/** The sentence; `**` marks the name of a zone. */
export function meaning(view: PickView): string {
  const { pick, swept, groups } = view;
  if (!pick) return view.noPick;
  const [lo, hi] = pick;
  const used = groups === 1 ? [hi] : [hi, lo];
  const outside = used.find((lr) => lr < swept[0] || lr > swept[1]);
  if (outside !== undefined) return say(words.outside, { lr: formatLr(outside) });
  const zone = zoneOf(view.zones, hi);
  if (zone === null || zone === "flat") return rates(view, pick);
  const last = say(words.last[zone], { who: groups === 1 ? words.one : words.several_last });
  const times = view.suggested ? hi / view.suggested : 1;
  const where = beside(hi, view.lowest);
  const tooHigh = times >= TOO_MANY && (zone === "edge" || zone === "diverging");
  if (tooHigh) return `${last}${where}${say(words.too_high, { times: formatRatio(1, times) })}.`;
  if (groups === 1) return `${last}${where}.`;
  return `${last}${where}; ${view.firstFrozen ? words.first.frozen : first(view.zones, pick)}.`;
}

/** How far from the lowest point, if there is one. */
function beside(hi: number, lowest: number | null): string {
  if (!lowest) return "";
  const decades = Math.log10(hi / lowest);
  if (Math.abs(decades) < 0.05) return words.at_lowest;
  return say(decades < 0 ? words.below_lowest : words.above_lowest, {
    decades: Math.abs(decades).toFixed(1),
  });
}

function first(zones: readonly Zone[], [lo, hi]: Interval): string {
  if (hi / lo < ALIKE) return words.first.alike;
  const zone = zoneOf(zones, lo);
  return zone === null || zone === "flat" ? words.first.too_slow : words.first[zone];
}

/** Without zones: the rates alone. */
function rates({ groups, oneRate, oneHandle }: PickView, [lo, hi]: Interval): string {
  const values = { lo: formatLr(lo), hi: formatLr(hi), ratio: formatRatio(lo, hi) };
  if (oneHandle) return say(words.even, values);
  if (groups === 1) return say(oneRate ? words.one_rate : words.one_group, values);
  return say(values.ratio === "1" ? words.even : words.several, values);
}
