// Who wants to know of a change, until they no longer do.

export class Listeners {
  readonly #all = new Set<() => void>();

  /** Calls `listener` at each change, until `signal` aborts. */
  add(listener: () => void, signal?: AbortSignal): void {
    if (signal?.aborted) return;
    this.#all.add(listener);
    signal?.addEventListener("abort", () => this.#all.delete(listener), { once: true });
  }

  /** Those that are added or leave meanwhile do not count. */
  tell(): void {
    for (const listener of [...this.#all]) listener();
  }
}
