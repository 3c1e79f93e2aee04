// What training came to at every rate: a plot under the curve, over the same axis.

import { say } from "../base/sentences.ts";
import { make, makeSvg, setAttribute, setText } from "../dom/elements.ts";
import { type Axis, formatLr, formatNumber, pxOf } from "../math/scale.ts";
import type { Truth } from "../source/types.ts";
import type { PracticeView } from "../view/practice-slot.ts";
import { lossesOf, lowestLoss } from "./score.ts";
import { words as all } from "./words.ts";

const words = all.truth;
const HEIGHT_PX = 128;
const MARGIN_PX = 16;
/** Above the untrained network, as a share of what training gains: worse leaves the plot. */
const ABOVE_SHARE = 0.15;
const LETTER_PX = 6.5;

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
    setText(this.#caption, truth ? words.caption : "");
    if (!truth || view.axis.width_px <= 0) return;
    setAttribute(this.#plot, "aria-label", labelOf(truth));
    const { unit } = view.theme;
    const height_px = HEIGHT_PX * unit;
    setAttribute(this.#svg, "width", String(view.width_px));
    setAttribute(this.#svg, "height", String(height_px));
    this.#svg.replaceChildren(...drawn(truth, marks, view.axis, height_px, unit));
  }
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

function drawn(
  truth: Truth,
  marks: readonly Marked[],
  axis: Axis,
  height_px: number,
  unit: number,
): SVGElement[] {
  const best = lowestLoss(truth);
  const top = truth.init_valid_loss + ABOVE_SHARE * (truth.init_valid_loss - best);
  const room_px = height_px - 2 * MARGIN_PX * unit;
  const xOf = (lr: number) => pxOf(axis, Math.log10(lr));
  const yOf = (loss: number) =>
    MARGIN_PX * unit + Math.max(0, (top - loss) / (top - best)) * room_px;
  const [left, right] = [axis.left_px, axis.left_px + axis.width_px];
  const within = (x_px: number) => Math.min(Math.max(x_px, left), right);
  const [lo, hi] = [within(xOf(truth.good[0])), within(xOf(truth.good[1]))];
  const untrained = yOf(truth.init_valid_loss);
  const parts: SVGElement[] = [
    makeSvg("rect", "truth-good", { x: lo, y: 0, width: Math.max(hi - lo, 2), height: height_px }),
    makeSvg("path", "truth-untrained", { d: `M${left} ${untrained}H${right}` }),
    text(words.untrained, left + 4 * unit, untrained - 4 * unit, "start"),
  ];
  const losses = lossesOf(truth);
  const line = truth.lrs.map((lr, i) => [xOf(lr), losses[i]!] as const);
  const seen = line.filter(([x]) => x >= left && x <= right);
  const known = seen.filter(([, loss]) => Number.isFinite(loss));
  parts.push(
    makeSvg("path", "truth-line", { d: `M${known.map(([x, y]) => `${x} ${yOf(y)}`).join("L")}` }),
    ...known.map(([x, y]) => makeSvg("circle", "truth-dot", { cx: x, cy: yOf(y), r: 3 * unit })),
  );
  const failed = seen.filter(([, loss]) => !Number.isFinite(loss)).map(([x]) => x);
  parts.push(...failed.map((x) => cross(x, MARGIN_PX * unit, 3 * unit)));
  if (failed.length > 0) parts.push(text(words.failed, failed[0]!, 10 * unit, "middle"));
  const inside = marks.filter(({ lr }) => xOf(lr) >= left && xOf(lr) <= right);
  for (const { lr, kind } of inside) {
    parts.push(makeSvg("path", `truth-mark truth-${kind}`, { d: `M${xOf(lr)} 0V${height_px}` }));
  }
  // One below the other, so that they may be close.
  const names = inside.map(({ lr, name }, i) => {
    const y = untrained + (14 + 14 * i) * unit;
    const late = xOf(lr) + name.length * LETTER_PX * unit > right;
    return text(name, xOf(lr) + (late ? -5 : 5) * unit, y, late ? "end" : "start");
  });
  return [...parts, ...names];
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
