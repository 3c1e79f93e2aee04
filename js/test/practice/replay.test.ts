// A curve that is drawn again: by a clock that goes only when a test says so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PIECES, Replay, WHOLE_MS } from "../../src/practice/replay.ts";
import { FakeTimer } from "../support/fake-timer.ts";

const LRS = Array.from({ length: 100 }, (_, i) => 10 ** (i / 12.5 - 7));

/** A replay, and what it has let be seen, newest last; null for the whole curve. */
function begun({ piecewise = false, lrs = LRS } = {}) {
  const timer = new FakeTimer();
  const seen: (number | null)[] = [];
  const replay = new Replay({
    lrs: () => lrs,
    limit: (limit) => seen.push(limit?.steps ?? null),
    piecewise: () => piecewise,
    timer,
  });
  return { timer, seen, replay };
}

/** Lets time go by as a browser does, a bit at a time. */
function wait(timer: FakeTimer, ms: number): void {
  for (let gone = 0; gone < ms; gone += 10) timer.wait(10);
}

test("it begins with nothing, grows in the order of the points, and ends with all", () => {
  const { timer, seen, replay } = begun();
  replay.start();
  assert.deepEqual(seen, [0]);
  wait(timer, WHOLE_MS / 2);
  assert.equal(replay.phase, "playing");
  assert.ok(Math.abs(seen.at(-1)! - 50) <= 2, String(seen.at(-1)));
  wait(timer, WHOLE_MS);
  assert.equal(replay.phase, "ended");
  assert.equal(seen.at(-1), null);
  const grown = seen.slice(0, -1) as number[];
  assert.deepEqual(
    grown,
    grown.toSorted((a, b) => a - b),
  );
});

test("twice as fast is half the time", () => {
  const { timer, replay } = begun();
  replay.set(2, null);
  replay.start();
  wait(timer, WHOLE_MS / 2 + 100);
  assert.equal(replay.phase, "ended");
});

test("a pause stands still, and it goes on from there", () => {
  const { timer, seen, replay } = begun();
  replay.start();
  wait(timer, 2000);
  replay.pause();
  const count = seen.length;
  wait(timer, WHOLE_MS);
  assert.equal(seen.length, count);
  assert.equal(replay.phase, "paused");
  replay.goOn();
  wait(timer, 100);
  assert.ok(seen.at(-1)! <= seen[count - 1]! + 3, "the time of the pause counted");
  wait(timer, WHOLE_MS);
  assert.equal(seen.at(-1), null);
});

test("a step is one point, pauses, and begins anew after the end", () => {
  const { timer, seen, replay } = begun();
  replay.step();
  replay.step();
  assert.equal(seen.at(-1), 2);
  assert.equal(replay.phase, "paused");
  assert.equal(replay.lr, LRS[1]);
  wait(timer, WHOLE_MS);
  assert.equal(seen.at(-1), 2);
  for (let i = 0; i < 98; i++) replay.step();
  assert.equal(replay.phase, "ended");
  assert.equal(seen.at(-1), null);
});

test("it is held at a rate, draws no point beyond, and goes on when told to", () => {
  const { timer, seen, replay } = begun();
  replay.set(1, 1e-3);
  replay.start();
  wait(timer, 2 * WHOLE_MS);
  const upTo = LRS.filter((lr) => lr <= 1e-3).length;
  assert.equal(replay.phase, "held");
  assert.equal(Math.max(...(seen as number[])), upTo);
  replay.goOn();
  wait(timer, WHOLE_MS);
  assert.equal(replay.phase, "ended");
  replay.start(); // held there again
  wait(timer, 2 * WHOLE_MS);
  assert.equal(replay.phase, "held");
  replay.step();
  assert.equal(seen.at(-1), upTo + 1);
});

test("with less motion it comes in pieces, each standing for a while", () => {
  const { timer, seen, replay } = begun({ piecewise: true });
  replay.start();
  wait(timer, 2 * WHOLE_MS);
  assert.equal(replay.phase, "ended");
  assert.equal(seen.length, PIECES + 1);
});

test("a long curve is stepped through in a hundred steps, one point in one", () => {
  const long = begun({ lrs: Array.from({ length: 10_000 }, (_, i) => 1e-7 * 1.001 ** i) });
  long.replay.step();
  assert.equal(long.seen.at(-1), 100);
  const one = begun({ lrs: [1e-3] });
  one.replay.step();
  assert.equal(one.seen.at(-1), null);
});
