// A line of code, or of other text, with a button that copies it.

import { sentences } from "../base/sentences.ts";
import { make, setAttribute, setText } from "../dom/elements.ts";

const SAID_MS = 2000;

export class CodeLine {
  readonly #code = make("code", "code");
  readonly #copy = make("button", "button copy", { type: "button" });
  readonly #said = make("span", "sr-only", { role: "status" });

  /** `label` says on the button what is copied, where that is no code. */
  constructor(row: HTMLElement, signal: AbortSignal, label: string = sentences.copy.label) {
    setText(this.#copy, label);
    row.append(this.#code, this.#copy, this.#said);
    let timer: ReturnType<typeof setTimeout>;
    this.#copy.addEventListener(
      "click",
      async () => {
        const word = (await copyText(this.#code.textContent ?? ""))
          ? sentences.copy.done
          : sentences.copy.failed;
        setText(this.#copy, word);
        setText(this.#said, word);
        clearTimeout(timer);
        timer = setTimeout(() => {
          setText(this.#copy, label);
          setText(this.#said, "");
        }, SAID_MS);
      },
      { signal },
    );
    signal.addEventListener("abort", () => clearTimeout(timer));
  }

  /** A line that does not run yet is muted, and not to be copied. */
  show(code: string, runs: boolean): void {
    setText(this.#code, code);
    setAttribute(this.#code, "title", code);
    this.#code.classList.toggle("lrw-muted", !runs);
    this.#copy.disabled = !runs;
  }
}

/** Copies by the clipboard, else by the older command: the clipboard is for secure pages only. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make("textarea", "sr-only", {}, text);
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
