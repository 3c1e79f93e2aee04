// What only practice needs, from a live kernel: as the loader fetches the bundle, but only where
// somebody practises. It is named by the widget that holds it, and kept on the page.

import { clock, type Timer } from "../base/clock.ts";
import type { Bytes, Message } from "./types.ts";
import { unpack } from "./unpack.ts";
import type { Model } from "./widget-model.ts";

const LATE_MS = 3000;

export class PracticeBundle {
  static readonly #kept = new Map<string, Promise<unknown>>();
  readonly #model: Model;
  readonly #unpack: (bytes: Bytes) => Promise<unknown>;
  readonly #timer: Timer;
  #answer: (bytes: Bytes) => void = () => undefined;

  constructor(
    model: Model,
    how: { unpack: typeof unpack; timer: Timer } = { unpack, timer: clock },
  ) {
    this.#model = model;
    this.#unpack = how.unpack;
    this.#timer = how.timer;
  }

  load(): Promise<unknown> {
    const id = this.#model.get("_bundle_practice") as string;
    const kept = PracticeBundle.#kept;
    let loaded = kept.get(id);
    if (!loaded) {
      loaded = this.#fromAsset(id)
        .then(this.#unpack)
        .catch(() => this.#fromPicker().then(this.#unpack));
      kept.set(id, loaded);
      loaded.catch(() => kept.delete(id));
    }
    return loaded;
  }

  /** True if the message is the picker's answer, which is for nobody else. */
  receive({ content, buffers }: Message): boolean {
    if (content.type !== "practice") return false;
    if (buffers[0]) this.#answer(buffers[0]);
    return true;
  }

  /** Some hosts cannot reach it, and one that hangs is given up. */
  async #fromAsset(id: string): Promise<Bytes> {
    const late = new Promise<never>((_, reject) => this.#timer.after(LATE_MS, () => reject()));
    const asset = await Promise.race([this.#model.widget_manager!.get_model(id), late]);
    return asset.get("bundle") as Bytes;
  }

  #fromPicker(): Promise<Bytes> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#model.send({ type: "practice" });
    });
  }
}
