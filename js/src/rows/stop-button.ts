// The button that ends a running sweep or trial.

import { sentences } from "../base/sentences.ts";
import { make } from "../dom/elements.ts";

export function stopButton(): HTMLButtonElement {
  const icon = make("i", "stop-icon");
  return make("button", "button stop", { type: "button" }, icon, sentences.stop.label);
}
