// Where what only practice needs goes into a view: its parts come as a module of their own, which is
// brought as soon as there is something to practise. This folder knows what the module is given and
// what it gives, and nothing of what it does.

import { say, sentences } from "../base/sentences.ts";
import { make } from "../dom/elements.ts";
import type { RootStyles } from "../dom/root-styles.ts";
import type { Theme } from "../dom/theme.ts";
import type { Axis } from "../math/scale.ts";
import type { Picker } from "../model/picker.ts";
import { CodeLine } from "../rows/copyable-code.ts";
import type { Frame } from "./frame.ts";

/** What the parts are given of the view that they stand in. */
export interface PracticeHost {
  readonly picker: Picker;
  readonly frame: Frame;
  /** What the main bundle says: the parts' own would hold all of it once more. */
  readonly sentences: typeof sentences;
  /** A line of text with a button that copies it and says so, at the end of a row. */
  copyable(row: HTMLElement, label: string): { show(text: string, ready: boolean): void };
  /** Adds a style sheet to those of the view, wherever it stands. */
  style(css: string): void;
}

export interface PracticeView {
  readonly axis: Axis;
  readonly theme: Theme;
  readonly width_px: number;
}

export interface PracticeParts {
  show(view: PracticeView): void;
}

/** What the module exports. */
export interface PracticeModule {
  attach(host: PracticeHost, signal: AbortSignal): PracticeParts;
}

export class PracticeSlot {
  readonly #host: PracticeHost;
  readonly #signal: AbortSignal;
  #parts: PracticeParts | null = null;
  #asked = false;
  #view: PracticeView | null = null;

  constructor(picker: Picker, frame: Frame, styles: RootStyles, signal: AbortSignal) {
    this.#signal = signal;
    this.#host = {
      picker,
      frame,
      sentences,
      copyable: (row, label) => new CodeLine(row, signal, label),
      style: (css) => styles.add(css, frame.root),
    };
  }

  show(view: PracticeView): void {
    this.#view = view;
    if (this.#parts) this.#parts.show(view);
    else if (this.#host.picker.practice.stage && !this.#asked) void this.#fetch();
  }

  async #fetch(): Promise<void> {
    this.#asked = true;
    const { picker, frame } = this.#host;
    try {
      const module = (await picker.source.practice()) as PracticeModule;
      if (this.#signal.aborted) return;
      this.#parts = module.attach(this.#host, this.#signal);
      this.#parts.show(this.#view!);
    } catch (error) {
      if (this.#signal.aborted) return;
      picker.replay(null); // nothing will draw the curve again
      picker.report(error);
      const words = say(sentences.parts.failed, { error: String(error) });
      frame.root.append(make("p", "muted", { role: "alert" }, words));
    }
  }
}
