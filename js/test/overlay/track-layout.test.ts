import assert from "node:assert/strict";
import { test } from "node:test";
import { hairline, placeLabels, type TrackInput } from "../../src/overlay/track-layout.ts";

const names = {
  lo: {
    name: { text: "first layers", width_px: 60 },
    short: { text: "first", width_px: 24 },
    value: null,
  },
  hi: {
    name: { text: "last layers (head)", width_px: 100 },
    short: { text: "last", width_px: 22 },
    value: null,
  },
};

function track(change: Partial<TrackInput>): TrackInput {
  return {
    lo_px: 300,
    hi_px: 400,
    thumb_px: 24,
    gap_px: 8,
    plot: [88, 808],
    room: [0, 840],
    set: true,
    bar: true,
    alone: false,
    ...names,
    note: { text: "drag a handle to choose", width_px: 130 },
    ...change,
  };
}

test("labels stand outside the thumbs", () => {
  const [lo, hi] = placeLabels(track({}));
  assert.deepEqual([lo?.text, lo?.left_px], ["first layers", 300 - 24 - 8 - 60]);
  assert.deepEqual([hi?.text, hi?.left_px], ["last layers (head)", 400 + 24 + 8]);
});

test("a thumb alone has the track for itself", () => {
  const set = track({ alone: true, bar: false });
  const labels = placeLabels(set);
  assert.deepEqual(
    labels.map(({ kind }) => kind),
    ["hi"],
  );
  assert.deepEqual(hairline(set, labels), [
    [88, 400],
    [540, 808],
  ]);
  const parked = placeLabels(track({ ...set, lo_px: 88, hi_px: 808, set: false }));
  assert.deepEqual(
    parked.map(({ kind }) => kind),
    ["hi", "note"],
  );
});

test("a label without room is left out", () => {
  assert.deepEqual(
    placeLabels(track({ lo_px: 90, hi_px: 790 })).map(({ text }) => text),
    [],
  );
});

test("the value of a drag stands next to its thumb, before the name", () => {
  const value = { text: "1.5e-2", width_px: 80 };
  const labels = placeLabels(track({ hi: { ...names.hi, value } }));
  assert.deepEqual(
    labels.map(({ text }) => text),
    ["first layers", "1.5e-2", "last layers (head)"],
  );
  assert.equal(labels[1]?.left_px, 432);
  // Where only one fits, it is the value.
  const tight = placeLabels(track({ hi_px: 690, hi: { ...names.hi, value } }));
  assert.deepEqual(
    tight.map(({ text }) => text),
    ["first layers", "1.5e-2"],
  );
});

test("parked thumbs have their labels inside, short ones where it is narrow", () => {
  const wide = placeLabels(track({ set: false, lo_px: 88, hi_px: 808 }));
  assert.deepEqual(
    wide.map(({ text }) => text),
    ["first layers", "last layers (head)", "drag a handle to choose"],
  );
  const narrow = placeLabels(
    track({ set: false, lo_px: 44, hi_px: 340, plot: [44, 340], room: [0, 368] }),
  );
  assert.deepEqual(
    narrow.map(({ text }) => text),
    ["first", "last", "drag a handle to choose"],
  );
});

test("the hairline keeps 8 px from every label and stays out of thumbs and bar", () => {
  const input = track({});
  assert.deepEqual(hairline(input, placeLabels(input)), [
    [88, 300 - 24 - 8 - 60 - 8],
    [432 + 100 + 8, 808],
  ]);
});

test("with one group the line runs between the thumbs", () => {
  const input = track({ bar: false });
  assert.deepEqual(hairline(input, placeLabels(input))[1], [300, 400]);
});
