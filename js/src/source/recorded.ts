// A picker without a kernel: the state that `picker.save_html` has written into a page. A pick that
// a hand makes stands there until the page is closed.

import { Listeners } from "../base/listeners.ts";
import type { Source, State } from "./types.ts";

interface Wrapped {
  readonly $bytes?: unknown;
  readonly $number?: unknown;
}

/** Unwraps what JSON cannot hold (lr_widget/widget/export.py): bytes, and numbers that are not finite. */
export function revive(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 1) return value;
  const { $bytes, $number } = value as Wrapped;
  if (typeof $number === "string") {
    return { nan: NaN, inf: Infinity, "-inf": -Infinity }[$number] ?? value;
  }
  if (typeof $bytes === "string") {
    return Uint8Array.from(atob($bytes), (sign) => sign.charCodeAt(0));
  }
  return value;
}

/** A source over a state that nobody else changes. */
export function recordedSource(state: Record<string, unknown>): Source {
  const listeners = new Listeners();
  return {
    live: false,
    get: <K extends keyof State>(name: K) => state[name] as State[K],
    setValue(value, onHandled) {
      state.value = value && [...value];
      listeners.tell();
      onHandled();
    },
    // Nothing but the pick ever changes.
    subscribe(name, listener, signal) {
      if (name === "value") listeners.add(listener, signal);
    },
    receive: () => undefined,
    send: () => undefined,
    kernel: null,
  };
}
