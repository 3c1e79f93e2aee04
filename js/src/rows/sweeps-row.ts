// The row "Sweeps": the present one's name, and a button for each earlier one that shows its line.

import { say, sentences } from "../base/sentences.ts";
import { make, makeSvg, setAttribute, setText } from "../dom/elements.ts";
import type { EarlierLine } from "../model/earlier-curves.ts";

const SWATCH_PX = 28;

export interface SweepsRowView {
  readonly name: string;
  readonly lines: readonly EarlierLine[];
  /** Names of those that will be there at the end: they have their room already. */
  readonly coming: readonly string[];
}

export class SweepsRow {
  readonly #row: HTMLElement;
  readonly #present = make("span", "sweep-name");
  readonly #content: HTMLElement;
  readonly #onToggle: () => void;
  /** What a hand has chosen, by name. */
  readonly #chosen = new Map<string, boolean>();
  #view: SweepsRowView | null = null;

  constructor(row: HTMLElement, content: HTMLElement, onToggle: () => void) {
    this.#row = row;
    this.#content = content;
    this.#onToggle = onToggle;
    row.hidden = true;
  }

  /** Whether the line is to be seen. */
  shows(line: EarlierLine): boolean {
    return this.#chosen.get(line.name) ?? line.shownAtFirst;
  }

  show(view: SweepsRowView): void {
    const { lines, coming, name } = view;
    this.#row.hidden = lines.length + coming.length === 0;
    setText(this.#present, name);
    setAttribute(this.#present, "title", name);
    const same = lines === this.#view?.lines && coming.join("\n") === this.#view.coming.join("\n");
    this.#view = view;
    if (same) return;
    const present = make("span", "sweep", {}, swatch([]), this.#present);
    const room = coming.map((each) => {
      const item = make(
        "span",
        "sweep",
        { "aria-hidden": "true" },
        swatch([]),
        make("span", "sweep-name", {}, each),
      );
      item.style.visibility = "hidden";
      return item;
    });
    this.#content.replaceChildren(present, ...lines.map((line) => this.#button(line)), ...room);
  }

  #button(line: EarlierLine): HTMLElement {
    const title = say(sentences.history.show, { name: line.name });
    const name = make("span", "sweep-name", {}, line.name);
    const button = make("button", "sweep", { type: "button", title }, swatch(line.dash), name);
    const press = () => setAttribute(button, "aria-pressed", String(this.shows(line)));
    press();
    button.addEventListener("click", () => {
      this.#chosen.set(line.name, !this.shows(line));
      press();
      this.#onToggle();
    });
    return button;
  }
}

/** A piece of the line as it is drawn; without a dash, of the present sweep's. */
function swatch(dash: readonly number[]): SVGElement {
  const name = `swatch${dash.length > 0 ? " swatch-earlier" : ""}`;
  const svg = makeSvg("svg", name, { viewBox: `0 0 ${SWATCH_PX} 4`, "aria-hidden": "true" });
  svg.append(makeSvg("path", "", { d: `M0 2H${SWATCH_PX}`, "stroke-dasharray": dash.join(" ") }));
  return svg;
}
