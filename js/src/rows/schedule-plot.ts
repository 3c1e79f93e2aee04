// What the pick means over time: a small plot under the groups, closed at first. A slice spreads
// over layers; over time every layer's rate goes its own way up and down.

import { unitOf } from "../base/lengths.ts";
import { say, sentences } from "../base/sentences.ts";
import { make, makeSvg, setAttribute, setText } from "../dom/elements.ts";
import { formatLr, formatRatio, type Interval, spread } from "../math/scale.ts";
import type { Group, Schedule } from "../source/types.ts";

const words = sentences.over_time;
const TOP_PX = 16;
const STEPS = 120;
/** A point that is nearer to one of the grid is not drawn beside it. */
const NEAR_STEPS = 0.01;
/** Room below a start that is as high as this or higher, as a share of the highest rate. */
const LOW_SHARE = 1 / 25;
/**
 * Room above the highest rate, and below the lowest at the start; further down a line leaves the
 * plot.
 */
const ABOVE_DECADES = 0.15;
const BELOW_DECADES = 0.3;
/** Names of lines that are nearer to each other would overlap. */
const APART_PX = 14;

/** What a schedule says of the training as a whole. */
export interface Course {
  /** Share of the training at which the rate is highest. */
  readonly peak: number;
  /** The first rate and the last one, as shares of the highest. */
  readonly start: number;
  readonly end: number;
}

export function courseOf(schedule: Schedule): Course {
  const peak = schedule.find(([, share]) => share === 1)?.[0] ?? 0;
  return { peak, start: schedule[0]?.[1] ?? 1, end: schedule.at(-1)?.[1] ?? 1 };
}

/** The shares of the training at which a line is drawn: a grid, and the points themselves. */
export function drawnAt(schedule: Schedule): number[] {
  const grid = Array.from({ length: STEPS + 1 }, (_, i) => i / STEPS);
  const near = (time: number) => Math.abs(time * STEPS - Math.round(time * STEPS)) < NEAR_STEPS;
  const between = schedule.map(([time]) => time).filter((time) => !near(time));
  return [...grid, ...between].sort((a, b) => a - b);
}

/** The rate at a share of the training, as a share of the highest. */
export function shareAt(schedule: Schedule, time: number): number {
  const after = schedule.findIndex(([at]) => at >= time);
  const [end, high] = schedule[after < 0 ? schedule.length - 1 : after]!;
  if (after <= 0) return high;
  const [begin, low] = schedule[after - 1]!;
  return low + ((high - low) * (time - begin)) / (end - begin);
}

export interface SchedulePlotView {
  readonly pick: Interval | null;
  readonly groups: readonly Group[];
  readonly schedule: Schedule | null;
}

