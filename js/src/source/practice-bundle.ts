// What only practice needs, from a live kernel: as the loader fetches the bundle, but only where
// somebody practises. It is named by the widget that holds it, and kept on the page.

import { clock, type Timer } from "../base/clock.ts";
import { fetched, fromAsset } from "./fetched.ts";
import type { Bytes, Message } from "./types.ts";
import { unpack } from "./unpack.ts";
import type { Model } from "./widget-model.ts";

export class PracticeBundle {
  static readonly #kept = new Map<unknown, Promise<unknown>>();
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
    const asset = () => fromAsset(this.#model, id, this.#timer);
    return fetched(PracticeBundle.#kept, id, asset, () => this.#fromPicker(), this.#unpack);
  }

  /** True if the message is the picker's answer, which is for nobody else. */
  receive({ content, buffers }: Message): boolean {
    if (content.type !== "practice") return false;
    if (buffers[0]) this.#answer(buffers[0]);
    return true;
  }

  #fromPicker(): Promise<Bytes> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#model.send({ type: "practice" });
    });
  }
}
