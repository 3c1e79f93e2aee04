// A row of the widget: a label in the gutter, and beside it room for its content.

import { make } from "../dom/elements.ts";

/** `name` becomes classes of the row, `label` what stands in the gutter. */
export function row(name: string, label: string): { row: HTMLElement; content: HTMLElement } {
  const classes = ["row", ...name.split(" ").map((part) => `row-${part}`)].join(" ");
  const content = make("div", "content");
  const gutter = make("span", "row-label", {}, label);
  return { row: make("div", classes, {}, gutter, content), content };
}
