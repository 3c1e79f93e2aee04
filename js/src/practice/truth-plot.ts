// What training came to at every rate: a plot under the curve, over the same axis.

import { say } from "../base/sentences.ts";
import { make, makeSvg, setAttribute, setText } from "../dom/elements.ts";
import {
  type Axis,
  formatLr,
  formatNumber,
  isInside,
  partSeen,
  pxOf,
  rightOf,
} from "../math/scale.ts";
import type { Truth } from "../source/types.ts";
import type { PracticeView } from "../view/practice-slot.ts";
import { sidesOf } from "./mark-names.ts";
import { lossesOf, lowestLoss } from "./score.ts";
import { words as all, unbroken } from "./words.ts";

const words = all.truth;
const HEIGHT_PX = 128;
const MARGIN_PX = 16;
/** Above the untrained network, as a share of what training gains: worse leaves the plot. */
const ABOVE_SHARE = 0.15;
const LETTER_PX = 6.5;
/** Between a line and its name. */
const GAP_PX = 5;

export interface Marked {
  readonly lr: number;
  readonly name: string;
  readonly kind: "yours" | "ours";
}

export class TruthPlot {
  readonly root = make("div", "truth");
  readonly #caption = make("p", "truth-caption");
  readonly #plot = make("div", "truth-plot", { role: "img" });
  readonly #svg = makeSvg("svg", "", { "aria-hidden": "true" });

