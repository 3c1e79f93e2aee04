// The button that ends a running sweep or trial; where the page cannot, a few words instead that say
// what the host has for it.

import { sentences } from "../base/sentences.ts";
import { make, setText, setUsable } from "../dom/elements.ts";
import type { StopView } from "../model/stop-request.ts";

export class StopControl {
  readonly #button = make(
    "button",
    "button stop",
    { type: "button" },
    make("i", "stop-icon"),
    sentences.stop.label,
  );
  readonly #hint = make("span", "stop-hint muted");

  constructor(onStop: () => void, signal: AbortSignal) {
    this.#button.addEventListener("click", onStop, { signal });
  }

  get elements(): readonly HTMLElement[] {
    return [this.#button, this.#hint];
  }

  /** Null where nothing runs. */
  show(stop: StopView | null): void {
    const elsewhere = stop?.phase === "elsewhere";
    this.#button.hidden = !stop || elsewhere;
    setUsable(this.#button, stop?.phase === "ready");
    this.#hint.hidden = !elsewhere;
    setText(this.#hint, stop?.hint ?? "");
  }
}
