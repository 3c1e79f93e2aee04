// The row "Groups": the learning rate of every parameter group, first layers to head.

import { say, sentences } from "../base/sentences.ts";
import { make, setAttribute, setText } from "../dom/elements.ts";
import { formatLr, type Interval, spread } from "../math/scale.ts";
import type { Group, Schedule } from "../source/types.ts";
import { SchedulePlot } from "./schedule-plot.ts";

const words = sentences.groups;
/** A line is laid out for rates as wide as this, so that it does not break later. */
const WIDEST = "8.8e-8";

/** The groups that one line shows, by index, and how many are left out between them. */
export function shownGroups(
  count: number,
  room: number,
): { head: number[]; between: number; tail: number[] } {
  const all = Array.from({ length: count }, (_, i) => i);
  if (count <= room) return { head: all, between: 0, tail: [] };
  return { head: all.slice(0, 1), between: count - 2, tail: all.slice(count - 1) };
}

export class GroupsRow {
  readonly #line: HTMLElement;
  readonly #list = make("ul", "sr-only");
  #rates: HTMLElement[] = [];
  #items: HTMLElement[] = [];
  #groups: readonly Group[] = [];
  readonly #plot: SchedulePlot;

  constructor(row: HTMLElement, signal: AbortSignal) {
    this.#line = make("div", "groups-line", { "aria-hidden": "true" });
    row.append(this.#line, this.#list);
    this.#plot = new SchedulePlot(row, signal);
  }

  /** Lays the line out anew: other groups, another width or another font. */
  arrange(groups: readonly Group[]): void {
    this.#groups = groups;
    this.#items = groups.map(() => document.createElement("li"));
    this.#list.replaceChildren(...this.#items);
    if (groups.length === 0) {
      this.#rates = [];
      this.#line.replaceChildren(make("span", "muted", {}, words.unknown));
      return;
    }
    this.#fill(groups.length);
    this.#plot.arrange(groups.length > 1);
    if (this.#fits()) return;
    this.#plot.arrange(false);
    if (groups.length > 2 && !this.#fits()) this.#fill(2);
  }

  #fill(room: number): void {
    const { head, between, tail } = shownGroups(this.#groups.length, room);
    this.#rates = [];
    const parts = [...head.map((i) => this.#cell(i))];
    if (between > 0) {
      parts.push(make("span", "groups-between", {}, say(words.between, { count: between })));
    }
    this.#line.replaceChildren(...parts, ...tail.map((i) => this.#cell(i)));
  }

  #cell(index: number): HTMLElement {
    const group = this.#groups[index]!;
    const rate = make("span", "group-lr", {}, WIDEST);
    this.#rates[index] = rate;
    const cell = make("span", "group", {}, make("span", "group-name", {}, group.name), rate);
    if (group.frozen) cell.append(make("span", "group-frozen", {}, words.frozen));
    return cell;
  }

  /** Whether all stands in one line. */
  #fits(): boolean {
    const { firstElementChild, lastElementChild } = this.#line;
    const topOf = (cell: Element | null) => cell?.getBoundingClientRect().top;
    return topOf(firstElementChild) === topOf(lastElementChild);
  }

  show(pick: Interval | null, schedule: Schedule | null): void {
    const groups = this.#groups;
    this.#plot.show({ pick, groups, schedule });
    const lrs = pick ? spread(pick[0], pick[1], groups.length).map(formatLr) : [];
    const lines = groups.map((group, i) => {
      const lr = lrs[i] ?? words.none;
      const rate = this.#rates[i];
      if (rate) setText(rate, lr);
      return say(group.frozen ? words.item_frozen : words.item, { name: group.name, lr });
    });
    for (const [i, line] of lines.entries()) setText(this.#items[i]!, line);
    setAttribute(this.#line, "title", lines.length > 0 ? lines.join("\n") : null);
  }
}
