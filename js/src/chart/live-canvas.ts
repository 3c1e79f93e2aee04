// A running sweep's points and smooth line, drawn on a canvas over the chart. As Plotly's, each point
// is an element, and the browser goes through all of them for every frame that it paints: 15 ms of a
// processor at 300 points, on the machine on which the kernel trains. So Plotly holds them unseen,
// for the words at the pointer, and shows them when the sweep has ended.

import { make } from "../dom/elements.ts";
import type { Theme } from "../dom/theme.ts";
import { type Axis, type Interval, pxOf } from "../math/scale.ts";
import { LINE_PX, POINT_PX } from "./plotly-figure.ts";

/** The chart's coordinates: rates across, losses from the plot's top down. */
export interface Plane {
  readonly axis: Axis;
  readonly losses: Interval;
  readonly top_px: number;
  readonly height_px: number;
}

/** log10 of the rates, the losses, and the smooth line through them. */
export interface LiveCurve {
  readonly log10_lrs: readonly number[];
  readonly losses: readonly number[];
  readonly line: { readonly log10_lrs: readonly number[]; readonly losses: readonly number[] };
}

/** Of a longer sweep only some of the points are drawn while it runs. */
const DRAWN = 1000;

export class LiveCanvas {
  readonly #canvas = make("canvas", "trail", { "aria-hidden": "true" });
  readonly #pen = this.#canvas.getContext("2d");
  #picture: LiveCurve | null = null;

  constructor(chart: HTMLElement) {
    chart.after(this.#canvas);
  }

  remove(): void {
    this.#canvas.remove();
  }

  /** Shows the points and the line; null takes them away. */
  show(picture: LiveCurve | null, plane: Plane, theme: Theme): void {
    this.#picture = picture;
    if (picture) this.#canvas.dataset.points = String(picture.losses.length);
    else delete this.#canvas.dataset.points;
    this.redraw(plane, theme);
  }

  /** The same points where the axes have moved, or in other colours. */
  redraw(plane: Plane, theme: Theme): void {
    const picture = this.#picture;
    this.#canvas.hidden = picture === null;
    if (!picture || !this.#pen) return;
    const { axis, top_px, height_px } = plane;
    this.#fit(this.#pen);
    this.#pen.save();
    this.#pen.beginPath();
    // A bit more than the plot: points on its left and right edges are drawn whole, as Plotly does.
    this.#pen.rect(axis.left_px - POINT_PX, top_px, axis.width_px + 2 * POINT_PX, height_px);
    this.#pen.clip();
    this.#drawPoints(this.#pen, picture, plane, theme);
    this.#drawLine(this.#pen, picture, plane, theme);
    this.#pen.restore();
  }

  /** As many dots as the screen has, however wide the chart is; empties the canvas. */
  #fit(pen: CanvasRenderingContext2D): void {
    const { clientWidth, clientHeight } = this.#canvas;
    const scale = devicePixelRatio || 1;
    const [width, height] = [Math.round(clientWidth * scale), Math.round(clientHeight * scale)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, clientWidth, clientHeight);
  }

  #drawPoints(
    pen: CanvasRenderingContext2D,
    { log10_lrs, losses }: LiveCurve,
    plane: Plane,
    theme: Theme,
  ): void {
    const radius_px = (POINT_PX * theme.unit) / 2;
    pen.fillStyle = theme.points;
    const every = Math.ceil(losses.length / DRAWN);
    for (let i = 0; i < losses.length; i += every) {
      if (!Number.isFinite(losses[i])) continue;
      pen.beginPath();
      pen.arc(
        pxOf(plane.axis, log10_lrs[i]!),
        heightOf(plane, losses[i]!),
        radius_px,
        0,
        2 * Math.PI,
      );
      pen.fill();
    }
  }

  #drawLine(pen: CanvasRenderingContext2D, { line }: LiveCurve, plane: Plane, theme: Theme): void {
    pen.strokeStyle = theme.ink;
    pen.lineWidth = LINE_PX * theme.unit;
    pen.lineJoin = "round";
    pen.beginPath();
    let begun = false;
    line.losses.forEach((loss, i) => {
      const known = Number.isFinite(loss);
      if (known) {
        const [x, y] = [pxOf(plane.axis, line.log10_lrs[i]!), heightOf(plane, loss)];
        if (begun) pen.lineTo(x, y);
        else pen.moveTo(x, y);
      }
      begun = known;
    });
    pen.stroke();
  }
}

function heightOf({ losses, top_px, height_px }: Plane, loss: number): number {
  return top_px + ((losses[1] - loss) / (losses[1] - losses[0])) * height_px;
}
