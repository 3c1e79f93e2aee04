// A guess on its way to the kernel: one for all views of a picker. The kernel answers by opening all
// that was withheld, or says why it has not taken the guess; it may also be busy, or gone.

import { clock, type Timer } from "../base/clock.ts";
import { Listeners } from "../base/listeners.ts";
import type { Interval } from "../math/scale.ts";
import type { Picker } from "../model/picker.ts";

/** An answer that takes longer may never come, and it may be pressed again. */
export const LATE_MS = 15_000;

/** "gone": nobody is there who could take it. */
export type GuessPhase = "ready" | "waiting" | "late" | "refused" | "gone";

export class GuessRequest {
  readonly #picker: Picker;
  readonly #timer: Timer;
  readonly #listeners = new Listeners();
  #phase: GuessPhase = "ready";
  /** The press that has not been answered yet. */
  #asked: object | null = null;
  #refused: Picker["refused"];

  constructor(picker: Picker, timer: Timer = clock) {
    this.#picker = picker;
    this.#timer = timer;
    this.#refused = picker.refused;
    picker.onChange(() => this.#onPicker());
    void this.#look();
  }

  get phase(): GuessPhase {
    return this.#phase;
  }

  /** Why the last one was refused, in words. */
  get why(): string {
    return this.#refused?.why ?? "";
  }

  /** Whether a guess can be handed in now. */
  get free(): boolean {
    return this.#picker.guessing && this.#picker.status !== "running" && this.#phase !== "waiting";
  }

  onChange(listener: () => void, signal?: AbortSignal): void {
    this.#listeners.add(listener, signal);
  }

  handIn(pick: Interval, why: string): void {
    if (!this.free) return;
    const asked = {};
    this.#asked = asked;
    this.#enter("waiting");
    this.#picker.source.send({ type: "guess", pick: [...pick], why });
    this.#timer.after(LATE_MS, () => {
      if (this.#asked === asked && this.#phase === "waiting") this.#enter("late");
    });
    void this.#look();
  }

  async #look(): Promise<void> {
    if (!(await this.#picker.source.answers()) && this.#picker.guessing) this.#end("gone");
  }

  #onPicker(): void {
    const { refused, guessing } = this.#picker;
    const isNew = refused !== this.#refused;
    this.#refused = refused;
    if (!this.#asked) return;
    if (!guessing) this.#end("ready");
    else if (isNew) this.#end("refused");
  }

  #end(phase: GuessPhase): void {
    this.#asked = null;
    this.#enter(phase);
  }

  #enter(phase: GuessPhase): void {
    this.#phase = phase;
    this.#listeners.tell();
  }
}

const requests = new WeakMap<Picker, GuessRequest>();

export function requestOf(picker: Picker): GuessRequest {
  let request = requests.get(picker);
  if (!request) {
    request = new GuessRequest(picker);
    requests.set(picker, request);
  }
  return request;
}
