// Draws a recorded curve again: how many of its points may be seen, as time goes by or step by step.
// Shared by all views of a picker.

import { clock, type Timer } from "../base/clock.ts";
import { Listeners } from "../base/listeners.ts";

/** What the whole curve takes at speed 1. */
export const WHOLE_MS = 8000;
const FRAME_MS = 40;
/** For who wants less motion it does not grow, but comes in so many pieces. */
export const PIECES = 12;
/** A step is so large a part of the curve, and a point at least. */
const STEPS = 100;

export interface ReplayOptions {
  /** The rates of the curve, in their order. */
  readonly lrs: () => readonly number[];
  /** Lets only the first points be seen, in a replay with an id; null for all of them. */
  readonly limit: (limit: { readonly id: string; readonly steps: number } | null) => void;
  /** Whether less motion is wanted. */
  readonly piecewise: () => boolean;
  readonly timer?: Timer;
}

/** "held" is a pause that was asked for beforehand. */
export type Phase = "ended" | "playing" | "paused" | "held";

export class Replay {
  readonly #options: ReplayOptions;
  readonly #timer: Timer;
  readonly #listeners = new Listeners();
  #count = 0;
  #phase: Phase = "ended";
  #speed = 1;
  #until: number | null = null;
  /** How many points have come, also parts of the next one. */
  #at = 0;
  #shown = -1;
  #hold = Infinity;
  #ticked_ms = 0;
  /** The ticks that count: another one after every pause. */
  #ticks: object | null = null;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#timer = options.timer ?? clock;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Whether there has ever been one. */
  get begun(): boolean {
    return this.#count > 0;
  }

  /** The rate of the newest point that can be seen; null where there is none. */
  get lr(): number | null {
    return this.#options.lrs()[this.#shown - 1] ?? null;
  }

  onChange(listener: () => void, signal?: AbortSignal): void {
    this.#listeners.add(listener, signal);
  }

  /** From now on at this speed, and with a stop at this rate. */
  set(speed: number, until: number | null): void {
    this.#speed = speed;
    this.#until = until;
  }

  /** Begins anew. */
  start(): void {
    this.#begin();
    this.#play();
  }

  pause(): void {
    if (this.#phase === "playing") this.#enter("paused");
  }

  /** Goes on after a pause, also where it was held. */
  goOn(): void {
    if (this.#phase === "held") this.#hold = Infinity;
    if (this.#phase !== "ended" && this.#phase !== "playing") this.#play();
  }

  /** One step more, and a pause; after the end, the first one. */
  step(): void {
    if (this.#phase === "ended") this.#begin();
    if (this.#phase === "held") this.#hold = Infinity;
    this.#enter("paused");
    this.#advance(Math.max(1, Math.round(this.#total / STEPS)));
  }

  /** Shows the whole curve. */
  end(): void {
    if (this.#phase === "ended") return;
    this.#options.limit(null);
    this.#enter("ended");
  }

  get #total(): number {
    return this.#options.lrs().length;
  }

  #begin(): void {
    this.#count += 1;
    this.#at = 0;
    this.#shown = -1;
    const until = this.#until;
    this.#hold = until === null ? Infinity : countUpTo(this.#options.lrs(), until);
    this.#show();
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    if (phase !== "playing") this.#ticks = null;
    this.#listeners.tell();
  }

  #play(): void {
    this.#ticked_ms = this.#timer.now();
    this.#ticks = {};
    this.#enter("playing");
    this.#wait(this.#ticks);
  }

  #wait(ticks: object): void {
    const piece_ms = WHOLE_MS / this.#speed / PIECES;
    const wait_ms = this.#options.piecewise() ? piece_ms : FRAME_MS;
    this.#timer.after(wait_ms, () => ticks === this.#ticks && this.#tick(ticks));
  }

  #tick(ticks: object): void {
    const now = this.#timer.now();
    const whole = this.#total;
    const share = (now - this.#ticked_ms) / (WHOLE_MS / this.#speed);
    this.#ticked_ms = now;
    this.#advance(this.#options.piecewise() ? Math.ceil(whole / PIECES) : whole * share);
    if (ticks === this.#ticks) this.#wait(ticks);
  }

  #advance(points: number): void {
    const before = this.#hold;
    this.#at = Math.min(this.#at + points, before);
    if (this.#at >= this.#total) {
      this.end();
      return;
    }
    this.#show();
    if (this.#at >= before) this.#enter("held");
    else if (this.#phase === "paused") this.#listeners.tell();
  }

  #show(): void {
    const steps = Math.floor(this.#at);
    if (steps === this.#shown) return;
    this.#shown = steps;
    this.#options.limit({ id: `replay ${this.#count}`, steps });
  }
}

/** How many of rising rates are at most `lr`. */
function countUpTo(lrs: readonly number[], lr: number): number {
  const beyond = lrs.findIndex((each) => each > lr);
  return beyond < 0 ? lrs.length : beyond;
}
