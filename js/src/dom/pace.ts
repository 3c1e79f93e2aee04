// Spaces draws out. The page shares the machine with the kernel that trains, so drawing may take
// only a fraction of the time: the next draw waits for a multiple of what the last two took at least.

const REST = 4;
/** A page in a hidden tab paints no frames. */
const UNPAINTED_MS = 200;

/** How long the next frame takes to be laid out and painted, without the wait for it. */
function paint_ms(): Promise<number> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      const begin = performance.now();
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve(performance.now() - begin);
      };
      port2.postMessage(null);
    });
  });
}

/** Resolves once the next frame is painted; after a while also where a page paints none. */
export async function nextPaint(): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, UNPAINTED_MS));
  await Promise.race([paint_ms(), late]);
}

export class Pace {
  readonly #draw: () => Promise<void>;
  readonly #signal: AbortSignal;
  readonly #least_ms: number;
  #wanted = false;
  #busy = false;
  /** How long the last draw took, with its paint. */
  #last_ms = Infinity;

  /** `least_ms` is the least time between two draws. */
  constructor(draw: () => Promise<void>, signal: AbortSignal, least_ms = 0) {
    this.#draw = draw;
    this.#signal = signal;
    this.#least_ms = least_ms;
  }

  /** Draws in one of the next frames. Requests made meanwhile are one request. */
  request(): void {
    this.#wanted = true;
    if (!this.#busy) void this.#loop();
  }

  async #loop(): Promise<void> {
    this.#busy = true;
    try {
      while (this.#wanted && !this.#signal.aborted) {
        this.#wanted = false;
        await new Promise(requestAnimationFrame);
        if (this.#signal.aborted) return;
        const begin = performance.now();
        await this.#draw();
        const draw_ms = performance.now() - begin + (await paint_ms());
        // One long draw among short ones is one that is spaced out by itself (Plotly's): a rest
        // after it would hold up the points that come next.
        const rest_ms = Math.max(this.#least_ms, REST * Math.min(draw_ms, this.#last_ms));
        this.#last_ms = draw_ms;
        await new Promise((resolve) => setTimeout(resolve, rest_ms));
      }
    } finally {
      this.#busy = false;
    }
  }
}
