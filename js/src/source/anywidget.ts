// A source over a live kernel. Only this file and the loader know anywidget.

import { PracticeBundle } from "./practice-bundle.ts";
import type { Message, Source, State } from "./types.ts";
import type { Model } from "./widget-model.ts";

export type { Model };

/**
 * One per model, made by the loader: it keeps the messages that come before the bundle is there.
 */
export interface Inbox {
  readonly model: Model;
  readonly waiting: Message[];
  deliver: ((message: Message) => void) | null;
  /** What all views of the model share, made by the bundle. */
  shared?: unknown;
}

/**
 * Calls back once the kernel has handled a `save_changes`. ipywidgets' models pass callbacks on to
 * the comm, whose messages report "idle" when their handling has ended; other hosts ignore them.
 */
function whenHandled(onHandled: () => void): unknown {
  return {
    iopub: {
      status: (message: { content?: { execution_state?: string } }) => {
        if (message.content?.execution_state === "idle") onHandled();
      },
    },
  };
}

/** Wraps anywidget's model (that of `initialize`, which lives as long as the model does). */
export function sourceOf(inbox: Inbox): Source {
  const { model } = inbox;
  const bundle = new PracticeBundle(model);
  return {
    live: true,
    get: <K extends keyof State>(name: K) => model.get(name) as State[K],
    setValue(value, onHandled, name = "value") {
      model.set(name, value && [...value]);
      // Where the handles stand before a guess is no pick: marimo runs cells for what is written.
      if (name === "_handles") model.send({ type: "handles", pick: value });
      else model.save_changes(whenHandled(onHandled));
    },
    subscribe(name, listener, signal) {
      if (signal?.aborted) return;
      // Listeners take no arguments and read the model again: what is passed differs between hosts.
      const call = () => listener();
      model.on(`change:${name}`, call);
      signal?.addEventListener("abort", () => model.off(`change:${name}`, call), { once: true });
    },
    receive(listener) {
      const deliver = (message: Message) => bundle.receive(message) || listener(message);
      inbox.deliver = deliver;
      for (const message of inbox.waiting.splice(0)) deliver(message);
    },
    send: (content) => model.send(content),
    get kernel() {
      return model.widget_manager?.kernel ?? null;
    },
    async answers() {
      try {
        // The widget that holds the bundle lives as long as its kernel; no model knows its own id.
        const id = model.get("_bundle_id") as string;
        return (await model.widget_manager!.get_model(id)).comm_live !== false;
      } catch {
        return true; // this host does not tell
      }
    },
    practice: () => bundle.load(),
  };
}