  constructor() {
    this.#plot.append(this.#svg);
    this.root.append(this.#caption, this.#plot);
  }

  show(truth: Truth | null, marks: readonly Marked[], view: PracticeView): void {
    this.root.hidden = truth === null;
    if (!truth || view.axis.width_px <= 0) return;
    const plane = planeOf(truth, view);
    setText(this.#caption, captionOf(truth, marks, plane));
    setAttribute(this.#plot, "aria-label", labelOf(truth));
    setAttribute(this.#svg, "width", String(view.width_px));
    setAttribute(this.#svg, "height", String(plane.height_px));
    this.#svg.replaceChildren(
      ...band(truth, plane),
      ...untrained(truth, plane),
      ...trainings(truth, plane),
      ...marked(truth, marks, plane),
    );
  }
}

/** Where rates and losses stand, in px from the top left corner. */
interface Plane {
  readonly axis: Axis;
  readonly unit: number;
  readonly height_px: number;
  readonly xOf: (lr: number) => number;
  readonly yOf: (loss: number) => number;
  readonly isSeen: (lr: number) => boolean;
}

function planeOf(truth: Truth, { axis, theme: { unit } }: PracticeView): Plane {
  const best = lowestLoss(truth);
  const top = truth.init_valid_loss + ABOVE_SHARE * (truth.init_valid_loss - best);
  const height_px = HEIGHT_PX * unit;
  const room_px = height_px - 2 * MARGIN_PX * unit;
  const xOf = (lr: number) => pxOf(axis, Math.log10(lr));
  const yOf = (loss: number) =>
    MARGIN_PX * unit + Math.max(0, (top - loss) / (top - best)) * room_px;
  const isSeen = (lr: number) => isInside(axis, xOf(lr));
  return { axis, unit, height_px, xOf, yOf, isSeen };
}

/** What the plot shows, and what of it a zoom has moved out of sight. */
function captionOf(truth: Truth, marks: readonly Marked[], plane: Plane): string {
  const { axis, xOf, isSeen } = plane;
  const gone = truth.lrs.filter((lr) => !isSeen(lr)).length;
  const what = marks.filter(({ lr }) => !isSeen(lr)).map(({ name }) => name);
  const [lo, hi] = truth.good;
  if (!partSeen(axis, xOf(lo), xOf(hi))) what.unshift(words.outside_good);
  if (gone > 0)
    what.unshift(gone === 1 ? words.outside_one : say(words.outside_some, { count: gone }));
  const outside = what.length > 0 ? say(words.outside, { what: what.join(", ") }) : "";
  return unbroken([words.caption, outside].filter(Boolean).join("; "));
}

function labelOf(truth: Truth): string {
  const { best_lr, good, init_valid_loss } = truth;
  return say(words.label, {
    best: formatNumber(lowestLoss(truth)),
    best_lr: formatLr(best_lr),
    lo: formatLr(good[0]),
    hi: formatLr(good[1]),
    untrained: formatNumber(init_valid_loss),
  });
}

function band({ good: [lo, hi] }: Truth, { axis, height_px, xOf }: Plane): SVGElement[] {
  const part = partSeen(axis, xOf(lo), xOf(hi));
  if (!part) return [];
  const [x, end] = part;
  return [makeSvg("rect", "truth-good", { x, y: 0, width: end - x, height: height_px })];
}

function untrained({ init_valid_loss }: Truth, { axis, unit, yOf }: Plane): SVGElement[] {
  const y = yOf(init_valid_loss);
  return [
    makeSvg("path", "truth-untrained", { d: `M${axis.left_px} ${y}H${rightOf(axis)}` }),
    text(words.untrained, axis.left_px + 4 * unit, y - 4 * unit, "start"),
  ];
}

/** The line leads on to what cannot be seen. */
function trainings(truth: Truth, plane: Plane): SVGElement[] {
  const { axis, unit, height_px, xOf, yOf, isSeen } = plane;
  const losses = lossesOf(truth);
  const each = truth.lrs.map((lr, i) => ({ lr, x: xOf(lr), loss: losses[i]! }));
  const known = each.filter(({ loss }) => Number.isFinite(loss));
  const d = `M${known.map(({ x, loss }) => `${x} ${yOf(loss)}`).join("L")}`;
  const { left_px: x, width_px: width } = axis;
  const window = { x, y: 0, width, height: height_px, viewBox: `${x} 0 ${width} ${height_px}` };
  const clipped = makeSvg("svg", "truth-clip", window);
  clipped.append(makeSvg("path", "truth-line", { d }));
  const seen = each.filter(({ lr }) => isSeen(lr));
  const failed = seen.filter(({ loss }) => !Number.isFinite(loss));
  const dots = seen.filter(({ loss }) => Number.isFinite(loss));
  const parts = [
    clipped,
    ...dots.map(({ x, loss }) =>
      makeSvg("circle", "truth-dot", { cx: x, cy: yOf(loss), r: 3 * unit }),
    ),
    ...failed.map(({ x }) => cross(x, MARGIN_PX * unit, 3 * unit)),
  ];
  return failed.length > 0
    ? [...parts, text(words.failed, failed[0]!.x, 10 * unit, "middle")]
    : parts;
}

function marked(truth: Truth, marks: readonly Marked[], plane: Plane): SVGElement[] {
  const { axis, unit, height_px, xOf, yOf, isSeen } = plane;
  const inside = marks.filter(({ lr }) => isSeen(lr));
  const lines = inside.map(({ lr, kind }) =>
    makeSvg("path", `truth-mark truth-${kind}`, { d: `M${xOf(lr)} 0V${height_px}` }),
  );
  const placed = inside.map(({ lr, name }) => ({
    x_px: xOf(lr),
    width_px: (GAP_PX + name.length * LETTER_PX) * unit,
  }));
  const sides = sidesOf(placed, [axis.left_px, rightOf(axis)]);
  // One below the other, for where both have to stand on one side.
  const names = inside.map(({ lr, name }, i) => {
    const y = yOf(truth.init_valid_loss) + (14 + 14 * i) * unit;
    const side = sides[i]!;
    return text(name, xOf(lr) + (side === "end" ? -GAP_PX : GAP_PX) * unit, y, side);
  });
  return [...lines, ...names];
}

function cross(x: number, y: number, r: number): SVGElement {
  const d = `M${x - r} ${y - r}L${x + r} ${y + r}M${x - r} ${y + r}L${x + r} ${y - r}`;
  return makeSvg("path", "truth-failed", { d });
}

function text(words: string, x: number, y: number, anchor: "start" | "middle" | "end"): SVGElement {
  const element = makeSvg("text", "truth-text", { x, y, "text-anchor": anchor });
  element.textContent = words;
  return element;
}
