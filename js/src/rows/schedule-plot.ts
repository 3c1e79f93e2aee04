// What the pick means over time: a small plot under the groups, closed at first. A slice spreads
// over layers; over time every layer's rate goes its own way up and down.

import { say, sentences } from "../base/sentences.ts";
import { make, makeSvg, setAttribute, setText } from "../dom/elements.ts";
import { formatLr, formatRatio, type Range, spread } from "../math/scale.ts";
import type { Group, Loop } from "../source/types.ts";

const words = sentences.over_time;
const HEIGHT_PX = 120;
const TOP_PX = 16;
const STEPS = 120;
/**
 * Room above the highest rate, and below the lowest at the start; further down a line leaves the
 * plot.
 */
const ABOVE_DECADES = 0.15;
const BELOW_DECADES = 0.3;
/** Names of lines that are nearer to each other would overlap. */
const APART_PX = 14;

/**
 * The one-cycle schedule: how a rate moves over the coming training. fastai's `fit_one_cycle` and
 * PyTorch's `OneCycleLR` differ in their defaults; both rise and fall by half a cosine.
 */
export interface Cycle {
  /** Share of the training at which the rate is highest. */
  readonly peak: number;
  /**
   * The rate at the start is so many times lower than the highest, that at the end so many times.
   */
  readonly start: number;
  readonly end: number;
}

/** fastai 2.8.12: pct_start, div, div_final. */
const FASTAI: Cycle = { peak: 0.25, start: 25, end: 1e5 };
/** PyTorch 2.14: pct_start, div_factor, div_factor * final_div_factor. */
const PYTORCH: Cycle = { peak: 0.3, start: 25, end: 25e4 };

export function cycleOf(loop: Loop): Cycle {
  return loop === "fastai" || loop === "recorded" ? FASTAI : PYTORCH;
}

/** The rate at a share of the training, as a share of the highest. */
export function shareAt({ peak, start, end }: Cycle, time: number): number {
  const [from, to, at] =
    time < peak ? [1 / start, 1, time / peak] : [1, 1 / end, (time - peak) / (1 - peak)];
  return from + ((1 - Math.cos(Math.PI * at)) / 2) * (to - from);
}

export interface SchedulePlotView {
  readonly pick: Range | null;
  readonly groups: readonly Group[];
  readonly loop: Loop;
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
    this.#button.disabled = view.pick === null;
    if (this.#plot.hidden) return;
    const lines = linesOf(view);
    const cycle = cycleOf(view.loop);
    const [start, peak, end] = this.#ends;
    setText(start, say(words.start, { times: cycle.start }));
    setText(peak, say(words.peak, { percent: 100 * cycle.peak }));
    setText(end, say(words.end, { times: formatRatio(1, cycle.end) }));
    peak.style.left = `${100 * cycle.peak}%`;
    const said = lines.map(({ name, lr }) => say(words.line, { name, lr: formatLr(lr) }));
    setAttribute(
      this.#plot,
      "aria-label",
      say(words.label, { lines: said.join(", "), percent: 100 * cycle.peak }),
    );
    const lrs = lines.map(({ lr }) => lr);
    this.#draw(lrs, said, cycle);
  }

  #draw(lrs: readonly number[], said: readonly string[], cycle: Cycle): void {
    const width_px = this.#drawing.clientWidth;
    const unit = parseFloat(getComputedStyle(this.#plot).fontSize) / 13 || 1;
    const height_px = HEIGHT_PX * unit;
    if (width_px === 0 || lrs.length === 0) {
      this.#drawing.replaceChildren();
      return;
    }
    const top = Math.log10(Math.max(...lrs)) + ABOVE_DECADES;
    const bottom = Math.log10(Math.min(...lrs) / cycle.start) - BELOW_DECADES;
    const heightOf = (lr: number) =>
      TOP_PX * unit + ((top - Math.log10(lr)) / (top - bottom)) * (height_px - TOP_PX * unit);
    const paths = lrs.map((lr) => path(lr, cycle, width_px, heightOf));
    const names = lrs.map((lr, i) =>
      text(said[i]!, width_px * cycle.peak, heightOf(lr) - 4 * unit),
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

function path(
  lr: number,
  cycle: Cycle,
  width_px: number,
  heightOf: (lr: number) => number,
): SVGElement {
  const points = Array.from({ length: STEPS + 1 }, (_, i) => {
    const time = i / STEPS;
    return `${(time * width_px).toFixed(1)} ${heightOf(lr * shareAt(cycle, time)).toFixed(1)}`;
  });
  return makeSvg("path", "over-time-line", { d: `M${points.join("L")}` });
}

function text(words: string, x: number, y: number): SVGElement {
  const name = makeSvg("text", "over-time-name", { x: String(x), y: String(y) });
  name.textContent = words;
  return name;
}
