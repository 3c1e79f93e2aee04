// The chart's axes before plotly.js stands: reading and running it takes some tenths of a second, in
// which a sweep makes its first points. Lines and labels stand where Plotly will put them, to the
// hundredth of a px, so that nothing moves when it takes over: tests/browser/test_first_picture.py.

import { LENGTHS_PX } from "../base/lengths.ts";
import { makeSvg } from "../dom/elements.ts";
import { type Axis, type Interval, lossTicks, pxOf, rightOf, ticks } from "../math/scale.ts";
import { LOSS_STANDOFF_PX, MARK_PX, STANDOFF_PX } from "./base-layout.ts";
import { axisBefore, type Look, roomForTicks } from "./plotly-figure.ts";

/** Plotly's: an axis's line. */
const LINE_PX = 1;
/** Where Plotly puts a text's baseline, in sizes of its font: below ticks, and beside a height. */
const BELOW_EM = 1.2;
const MIDDLE_EM = 0.35;

export class FirstAxes {
  readonly #svg = makeSvg("svg", "first-axes", { "aria-hidden": "true" });

  constructor(chart: HTMLElement) {
    chart.after(this.#svg);
  }

  remove(): void {
    this.#svg.remove();
  }

  /** Draws them for a look and a range of losses. */
  show(look: Look, y: Interval): void {
    const { left_px, top_px, bottom_px, height_px } = look.sizes;
    const axis = axisBefore(look.sizes, look.swept);
    const end_px = height_px - bottom_px;
    const plane = { axis, top_px, end_px, left_px, right_px: rightOf(axis) };
    this.#svg.replaceChildren(
      ...lrParts(plane, look),
      ...lossParts(plane, look, y),
      line(`M${left_px},${end_px + LINE_PX / 2}H${plane.right_px}`, look.theme.axis),
    );
  }

  get shown(): boolean {
    return this.#svg.hasChildNodes();
  }

  /** Left and right edges of the labels of the learning rate, in px from the left. */
  labels(): Interval[] {
    const origin = this.#svg.getBoundingClientRect().left;
    return Array.from(this.#svg.querySelectorAll(".lrw-first-lr"), (label) => {
      const { left, right } = label.getBoundingClientRect();
      return [left - origin, right - origin] as const;
    });
  }
}

interface Plane {
  readonly axis: Axis;
  readonly top_px: number;
  readonly end_px: number;
  readonly left_px: number;
  readonly right_px: number;
}

function lrParts({ axis, top_px, end_px, left_px, right_px }: Plane, look: Look): SVGElement[] {
  const { theme, sizes } = look;
  const { lrs, labels } = ticks(axis.log10_lo, axis.log10_hi, roomForTicks(sizes));
  const marks_px = end_px + LINE_PX;
  const size_px = fontSize(look);
  return lrs.flatMap((lr, i) => {
    const x_px = hundredths(pxOf(axis, Math.log10(lr)));
    const y_px = marks_px + MARK_PX + STANDOFF_PX + BELOW_EM * size_px;
    return [
      ...grid(x_px, left_px, right_px, `M${x_px},${top_px}V${end_px}`, theme.grid),
      line(`M${x_px},${marks_px}v${MARK_PX}`, theme.axis),
      text(labels[i]!, x_px, y_px, "middle", look, "first-lr"),
    ];
  });
}

function lossParts(plane: Plane, look: Look, y: Interval): SVGElement[] {
  const { top_px, end_px, left_px, right_px } = plane;
  const { step, format } = lossTicks(y);
  const x_px = left_px - LINE_PX - LOSS_STANDOFF_PX;
  const parts: SVGElement[] = [];
  for (let i = Math.ceil(y[0] / step - 1e-9); i * step <= y[1] + 1e-9 * step; i++) {
    const share = (y[1] - i * step) / (y[1] - y[0]);
    const y_px = hundredths(top_px + share * (end_px - top_px));
    const baseline_px = y_px + MIDDLE_EM * fontSize(look);
    const shape = `M${left_px},${y_px}H${right_px}`;
    parts.push(
      ...grid(y_px, top_px, end_px, shape, look.theme.grid),
      text(lossLabel(i * step, format), x_px, baseline_px, "end", look, "first-loss"),
    );
  }
  return parts;
}

/** Plotly draws no line of the grid on an edge of the plot. */
function grid(
  at_px: number,
  begin_px: number,
  end_px: number,
  shape: string,
  color: string,
): SVGElement[] {
  return at_px > begin_px + 1 && at_px < end_px - 1 ? [line(shape, color)] : [];
}

/** A loss as d3 writes it in `lossTicks`' formats: fixed decimals, or powers of ten. */
export function lossLabel(loss: number, format: string): string {
  const decimals = /^\.(\d+)f$/.exec(format)?.[1];
  const written = decimals ? loss.toFixed(Number(decimals)) : shortest(loss);
  return (Number(written) === 0 ? written.replace("-", "") : written).replace(/-/g, "−");
}

/** `i * step` may be off by a bit. */
function shortest(loss: number): string {
  return Number(loss.toPrecision(7)).toExponential();
}

function fontSize({ theme }: Look): number {
  return LENGTHS_PX["font-axis"] * theme.unit;
}

function hundredths(px: number): number {
  return Math.round(100 * px) / 100;
}

function line(shape: string, color: string): SVGElement {
  return makeSvg("path", "", { d: shape, stroke: color, "shape-rendering": "crispEdges" });
}

function text(
  words: string,
  x_px: number,
  y_px: number,
  anchor: string,
  look: Look,
  name: string,
): SVGElement {
  const element = makeSvg("text", name, {
    x: x_px,
    y: y_px,
    "text-anchor": anchor,
    "font-size": `${fontSize(look)}px`,
    fill: look.theme.muted,
  });
  element.style.fontFamily = look.theme.fontFamily;
  element.append(words);
  return element;
}