export class SchedulePlot {
  readonly #note = make("span", "groups-note", {}, sentences.groups.note);
  readonly #button = make(
    "button",
    "over-time-button",
    { type: "button", "aria-expanded": "false", title: words.show },
    this.#note,
  );
  readonly #plot = make("div", "over-time", { role: "img" });
  readonly #drawing = makeSvg("svg", "", { "aria-hidden": "true" });
  readonly #ends = [
    make("span", "over-time-start"),
    make("span", "over-time-peak"),
    make("span", "over-time-end"),
  ] as const;
  #view: SchedulePlotView | null = null;

  /** `row` is the row of the groups: the button stands behind them, the plot below. */
  constructor(row: HTMLElement, signal: AbortSignal) {
    this.#plot.hidden = true;
    this.#plot.append(
      this.#drawing,
      make("div", "over-time-axis", { "aria-hidden": "true" }, ...this.#ends),
    );
    row.append(this.#button);
    row.parentElement!.after(this.#plot);
    this.#button.addEventListener("click", () => this.#toggle(), { signal });
  }

  /** With or without its words, which need room. */
  arrange(hasWords: boolean): void {
    this.#note.hidden = !hasWords;
    setAttribute(this.#button, "aria-label", hasWords ? null : words.show);
  }

  #toggle(): void {
    this.#plot.hidden = !this.#plot.hidden;
    setAttribute(this.#button, "aria-expanded", String(!this.#plot.hidden));
    if (this.#view) this.show(this.#view);
  }

  show(view: SchedulePlotView): void {
    this.#view = view;
    this.#button.hidden = view.groups.length === 0;
    this.#button.disabled = view.pick === null || view.schedule === null;
    if (view.schedule === null) this.#close();
    if (this.#plot.hidden || view.schedule === null) return;
    const lines = linesOf(view);
    const course = courseOf(view.schedule);
    const percent = Math.round(100 * course.peak);
    const [start, peak, end] = this.#ends;
    setText(start, lower(course.start, words.start, words.start_zero));
    setText(peak, say(words.peak, { percent }));
    setText(end, lower(course.end, words.end, words.end_zero));
    peak.style.left = `${100 * course.peak}%`;
    const said = lines.map(({ name, lr }) => say(words.line, { name, lr: formatLr(lr) }));
    setAttribute(this.#plot, "aria-label", say(words.label, { lines: said.join(", "), percent }));
    const lrs = lines.map(({ lr }) => lr);
    this.#draw(lrs, said, view.schedule, course);
  }

  #close(): void {
    this.#plot.hidden = true;
    setAttribute(this.#button, "aria-expanded", "false");
  }

  #draw(lrs: readonly number[], said: readonly string[], schedule: Schedule, course: Course): void {
    const width_px = this.#drawing.clientWidth;
    if (width_px === 0 || lrs.length === 0) {
      this.#drawing.replaceChildren();
      return;
    }
    const { fontSize, height } = getComputedStyle(this.#drawing);
    const unit = unitOf(parseFloat(fontSize));
    const height_px = parseFloat(height);
    const top = Math.log10(Math.max(...lrs)) + ABOVE_DECADES;
    const low = Math.min(course.start || LOW_SHARE, LOW_SHARE);
    const bottom = Math.log10(Math.min(...lrs) * low) - BELOW_DECADES;
    const heightOf = (lr: number) =>
      TOP_PX * unit + ((top - Math.log10(lr)) / (top - bottom)) * (height_px - TOP_PX * unit);
    const course_px = drawnAt(schedule).map(
      (time) => [time * width_px, shareAt(schedule, time)] as const,
    );
    const paths = lrs.map((lr) => path(lr, course_px, heightOf));
    const names = lrs.map((lr, i) =>
      text(said[i]!, width_px * course.peak, heightOf(lr) - 4 * unit),
    );
    let lowest = Infinity;
    // From the head down: of names that would overlap the upper one stays.
    const shown = names.reverse().filter((name) => {
      const y = Number(name.getAttribute("y"));
      const free = lowest === Infinity || y - lowest >= APART_PX * unit;
      if (free) lowest = y;
      return free;
    });
    this.#drawing.replaceChildren(...paths, ...shown);
  }
}

/** The groups whose rates move, each with its highest; none without a pick. */
function linesOf({ pick, groups }: SchedulePlotView): { name: string; lr: number }[] {
  if (!pick) return [];
  const lrs = spread(pick[0], pick[1], groups.length);
  return groups
    .map(({ name, frozen }, i) => ({ name, frozen, lr: lrs[i]! }))
    .filter(({ frozen }) => !frozen);
}

function lower(share: number, sentence: string, zero: string): string {
  return share > 0 ? say(sentence, { times: formatRatio(share, 1) }) : zero;
}

/** `course`: place in px and share of the highest rate. A rate of 0 has no place on the axis. */
function path(
  lr: number,
  course: readonly (readonly [number, number])[],
  heightOf: (lr: number) => number,
): SVGElement {
  const points = course
    .filter(([, share]) => share > 0)
    .map(([x_px, share]) => `${x_px.toFixed(1)} ${heightOf(lr * share).toFixed(1)}`);
  return makeSvg("path", "over-time-line", { d: `M${points.join("L")}` });
}

function text(words: string, x: number, y: number): SVGElement {
  const name = makeSvg("text", "over-time-name", { x, y });
  name.textContent = words;
  return name;
}
