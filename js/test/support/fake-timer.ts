// A clock that goes only when a test says so.

import type { Timer } from "../../src/base/clock.ts";

export class FakeTimer implements Timer {
  #now_ms = 0;
  #waiting: { at: number; call: () => void }[] = [];

  now(): number {
    return this.#now_ms;
  }

  after(ms: number, call: () => void): void {
    this.#waiting.push({ at: this.#now_ms + ms, call });
  }

  wait(ms: number): void {
    this.#now_ms += ms;
    const due = this.#waiting.filter(({ at }) => at <= this.#now_ms);
    this.#waiting = this.#waiting.filter(({ at }) => at > this.#now_ms);
    for (const { call } of due) call();
  }
}
