import assert from "node:assert/strict";
import { test } from "node:test";
import { PointStore } from "../../src/model/points.ts";
import { encode, pointsMessage, withRepeated } from "../support/fake-source.ts";

const lrs = [1e-7, 2e-7, 3e-7, 4e-7];
const losses = [2.5, 2.4, NaN, Infinity];

/** The planned rates. */
const lrAt = (step: number) => lrs[step]!;

function streamOf(run = "a"): { stream: PointStore; changes: () => number } {
  const stream = new PointStore({ run, points: encode([], []) }, lrAt);
  let count = 0;
  stream.onChange(() => count++);
  return { stream, changes: () => count };
}

test("points arrive in pieces, with NaN and infinity", () => {
  const { stream, changes } = streamOf();
  stream.receive(pointsMessage("a", 0, lrs.slice(0, 2), losses.slice(0, 2)));
  stream.receive(pointsMessage("a", 2, lrs.slice(2), losses.slice(2)));
  assert.deepEqual(stream.lrs, lrs);
  assert.deepEqual(stream.losses, losses);
  assert.equal(changes(), 2);
});

test("a message that comes twice, or overlaps, changes nothing", () => {
  const { stream, changes } = streamOf();
  stream.receive(pointsMessage("a", 0, lrs.slice(0, 3), losses.slice(0, 3)));
  stream.receive(pointsMessage("a", 0, lrs.slice(0, 3), losses.slice(0, 3)));
  assert.equal(changes(), 1);
  stream.receive(pointsMessage("a", 1, lrs.slice(1), losses.slice(1)));
  assert.deepEqual(stream.lrs, lrs);
});

test("after a gap the points held stay, and the curve makes them whole", () => {
  const { stream } = streamOf();
  stream.receive(pointsMessage("a", 0, lrs.slice(0, 1), losses.slice(0, 1)));
  stream.receive(pointsMessage("a", 3, lrs.slice(3), losses.slice(3)));
  assert.deepEqual(stream.lrs, lrs.slice(0, 1));
  stream.replace({ run: "a", points: encode(lrs, losses) });
  assert.deepEqual(stream.losses, losses);
});

test("a message that repeats what was before it heals a gap, also in a view that comes late", () => {
  const repeating = withRepeated(pointsMessage("a", 3, lrs.slice(3), losses.slice(3)), [1, 1, NaN]);
  const { stream, changes } = streamOf();
  stream.receive(pointsMessage("a", 0, lrs.slice(0, 1), losses.slice(0, 1)));
  stream.receive(pointsMessage("a", 2, lrs.slice(2, 3), losses.slice(2, 3)));
  stream.receive(repeating);
  assert.deepEqual(stream.lrs, lrs);
  assert.deepEqual(
    stream.losses,
    [2.5, 1, NaN, Infinity],
    "what was there stays as exact as it was",
  );
  assert.equal(changes(), 2);
  const late = streamOf("before").stream;
  late.receive(repeating);
  assert.deepEqual([late.run, late.lrs], ["a", lrs]);
  assert.deepEqual(late.losses, [1, 1, NaN, Infinity]);
  assert.equal(late.seenFirst, 3, "the time left is guessed from what comes after these");
  late.replace({ run: "a", points: encode(lrs, losses) });
  assert.deepEqual(late.losses, losses);
});

test("a message that overtakes the trait begins the new run", () => {
  const { stream } = streamOf("old");
  stream.receive(pointsMessage("old", 0, lrs, losses));
  stream.receive(pointsMessage("new", 0, [1e-6], [3]));
  assert.equal(stream.run, "new");
  assert.deepEqual(stream.lrs, [1e-6]);
  // The trait follows, with no points yet: what was received stays.
  stream.replace({ run: "new", points: encode([], []) });
  assert.deepEqual(stream.losses, [3]);
});

test("a curve of another run replaces the points", () => {
  const { stream } = streamOf("old");
  stream.receive(pointsMessage("old", 0, lrs, losses));
  stream.replace({ run: "new", points: encode([], []) });
  assert.equal(stream.lrs.length, 0);
  assert.equal(stream.run, "new");
});

test("the curve that closes a run counts even if it is shorter, an empty one does not", () => {
  const { stream, changes } = streamOf();
  stream.receive(pointsMessage("a", 0, lrs, losses));
  stream.replace({ run: "a", points: encode([], []) });
  assert.equal(stream.lrs.length, 4);
  assert.equal(changes(), 1);
  stream.replace({ run: "a", points: encode(lrs.slice(0, 3), losses.slice(0, 3)) });
  assert.deepEqual(stream.losses, losses.slice(0, 3));
});

test("other messages are not for the stream", () => {
  const { stream, changes } = streamOf();
  stream.receive({ content: { type: "other" }, buffers: [] });
  stream.receive({
    content: { type: "points", run: "a", start: "0" },
    buffers: [encode(lrs, losses)],
  });
  assert.equal(changes(), 0);
});

test("a view that is gone hears nothing", () => {
  const { stream } = streamOf();
  const view = new AbortController();
  stream.onChange(() => assert.fail("called"), view.signal);
  view.abort();
  stream.receive(pointsMessage("a", 0, lrs, losses));
});

test("the time of the first point is kept for the time left", () => {
  let now = 100;
  const stream = new PointStore(null, lrAt, () => now);
  stream.receive(pointsMessage("a", 0, lrs.slice(0, 1), losses.slice(0, 1)));
  now = 350;
  stream.receive(pointsMessage("a", 1, lrs.slice(1, 2), losses.slice(1, 2)));
  assert.deepEqual(stream.seen_ms, { first: 100, last: 350 });
});
