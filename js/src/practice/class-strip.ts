// A class's picks: a strip of dots over the axis for each vote, hidden until "Show" is pressed.

import { say } from "../base/sentences.ts";
import { make, makeSvg, setAttribute, setText } from "../dom/elements.ts";
import { pxOf } from "../math/scale.ts";
import { row } from "../rows/row.ts";
import type { PickRound } from "../source/types.ts";
import type { PracticeView } from "../view/practice-slot.ts";
import { stackDots } from "./dots.ts";
import { words as all } from "./words.ts";

const words = all.class;
const DOT_PX = 8;
const HEIGHT_PX = 64;

export class ClassStrip {
  readonly root = make("div", "class");
  readonly #row: HTMLElement;
  readonly #button = make("button", "button", { type: "button", "aria-expanded": "false" });
  readonly #waiting = make("span", "class-waiting muted");
  readonly #votes = make("div", "class-votes");
  #open = false;
  #rounds: readonly PickRound[] = [];
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
    if (rounds !== this.#rounds) this.#open = false; // other picks are hidden at first
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
    const [left, right] = [axis.left_px, axis.left_px + axis.width_px];
    const held = (x_px: number) => Math.min(Math.max(x_px, left), right);
    const add = (...given: Parameters<typeof makeSvg>) => svg.append(makeSvg(...given));
    if (quartiles) {
      const [lo, hi] = [held(xOf(quartiles[0])), held(xOf(quartiles[1]))];
      add("rect", "class-half", { x: lo, y: 0, width: Math.max(hi - lo, 1), height: height_px });
    }
    if (median) add("path", "class-median", { d: `M${held(xOf(median))} 0V${height_px}` });
    add("path", "class-axis", { d: `M${left} ${height_px - 0.5}H${right}` });
    const xs = lrs.map((lr) => held(xOf(lr)));
    for (const { x_px, up_px } of stackDots(xs, DOT_PX * unit, height_px)) {
      add("circle", "class-dot", { cx: x_px, cy: height_px - up_px, r: (DOT_PX / 2 - 0.5) * unit });
    }
    const label = [name, words.label].filter(Boolean).join(": ");
    const strip = make("div", "class-strip", { role: "img", "aria-label": label }, svg);
    const said = make("p", "class-text", {}, [name, text].filter(Boolean).join(": "));
    return make("div", "class-vote", {}, strip, said);
  }
}
