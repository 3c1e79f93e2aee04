// The guesses made on a worksheet, kept in the browser: a phone may drop a page that it does not
// show, and open it anew.

import type { Guess } from "../source/types.ts";

export class KeptGuesses {
  readonly #key: string;
  readonly #storage: Storage | null;
  readonly #guesses: Map<string, Guess>;

  /** `storage` is null where the browser keeps nothing: then they last as long as the page. */
  constructor(key: string, storage: Storage | null) {
    this.#key = key;
    this.#storage = storage;
    this.#guesses = read(storage?.getItem(key) ?? null);
  }

  get(name: string): Guess | undefined {
    return this.#guesses.get(name);
  }

  /** A guess stands: one that was made in another tab meanwhile counts, and its others stay. */
  keep(name: string, guess: Guess): void {
    this.refresh();
    if (!this.#guesses.has(name)) this.#guesses.set(name, guess);
    try {
      this.#storage?.setItem(this.#key, JSON.stringify([...this.#guesses]));
    } catch {
      // There is no room: they last as long as the page.
    }
  }

  /** Reads what other tabs have kept; the names of what is new here. */
  refresh(): string[] {
    const stored = read(this.#storage?.getItem(this.#key) ?? null);
    const fresh = [...stored.keys()].filter((name) => !this.#guesses.has(name));
    for (const name of fresh) this.#guesses.set(name, stored.get(name)!);
    return fresh;
  }

  /** Whether what has changed in the browser's storage are these guesses; all of it has no key. */
  concerns({ key }: StorageEvent): boolean {
    return key === null || key === this.#key;
  }

  forget(): void {
    this.#guesses.clear();
    this.#storage?.removeItem(this.#key);
  }
}

/** The browser's storage; null where it has none for this page. */
export function browserStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** What another version or another page has left there is no guess. */
function read(text: string | null): Map<string, Guess> {
  try {
    const found = JSON.parse(text ?? "[]") as [string, Guess][];
    return new Map(found.filter(([, guess]) => isGuess(guess)));
  } catch {
    return new Map();
  }
}

function isGuess({ lo, hi, why }: Guess): boolean {
  return 0 < lo && lo <= hi && hi < Infinity && typeof why === "string";
}
