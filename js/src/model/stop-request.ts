// Ends a running sweep, or running trials, from the page: asks for an interrupt, which the sweep
// takes as "stop and return".

import { clock, type Timer } from "../base/clock.ts";
import { sentences } from "../base/sentences.ts";
import { hostKind } from "../dom/host-kind.ts";
import type { Source } from "../source/types.ts";
import { type StopWay, stopWays } from "./stop-ways.ts";

/** A run that still runs this long after its interrupt was sent may have lost it. */
const LOST_MS = 2500;

/** "elsewhere": the page has no way to stop it, and `hint` says what the host has. */
export type StopPhase = "ready" | "stopping" | "by hand" | "elsewhere";

/** What the views show of it. */
export interface StopView {
  readonly phase: StopPhase;
  readonly hint: string;
}

/** What there is on the page when a run begins. */
interface Found {
  readonly run: string;
  readonly ways: readonly StopWay[];
}

/**
 * The one request to stop that a run has at a time, shared by all views of a model. An interrupt
 * that comes after the sweep would hit the next cell: none is sent unless the sweep is running, and
 * none without a click. One that the kernel took for a late one of the sweep before is lost, so the
 * button comes back after a while.
 */
export class StopRequest {
  readonly #source: Source;
  readonly #findWays: () => readonly StopWay[];
  readonly #findHint: () => string;
  readonly #run: () => string;
  readonly #running: () => boolean;
  readonly #onChange: () => void;
  readonly #timer: Timer;
  #found: Found | null = null;
  #asked: { run: string; phase: StopPhase } | null = null;

  constructor(options: {
    source: Source;
    run: () => string;
    /** Whether it runs: an interrupt that comes later would hit something else. */
    running: () => boolean;
    onChange: () => void;
    ways?: () => readonly StopWay[];
    hint?: () => string;
    timer?: Timer;
  }) {
    const { source } = options;
    this.#source = source;
    this.#run = options.run;
    this.#running = options.running;
    this.#onChange = options.onChange;
    this.#findWays =
      options.ways ?? (() => stopWays(source.kernel, source.get("_kernel_id"), document));
    this.#findHint = options.hint ?? (() => sentences.stop.elsewhere[hostKind(document)]);
    this.#timer = options.timer ?? clock;
  }

  get phase(): StopPhase {
    if (this.#asked?.run === this.#run()) return this.#asked.phase;
    return this.#running() && this.#ways.length === 0 ? "elsewhere" : "ready";
  }

  get view(): StopView {
    const { phase } = this;
    return { phase, hint: phase === "elsewhere" ? this.#findHint() : "" };
  }

  /** Looked for once for each run: a page's configuration is long, and views ask all the time. */
  get #ways(): readonly StopWay[] {
    const run = this.#run();
    if (this.#found?.run !== run) this.#found = { run, ways: this.#findWays() };
    return this.#found.ways;
  }

  async ask(): Promise<void> {
    const run = this.#run();
    if (!this.#running() || this.phase !== "ready") return;
    const asked: { run: string; phase: StopPhase } = { run, phase: "stopping" };
    this.#asked = asked;
    this.#onChange();
    for (const way of this.#ways) {
      if (await way()) {
        this.#timer.after(LOST_MS, () => this.#giveBack(asked));
        return;
      }
      if (this.#asked !== asked || !this.#running()) return;
    }
    // No way has worked: a kernel that listens while it runs may still read this.
    this.#source.send({ type: "stop", run });
    asked.phase = "by hand";
    this.#onChange();
  }

  #giveBack(asked: { run: string }): void {
    if (this.#asked !== asked || asked.run !== this.#run() || !this.#running()) return;
    this.#asked = null;
    this.#onChange();
  }
}
