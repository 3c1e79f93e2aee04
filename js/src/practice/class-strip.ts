// A class's picks: a strip of dots over the axis for each vote, hidden until "Show" is pressed.

import { say } from "../base/sentences.ts";
import { make, makeSvg, setAttribute, setText } from "../dom/elements.ts";
import { isInside, partSeen, pxOf, rightOf } from "../math/scale.ts";
import { row } from "../rows/row.ts";
import type { PickRound } from "../source/types.ts";
import type { PracticeView } from "../view/practice-slot.ts";
import { stackDots } from "./dots.ts";
import { words as all } from "./words.ts";

const words = all.class;
const DOT_PX = 8;
const HEIGHT_PX = 64;
/** A pick at the end of the axis may stand a bit beside it. */
const SLACK_PX = 0.5;

export class ClassStrip {
  readonly root = make("div", "class");
  readonly #row: HTMLElement;
  readonly #button = make("button", "button", { type: "button", "aria-expanded": "false" });
  readonly #waiting = make("span", "class-waiting muted");
  readonly #votes = make("div", "class-votes");
  #open = false;
  #rounds: readonly PickRound[] = [];
  /** What they hold: the kernel sends them anew with everything else. */
  #content = "";
  #view: PracticeView | null = null;

  constructor(signal: AbortSignal) {
    const { row: element, content } = row("class", words.row);
    content.append(this.#button, this.#waiting);
    this.#row = element;
    this.root.append(this.#row, this.#votes);
    const toggle = () => {
      this.#open = !this.#open;
      this.#draw();
    };
    this.#button.addEventListener("click", toggle, { signal });
  }

  show(rounds: readonly PickRound[], view: PracticeView): void {
    const content = JSON.stringify(rounds);
    if (content !== this.#content) this.#open = false; // other picks are hidden at first
    this.#content = content;
    this.#rounds = rounds;
    this.#view = view;
    this.#draw();
  }

  #draw(): void {
    const rounds = this.#rounds;
    this.root.hidden = rounds.length === 0;
    setText(this.#button, this.#open ? words.hide : words.show);
    setAttribute(this.#button, "aria-expanded", String(this.#open));
    const count = rounds.map(({ lrs }) => lrs.length).join(" + ");
    setText(this.#waiting, this.#open ? "" : say(words.waiting, { count }));
    const several = rounds.length > 1;
    const names = [words.first, words.second];
    const votes = this.#open
      ? rounds.map((round, i) => this.#vote(round, several ? names[i]! : ""))
      : [];
    this.#votes.replaceChildren(...votes);
  }

  #vote({ lrs, median, quartiles, text }: PickRound, name: string): HTMLElement {
    const { axis, theme, width_px } = this.#view!;
    const { unit } = theme;
    const height_px = HEIGHT_PX * unit;
    const svg = makeSvg("svg", "", { width: width_px, height: height_px });
    const xOf = (lr: number) => pxOf(axis, Math.log10(lr));
    const seen = (lr: number) => isInside(axis, xOf(lr), SLACK_PX);
    const add = (...given: Parameters<typeof makeSvg>) => svg.append(makeSvg(...given));
    const half = quartiles && partSeen(axis, xOf(quartiles[0]), xOf(quartiles[1]));
    if (half) {
      const [x, end] = half;
      add("rect", "class-half", { x, y: 0, width: Math.max(end - x, 1), height: height_px });
    }
    if (median && seen(median)) {
      add("path", "class-median", { d: `M${xOf(median)} 0V${height_px}` });
    }
    add("path", "class-axis", { d: `M${axis.left_px} ${height_px - 0.5}H${rightOf(axis)}` });
    const xs = lrs.filter(seen).map(xOf);
    for (const { x_px, up_px } of stackDots(xs, DOT_PX * unit, height_px)) {
      add("circle", "class-dot", { cx: x_px, cy: height_px - up_px, r: (DOT_PX / 2 - 0.5) * unit });
    }
    const label = [name, words.label].filter(Boolean).join(": ");
    const strip = make("div", "class-strip", { role: "img", "aria-label": label }, svg);
    const told = [text, outside(lrs.length - xs.length)].filter(Boolean).join(" ");
    const said = make("p", "class-text", {}, [name, told].filter(Boolean).join(": "));
    return make("div", "class-vote", {}, strip, said);
  }
}

function outside(count: number): string {
  if (count === 0) return "";
  return count === 1 ? words.outside_one : say(words.outside, { count });
}
