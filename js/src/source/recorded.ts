// A picker without a kernel: the state that `picker.save_html` has written into a page. A pick that
// a hand makes stands there until the page is closed; so does a guess, which opens what was sealed.

import { Listeners } from "../base/listeners.ts";
import type { Interval } from "../math/scale.ts";
import type { Bytes, Practice, Source, State } from "./types.ts";

/** What of the state is another one after the guess, as the bytes of its JSON. */
const SEALED = "_sealed";

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

/** The state after a guess; null where none is wanted. */
function opened(
  state: Readonly<Record<string, unknown>>,
  pick: Interval,
  why: string,
): Record<string, unknown> | null {
  const sealed = state[SEALED] as Bytes | undefined;
  if (!sealed) return null;
  const told = JSON.parse(new TextDecoder().decode(sealed), revive);
  const guess = { lo: pick[0], hi: pick[1], why };
  return { ...told, value: [...pick], _practice: { ...(told._practice as Practice), guess } };
}

/**
 * A source over a state that nobody else changes. `practice` brings the module that only practice
 * needs, where the page has it.
 */
export function recordedSource(
  state: Record<string, unknown>,
  practice: () => Promise<unknown> = () => Promise.reject(new Error("it is not in this page")),
): Source {
  const listeners = new Map<string, Listeners>();
  const tell = (names: Iterable<string>) => {
    for (const name of names) listeners.get(name)?.tell();
  };
  return {
    live: false,
    get: <K extends keyof State>(name: K) => state[name] as State[K],
    setValue(value, onHandled, name = "value") {
      state[name] = value && [...value];
      tell([name]);
      onHandled();
    },
    subscribe(name, listener, signal) {
      if (!listeners.has(name)) listeners.set(name, new Listeners());
      listeners.get(name)!.add(listener, signal);
    },
    receive: () => undefined,
    send({ type, pick, why }) {
      const told = type === "guess" ? opened(state, pick as Interval, String(why)) : null;
      if (!told) return;
      delete state[SEALED];
      Object.assign(state, told);
      tell(Object.keys(told));
    },
    answers: async () => true,
    practice,
    kernel: null,
  };
}
