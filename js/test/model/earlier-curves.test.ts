// Earlier sweeps: their lines, and which of them are shown at first.

import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf } from "../../src/model/earlier-curves.ts";
import { Picker } from "../../src/model/picker.ts";
import { encode, FakeSource } from "../support/fake-source.ts";

const lrs = Array.from({ length: 60 }, (_, i) => 10 ** (-7 + i / 8));
const losses = lrs.map((_, i) => 2 - i / 60);
const named = (name: string) => ({ name, points: encode(lrs, losses) });

test("a line has the sweep's rates and its smooth losses", () => {
  const [line] = linesOf([named("frozen")]);
  assert.equal(line!.name, "frozen");
  assert.deepEqual(line!.lrs, lrs);
  for (let i = 5; i < lrs.length - 5; i++) {
    assert.ok(Math.abs(line!.losses[i]! - losses[i]!) < 0.01);
  }
  assert.ok(line!.range[0] <= 1.02 && line!.range[1] >= 2);
});

test("a long sweep has a line of 400 points", () => {
  const many = Array.from({ length: 5000 }, (_, i) => 10 ** (-7 + i / 1000));
  const level = many.map(() => 1);
  const [line] = linesOf([{ name: "a", points: encode(many, level) }]);
  assert.equal(line!.lrs.length, 400);
});

test("losses that are no numbers leave no hole in the numbers", () => {
  const odd = losses.with(30, NaN).with(59, Infinity);
  const [line] = linesOf([{ name: "a", points: encode(lrs, odd) }]);
  assert.ok(line!.losses.every(Number.isFinite));
});

test("of many only the last four are shown at first, and neighbours have other dashes", () => {
  const lines = linesOf(Array.from({ length: 7 }, (_, i) => named(`sweep ${i}`)));
  assert.deepEqual(
    lines.map((line) => line.shownAtFirst),
    [false, false, false, true, true, true, true],
  );
  for (let i = 3; i < 7; i++) {
    for (let k = i + 1; k < 7; k++) assert.notDeepEqual(lines[i]!.dash, lines[k]!.dash);
  }
});

test("the axis is the plan's, or a wider one for other sweeps", () => {
  assert.deepEqual(new Picker(new FakeSource()).span, [1e-7, 10]);
  const wide = new Picker(new FakeSource({ _span: [1e-9, 100] }));
  assert.deepEqual(wide.span, [1e-9, 100]);
  assert.deepEqual(wide.swept, [1e-7, 10]);
});
