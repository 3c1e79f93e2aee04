// The parts that say why: zones, the rules' marks and the reading. They follow the axis, not the
// pick.

import type { Theme } from "../dom/theme.ts";
import type { Axis, Interval } from "../math/scale.ts";
import type { Explanation } from "../model/picker.ts";
import { RuleMarks } from "../overlay/rule-marks.ts";
import { Zones } from "../overlay/zones.ts";
import { ReadingRow } from "../rows/reading-row.ts";
import type { Frame } from "./frame.ts";

export class ExplanationView {
  readonly #root: HTMLElement;
  readonly #zones: Zones;
  readonly #reading: ReadingRow;
  readonly #rules: RuleMarks;

  /** `choose` sets the handles to a rule's pick. */
  constructor({ root, stage, reading, rules }: Frame, choose: (pick: Interval) => void) {
    this.#root = root;
    this.#zones = new Zones(stage);
    this.#reading = new ReadingRow(reading);
    this.#rules = new RuleMarks(rules, { choose, say: (words) => this.#reading.say(words) });
  }

  /** Null where nothing is to be explained. */
  show(explanation: Explanation | null, axis: Axis, theme: Theme, width_px: number): void {
    this.#root.classList.toggle("lrw-plain", explanation === null);
    if (!explanation) return;
    const { zones, marks, note, reading, warned } = explanation;
    this.#zones.show(zones, axis, theme);
    this.#rules.show({ marks, note, axis, width_px, theme });
    this.#reading.show(reading, warned);
  }
}
