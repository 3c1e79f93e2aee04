// Ends a running sweep, or running trials, from the page. A message to the kernel would wait for
// the end of the cell, so Stop asks the Jupyter server for an interrupt, which the sweep takes as
// "stop and return".

import { clock, type Timer } from "../base/clock.ts";
import type { Source } from "../source/types.ts";

/** A run that still runs this long after its interrupt was sent may have lost it. */
const LOST_MS = 2500;

/** Where a Jupyter page says how to reach its server. */
export interface Server {
  readonly baseUrl: string;
  readonly token: string;
  readonly xsrf: string;
}

/**
 * Reads the page's Jupyter configuration; null where there is none (VS Code, Colab, exported
 * pages).
 */
export function jupyterServer(page: Document): Server | null {
  const text = page.getElementById("jupyter-config-data")?.textContent;
  if (!text) return null;
  let config: Record<string, unknown>;
  try {
    config = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null; // some other page's element of that name
  }
  if (typeof config.baseUrl !== "string") return null;
  const xsrf = /(?:^|;\s*)_xsrf=([^;]*)/.exec(page.cookie)?.[1] ?? "";
  return {
    baseUrl: config.baseUrl.replace(/\/*$/, "/"),
    token: typeof config.token === "string" ? config.token : "",
    xsrf: decodeURIComponent(xsrf),
  };
}

/** Asks the server to interrupt a kernel; true if it did. */
export async function interrupt(
  server: Server,
  kernelId: string,
  send: typeof fetch = fetch,
): Promise<boolean> {
  const headers: Record<string, string> = {};
  if (server.xsrf) headers["X-XSRFToken"] = server.xsrf;
  if (server.token) headers.Authorization = `token ${server.token}`;
  try {
    const url = `${server.baseUrl}api/kernels/${encodeURIComponent(kernelId)}/interrupt`;
    const answer = await send(url, { method: "POST", headers, credentials: "same-origin" });
    return answer.ok;
  } catch {
    return false; // the server cannot be reached: the caller says what else to do
  }
}

export type StopPhase = "ready" | "stopping" | "by hand";

/**
 * The one request to stop that a run has at a time, shared by all views of a model. An interrupt
 * that comes after the sweep would hit the next cell: none is sent unless the sweep is running, and
 * none without a click. One that the kernel took for a late one of the sweep before is lost, so the
 * button comes back after a while.
 */
export class StopRequest {
  readonly #source: Source;
  readonly #server: () => Server | null;
  readonly #interrupt: typeof interrupt;
  readonly #run: () => string;
  readonly #running: () => boolean;
  readonly #onChange: () => void;
  readonly #timer: Timer;
  #asked: { run: string; phase: StopPhase } | null = null;

  constructor(options: {
    source: Source;
    run: () => string;
    /** Whether it runs: an interrupt that comes later would hit something else. */
    running: () => boolean;
    onChange: () => void;
    server?: () => Server | null;
    interrupt?: typeof interrupt;
    timer?: Timer;
  }) {
    this.#source = options.source;
    this.#run = options.run;
    this.#running = options.running;
    this.#onChange = options.onChange;
    this.#server = options.server ?? (() => jupyterServer(document));
    this.#interrupt = options.interrupt ?? interrupt;
    this.#timer = options.timer ?? clock;
  }

  get phase(): StopPhase {
    return this.#asked?.run === this.#run() ? this.#asked.phase : "ready";
  }

  async ask(): Promise<void> {
    const run = this.#run();
    if (!this.#running() || this.phase !== "ready") return;
    const asked: { run: string; phase: StopPhase } = { run, phase: "stopping" };
    this.#asked = asked;
    this.#onChange();
    const server = this.#server();
    const kernelId = this.#source.get("_kernel_id");
    if (server && kernelId && (await this.#interrupt(server, kernelId))) {
      this.#timer.after(LOST_MS, () => this.#giveBack(asked));
      return;
    }
    if (this.#asked !== asked || !this.#running()) return;
    // No way to interrupt from here: a kernel that listens while it runs may still read this.
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
