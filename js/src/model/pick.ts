// The pick of one model, shared by all its views: what the kernel holds, what a hand is dragging,
// and what was let go of but has not come back yet.

import { clock, type Timer } from "../base/clock.ts";
import { Listeners } from "../base/listeners.ts";
import type { Interval } from "../math/scale.ts";
import type { PickName, Source } from "../source/types.ts";

/** How long an echo may follow the kernel's word that it has handled a commit. */
const ECHO_MS = 500;
/**
 * How long after a run its suggestion may still arrive, on hosts that never report a commit as
 * handled.
 */
const SUGGESTION_MS = 2000;

function samePick(a: Interval | null, b: Interval | null): boolean {
  return a === b || (a !== null && b !== null && a[0] === b[0] && a[1] === b[1]);
}

export class PickState {
  readonly #source: Source;
  readonly #timer: Timer;
  readonly #listeners = new Listeners();
  #drag: Interval | null = null;
  #dragging = false;
  /** Whether moves of this drag have been committed. */
  #dragSent = false;
  /** The last commit, until it is known to have arrived. */
  #sent: { pick: Interval | null; overtaken: boolean } | null = null;
  #moves: PickName;
  #hostReports = false;
  #ran_ms = -Infinity;

  constructor(source: Source, timer: Timer = clock) {
    this.#source = source;
    this.#timer = timer;
    this.#moves = this.#name;
    for (const name of ["value", "_handles"] as const) {
      source.subscribe(name, () => name === this.#name && this.#onValue());
    }
    source.subscribe("_practice", () => this.#onPractice());
    source.subscribe("status", () => {
      if (source.get("status") !== "running") this.#ran_ms = timer.now();
    });
  }

  /** What to show: the drag, else the last choice, else what the kernel holds. */
  get shown(): Interval | null {
    if (this.#dragging) return this.#drag;
    return this.#chosen;
  }

  get #chosen(): Interval | null {
    return this.#sent ? this.#sent.pick : this.#held;
  }

  /** Which trait the handles move: before a guess there is no pick yet. */
  get #name(): PickName {
    return this.#source.get("_practice")?.stage === "guess" ? "_handles" : "value";
  }

  get #held(): Interval | null {
    return this.#source.get(this.#name) ?? null;
  }

  get dragging(): boolean {
    return this.#dragging;
  }

  /** Calls `listener` whenever `shown` may have changed, until `signal` aborts. */
  onChange(listener: () => void, signal?: AbortSignal): void {
    this.#listeners.add(listener, signal);
  }

  beginDrag(): void {
    this.#drag = this.shown;
    this.#dragging = true;
    this.#dragSent = false;
  }

  drag(pick: Interval): void {
    this.#drag = pick;
    if (this.#source.get("continuous_update")) {
      this.#dragSent = true;
      this.#send(pick);
    }
    this.#tell();
  }

  /** Ends a drag. `keep` is the pick to commit; null puts back `before`, what was shown first. */
  endDrag(keep: Interval | null, before: Interval | null): void {
    this.#dragging = false;
    this.#drag = null;
    if (keep) this.commit(keep);
    // With continuous_update the moves have been committed already, so the way back is a commit
    // too. If none has been, null must not take away a pick that the kernel has set meanwhile.
    else if (before || this.#dragSent) this.commit(before);
    else this.#tell();
  }

  /** Hands a pick to the kernel, null for none. */
  commit(pick: Interval | null): void {
    if (!samePick(pick, this.#chosen)) this.#send(pick);
    this.#tell();
  }

  #send(pick: Interval | null): void {
    const sent = { pick, overtaken: false };
    this.#sent = sent;
    this.#source.setValue(pick, () => this.#onHandled(sent), this.#name);
  }

  #onHandled(sent: { pick: Interval | null }): void {
    this.#hostReports = true;
    const settle = () => {
      if (this.#sent !== sent) return;
      this.#sent = null;
      this.#tell();
    };
    if (samePick(this.#held, sent.pick)) settle();
    else this.#timer.after(ECHO_MS, settle);
  }

  /**
   * The kernel's value has changed. While a commit of ours is on its way, another value is older
   * than the hand's choice (the suggestion at the end of the sweep): the choice will follow it.
   */
  #onValue(): void {
    const sent = this.#sent;
    if (sent) {
      if (!samePick(this.#held, sent.pick)) {
        if (this.#isOnItsWay()) sent.overtaken = true;
        else this.#sent = null;
      } else if (sent.overtaken) this.#sent = null;
    }
    if (!this.#dragging) this.#tell();
  }

  /** After a guess the handles move another trait, and what was on its way was for the one before. */
  #onPractice(): void {
    const name = this.#name;
    if (name === this.#moves) return;
    this.#moves = name;
    this.#sent = null;
    if (!this.#dragging) this.#tell();
  }

  /** Without a report from the host, only a busy kernel is sure not to have handled the commit. */
  #isOnItsWay(): boolean {
    if (this.#hostReports || this.#source.get("status") === "running") return true;
    return this.#timer.now() - this.#ran_ms < SUGGESTION_MS;
  }

  #tell(): void {
    this.#listeners.tell();
  }
}
