import assert from "node:assert/strict";
import { test } from "node:test";
import { KeptGuesses } from "../../src/practice/kept-guesses.ts";

/** A browser's storage, of which one can have too much. */
class FakeStorage implements Storage {
  readonly #held = new Map<string, string>();
  full = false;

  get length(): number {
    return this.#held.size;
  }
  key(index: number): string | null {
    return [...this.#held.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.#held.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    if (this.full) throw new DOMException("no room", "QuotaExceededError");
    this.#held.set(key, value);
  }
  removeItem(key: string): void {
    this.#held.delete(key);
  }
  clear(): void {
    this.#held.clear();
  }
}

const GUESS = { lo: 1e-3, hi: 1e-2, why: "the fall" };

test("guesses are there when the page is opened anew, those of another page are not", () => {
  const storage = new FakeStorage();
  new KeptGuesses("a", storage).keep("collab", GUESS);
  assert.deepEqual(new KeptGuesses("a", storage).get("collab"), GUESS);
  assert.equal(new KeptGuesses("a", storage).get("digits"), undefined);
  assert.equal(new KeptGuesses("b", storage).get("collab"), undefined);
});

test("two tabs of one page keep both their guesses, and of two for one case the earlier", () => {
  const storage = new FakeStorage();
  const [one, other] = [new KeptGuesses("a", storage), new KeptGuesses("a", storage)];
  one.keep("collab", GUESS);
  other.keep("digits", { ...GUESS, hi: 2e-2 });
  other.keep("collab", { ...GUESS, hi: 3e-2 });
  assert.deepEqual(other.get("collab"), GUESS);
  assert.deepEqual(one.refresh(), ["digits"]);
  assert.deepEqual(one.refresh(), []);
  const later = new KeptGuesses("a", storage);
  assert.deepEqual([later.get("collab"), later.get("digits")], [GUESS, { ...GUESS, hi: 2e-2 }]);
});

test("what is forgotten stays so", () => {
  const storage = new FakeStorage();
  const kept = new KeptGuesses("a", storage);
  kept.keep("collab", GUESS);
  kept.forget();
  assert.equal(kept.get("collab"), undefined);
  assert.equal(storage.length, 0);
});

test("without storage, or without room in it, they last as long as the page", () => {
  const full = new FakeStorage();
  full.full = true;
  for (const storage of [null, full]) {
    const kept = new KeptGuesses("a", storage);
    kept.keep("collab", GUESS);
    assert.deepEqual(kept.get("collab"), GUESS);
    kept.forget();
    assert.equal(kept.get("collab"), undefined);
  }
});

test("what something else has left there is no guess", () => {
  const bad = [
    { lo: 0, hi: 1, why: "" },
    { lo: 2, hi: 1, why: "" },
    { lo: 1, hi: "2", why: 3 },
    { lo: 1, why: "" },
    {},
  ];
  for (const left of ["", "{", "null", "5", "[5]", "[[]]", '{"a":1}']) {
    const storage = new FakeStorage();
    storage.setItem("a", left);
    assert.equal(new KeptGuesses("a", storage).get("collab"), undefined, left);
  }
  for (const guess of bad) {
    const storage = new FakeStorage();
    storage.setItem("a", JSON.stringify([["collab", guess]]));
    assert.equal(new KeptGuesses("a", storage).get("collab"), undefined);
  }
});
