// The table of the trials. Its rows are there from the start and fill one by one, so that nothing
// below it moves.

import { sentences } from "../base/sentences.ts";
import { classOf, markPath, styleOf } from "../chart/candidate-style.ts";
import { make, makeSvg, setAttribute, setText } from "../dom/elements.ts";
import { rangeText } from "../model/candidates.ts";
import type { Trials } from "../source/types.ts";
import { cellsBefore, type TableRow, tableRows } from "./table-rows.ts";

const words = sentences.trials.columns;
/** A longer table scrolls in its box. */
const MOST_ROWS = 12;
const SWATCH_PX = { width: 34, height: 16 };

export class TrialTable {
  readonly box = make("div", "trial-box");
  readonly #table = make("table", "trial-table");
  /** What the rows were made for. */
  #shape = "";
  #notes: HTMLElement[] = [];
  #rows: HTMLTableRowElement[] = [];
  #before: HTMLElement[] = [];

  constructor() {
    this.box.append(this.#table);
  }

  show(trials: Trials): void {
    const rows = tableRows(trials);
    const shape = JSON.stringify([trials.run, trials.candidates, trials.epochs, trials.metrics]);
    if (shape !== this.#shape) this.#make(trials, rows);
    this.#shape = shape;
    for (const [i, text] of cellsBefore(trials).entries()) setText(this.#before[i]!, text);
    for (const [i, row] of rows.entries()) fill(this.#rows[i]!, row);
    trials.candidates.forEach((_, candidate) => {
      const notes = rows
        .filter((row) => row.candidate === candidate && row.note)
        .map(({ note }) => note);
      setText(this.#notes[candidate]!, notes.join("; "));
    });
    this.box.classList.toggle("lrw-trial-long", rows.length > MOST_ROWS);
    this.arrange();
  }

  /** What scrolls must be reached by the keyboard. */
  arrange(): void {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = this.box;
    const scrolls = scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1;
    setAttribute(this.box, "tabindex", scrolls ? "0" : null);
    setAttribute(this.box, "role", scrolls ? "region" : null);
    setAttribute(this.box, "aria-label", scrolls ? sentences.trials.table : null);
  }

  #make({ candidates, epochs, metrics }: Trials, rows: readonly TableRow[]): void {
    const names = [words.train_loss, words.valid_loss, ...metrics, words.time];
    const heads = [
      make("th", "trial-candidate", { scope: "col" }, words.candidate),
      ...[words.epoch, ...names].map((name) => make("th", "trial-number", { scope: "col" }, name)),
    ];
    this.#rows = rows.map((row) =>
      make(
        "tr",
        "trial-row",
        {},
        make("th", "trial-number trial-epoch", { scope: "row" }, String(row.epoch)),
      ),
    );
    this.#notes = candidates.map(() => make("span", "trial-note"));
    const bodies = candidates.map((candidate, place) => {
      const own = this.#rows.slice(place * epochs, (place + 1) * epochs);
      const span = { scope: "rowgroup", rowspan: String(Math.max(1, epochs)) };
      const style = styleOf(candidate.name, place);
      const name = make("b", `trial-letter ${classOf(style)}`, {}, candidate.name);
      const who = make(
        "span",
        "trial-who",
        {},
        swatch(candidate.name, place),
        name,
        ` ${rangeText(candidate)}`,
      );
      own[0]?.prepend(make("th", "trial-candidate", span, who, this.#notes[place]!));
      return make("tbody", "trial-body", {}, ...own);
    });
    // The start has no epoch yet: its name takes that column, too.
    const start = { scope: "row", colspan: "2" };
    this.#before = names.map(() => make("td", "trial-number"));
    const before = make(
      "tr",
      "trial-row",
      {},
      make("th", "trial-candidate", start, sentences.trials.before),
      ...this.#before,
    );
    const caption = make("caption", "sr-only", {}, sentences.trials.table);
    this.#table.replaceChildren(
      caption,
      make("thead", "trial-head", {}, make("tr", "trial-row", {}, ...heads)),
      make("tbody", "trial-body", {}, before),
      ...bodies,
    );
  }
}

function fill(element: HTMLTableRowElement, row: TableRow): void {
  const shape = row.ended ? "ended" : "numbers";
  const heads = element.querySelectorAll("th").length;
  if (element.dataset.shape !== shape) {
    while (element.children.length > heads) element.lastElementChild!.remove();
    if (row.ended) element.append(make("td", "trial-ended", { colspan: String(row.cells.length) }));
    else element.append(...row.cells.map(() => make("td", "trial-number")));
    element.dataset.shape = shape;
  }
  const texts = row.ended ? [row.ended] : row.cells;
  for (const [i, text] of texts.entries()) {
    setText(element.children[heads + i] as HTMLElement, text);
  }
  element.children[heads + 1]?.classList.toggle("lrw-strong", row.best && !row.ended);
}

/** The line and the mark of a candidate, as the chart has them. */
function swatch(name: string, place: number): SVGSVGElement {
  const style = styleOf(name, place);
  const { width, height } = SWATCH_PX;
  const svg = makeSvg("svg", `trial-swatch ${classOf(style)}`, {
    viewBox: `0 0 ${width} ${height}`,
    "aria-hidden": "true",
  });
  const mark = markPath({ ...style, size_px: style.size_px - 1 }, width / 2, height / 2);
  svg.append(
    makeSvg("path", "", {
      d: `M0 ${height / 2}H${width}`,
      "stroke-dasharray": style.dash.join(" "),
    }),
    makeSvg("path", "trial-swatch-mark", { d: mark }),
  );
  return svg;
}
