// The row "Pick": two plain input fields with the bare numbers, and their ratio.

import { say, sentences } from "../base/sentences.ts";
import { make, setAttribute, setText } from "../dom/elements.ts";
import { type End, firstPick } from "../math/pick-moves.ts";
import { formatLr, formatRatio, type Interval, parseLr } from "../math/scale.ts";

const words = sentences.fields;
const ENDS: readonly End[] = ["lo", "hi"];
let made = 0;

/** What a typed text does: a pick to commit, or the reason in words why it is refused. */
export function typed(
  text: string,
  end: End,
  pick: Interval | null,
  swept: Interval,
  oneGroup: boolean,
): Interval | string {
  const lr = parseLr(text);
  if (lr === null) return refusal(text);
  if (pick === null) return firstPick(end, lr, swept);
  const [lo, hi] = end === "lo" ? [lr, pick[1]] : [pick[0], lr];
  if (lo <= hi) return [lo, hi];
  if (oneGroup) return [hi, hi];
  return say(end === "lo" ? words.lo_above_hi : words.hi_below_lo, {
    lo: formatLr(lo),
    hi: formatLr(hi),
  });
}

/** Before a guess: why a rate cannot be one, since the curve says nothing about it; else null. */
export function notTested(text: string, [lo, hi]: Interval): string | null {
  const lr = parseLr(text);
  if (lr === null || (lr >= lo && lr <= hi)) return null;
  return say(words.not_tested, {
    text: shortened(text.trim()),
    lo: formatLr(lo),
    hi: formatLr(hi),
  });
}

function shortened(text: string): string {
  return text.length > 12 ? `${text.slice(0, 11)}…` : text;
}

/** Why a text is no rate. */
function refusal(text: string): string {
  const number = Number(text.trim().replace("−", "-"));
  if (text.trim() !== "" && number <= 0) return words.not_positive;
  const point = text.trim().replace(",", ".");
  const hasComma = point !== text.trim() && parseLr(point) !== null;
  return say(hasComma ? words.comma : words.not_a_rate, {
    text: shortened(text),
    point: shortened(point),
  });
}

export interface PickRowView {
  readonly pick: Interval | null;
  readonly swept: Interval;
  readonly groups: number;
  /** A guess is wanted: a rate beside the curve is none, and what is refused stays to be mended. */
  readonly guessing: boolean;
  /** The ends that are being dragged. */
  readonly dragged: readonly End[];
}

export class PickRow {
  readonly #inputs: Record<End, HTMLInputElement>;
  readonly #ratio = make("span", "ratio");
  readonly #alert: HTMLElement;
  readonly #commit: (pick: Interval) => void;
  #view: PickRowView | null = null;
  /**
   * What the fields show of the pick. It is rounded: a text that nobody typed is never read back.
   */
  readonly #shown: Record<End, string> = { lo: "", hi: "" };
  readonly #touched: Record<End, boolean> = { lo: false, hi: false };
  /** The field whose text was refused. */
  #refused: End | null = null;

  constructor(row: HTMLElement, commit: (pick: Interval) => void, signal: AbortSignal) {
    this.#commit = commit;
    const id = `lrw-fields-${++made}`;
    this.#alert = make("span", "alert", { role: "alert", id: `${id}-alert` });
    this.#inputs = { lo: makeInput(`${id}-lo`), hi: makeInput(`${id}-hi`) };
    for (const end of ENDS) {
      const input = this.#inputs[end];
      row.append(
        make(
          "span",
          "field",
          {},
          make("label", "field-label", { for: input.id }, sentences.handles[end]),
          input,
        ),
      );
      input.addEventListener("keydown", (event) => this.#key(end, event), { signal });
      input.addEventListener("blur", () => this.#read(end), { signal });
      input.addEventListener("input", () => this.#touch(end), { signal });
    }
    row.append(this.#ratio, this.#alert);
  }

  show(view: PickRowView): void {
    this.#view = view;
    const { pick, groups, dragged, guessing } = view;
    for (const end of ENDS) {
      const input = this.#inputs[end];
      const lr = pick?.[end === "lo" ? 0 : 1];
      const text = lr === undefined ? "" : formatLr(lr);
      const isOver = !guessing || text !== this.#shown[end];
      this.#shown[end] = text;
      if (isOver && end === this.#refused && this.#touched[end]) this.#giveUp(end);
      // What a hand is typing stays, whatever the kernel does meanwhile.
      if (!this.#touched[end] && input.value !== text) input.value = text;
      setAttribute(input, "title", lr === undefined ? null : String(lr));
      input.disabled = end === "lo" && groups === 1;
      input.classList.toggle("lrw-dragged", dragged.includes(end));
    }
    const text =
      pick && groups !== 1
        ? say(words.ratio, { ratio: formatRatio(pick[0], pick[1]) })
        : words.no_ratio;
    setText(this.#ratio, text);
    this.#ratio.classList.toggle("lrw-muted", !pick || groups === 1);
  }

  #key(end: End, event: KeyboardEvent): void {
    if (event.key === "Enter") {
      event.preventDefault();
      this.#read(end);
    } else if (event.key === "Escape") this.#giveUp(end);
    else return;
    event.stopPropagation();
  }

  #touch(end: End): void {
    this.#touched[end] = true;
    this.#refuse(null, null);
  }

  #giveUp(end: End): void {
    this.#putBack(end);
    this.#refuse(null, null);
  }

  #putBack(end: End): void {
    this.#touched[end] = false;
    this.#inputs[end].value = this.#shown[end];
  }

  #read(end: End): void {
    const view = this.#view;
    if (!view || !this.#touched[end]) return;
    const { value } = this.#inputs[end];
    const { pick, swept, groups, guessing } = view;
    const why = guessing ? notTested(value, swept) : null;
    const result = why ?? typed(value, end, pick, swept, groups === 1);
    if (typeof result !== "string" || !guessing) this.#putBack(end);
    if (typeof result === "string") this.#refuse(end, result);
    else {
      this.#refuse(null, null);
      this.#commit(result);
    }
  }

  /** Says beside the fields why a text was refused; null takes the words away. */
  #refuse(end: End | null, reason: string | null): void {
    this.#refused = end;
    for (const each of ENDS) {
      setAttribute(this.#inputs[each], "aria-invalid", each === end ? "true" : null);
      setAttribute(this.#inputs[each], "aria-describedby", each === end ? this.#alert.id : null);
    }
    setText(this.#alert, reason ?? "");
    this.#ratio.hidden = reason !== null;
  }
}

function makeInput(id: string): HTMLInputElement {
  return make("input", "input", {
    id,
    type: "text",
    inputmode: "text",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    placeholder: words.none,
    "data-lm-suppress-shortcuts": "true",
  });
}
