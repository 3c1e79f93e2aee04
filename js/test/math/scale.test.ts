import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Axis,
  formatNumber,
  formatRatio,
  heldInside,
  isInside,
  log10Of,
  lossTicks,
  parseLr,
  partSeen,
  pxOf,
  rightOf,
  ticks,
} from "../../src/math/scale.ts";

const axis: Axis = { left_px: 88, width_px: 720, log10_lo: -7, log10_hi: 1 };

test("pixels and decades go both ways", () => {
  assert.equal(pxOf(axis, -7), 88);
  assert.equal(pxOf(axis, 1), 808);
  assert.equal(pxOf(axis, -3), 448);
  assert.equal(log10Of(axis, 448), -3);
  assert.equal(log10Of(axis, pxOf(axis, -2.6197887582883936)), -2.6197887582883936);
});

test("what is out of sight is known, and what of a stretch is not", () => {
  assert.equal(rightOf(axis), 808);
  assert.deepEqual(
    [87.9, 88, 808, 808.1].map((px) => isInside(axis, px)),
    [false, true, true, false],
  );
  assert.equal(isInside(axis, 808.1, 0.5), true);
  assert.deepEqual(
    [0, 100, 900].map((px) => heldInside(axis, px)),
    [88, 100, 808],
  );
  assert.deepEqual(partSeen(axis, 0, 100), [88, 100]);
  assert.deepEqual(partSeen(axis, 0, 1000), [88, 808]);
  assert.equal(partSeen(axis, 0, 87), null);
  assert.equal(partSeen(axis, 809, 1000), null);
});

test("typed rates are read as the nearest float", () => {
  const same: [string, number][] = [
    ["3e-4", 3e-4],
    ["3E-4", 3e-4],
    ["0.0003", 0.0003],
    [".0003", 0.0003],
    ["3×10⁻⁴", 3e-4],
    ["3 × 10⁻⁴", 3e-4],
    ["3x10^-4", 3e-4],
    ["3*10^-4", 3e-4],
    ["3*10**-4", 3e-4],
    ["1.5×10⁻³", 1.5e-3],
    ["10^-3", 1e-3],
    ["10⁻³", 1e-3],
    ["3e−4", 3e-4],
    ["  1e-2 ", 1e-2],
    ["2.", 2],
    ["1", 1],
  ];
  for (const [text, lr] of same) assert.equal(parseLr(text), lr, text);
});

test("what is no rate is refused", () => {
  for (const text of [
    "",
    "fast",
    "3e",
    "e-4",
    "1e-4x",
    "1,5",
    "0",
    "0.0",
    "-1e-3",
    "NaN",
    "Infinity",
    "1e999",
    "0x10",
    "1e-4 1e-3",
    "<b>1</b>",
    "3×10",
  ]) {
    assert.equal(parseLr(text), null, text);
  }
});

test("numbers and ratios are short", () => {
  assert.equal(formatNumber(2.4812), "2.48");
  assert.equal(formatNumber(0.0341), "0.0341");
  assert.equal(formatNumber(62.594), "62.6");
  assert.equal(formatNumber(6259.4), "6259");
  assert.equal(formatNumber(0.0000123), "1.23e-5");
  assert.equal(formatNumber(NaN), "NaN");
  assert.equal(formatNumber(-Infinity), "-inf");
  assert.equal(formatNumber(0), "0.00");
  assert.equal(formatRatio(2.4e-4, 2.4e-3), "10");
  assert.equal(formatRatio(1e-3, 2.5e-3), "2.5");
  assert.equal(formatRatio(1e-3, 1e-3), "1");
  assert.equal(formatRatio(1e-9, 1), "1e9");
});

test("the whole sweep has one tick per decade", () => {
  assert.deepEqual(ticks(-7, 1).labels, [
    "1e-7",
    "1e-6",
    "1e-5",
    "1e-4",
    "1e-3",
    "1e-2",
    "1e-1",
    "1",
    "10",
  ]);
});

test("where there is little room there are fewer ticks", () => {
  assert.deepEqual(ticks(-7, 1, 5).labels, ["1e-6", "1e-4", "1e-2", "1"]);
  assert.ok(ticks(-2.9, -2.6, 2).lrs.length <= 2);
});

test("a zoomed axis has ticks between the decades, all within what is seen", () => {
  assert.deepEqual(ticks(-3.2, -2.1).labels, ["1e-3", "2e-3", "5e-3"]);
  const { lrs } = ticks(-2.9, -2.6);
  assert.ok(lrs.length >= 2);
  for (const lr of lrs) assert.ok(Math.log10(lr) >= -2.9 && Math.log10(lr) <= -2.6);
});

test("a very long axis leaves decades out", () => {
  assert.ok(ticks(-30, 1).lrs.length <= 11);
});

test("a range of losses has 3 to 5 ticks, all with as many decimals", () => {
  assert.deepEqual(lossTicks([0, 3.1]), { step: 1, format: ".1f" });
  assert.deepEqual(lossTicks([0.8, 2.9]), { step: 0.5, format: ".1f" });
  assert.deepEqual(lossTicks([1.95, 2.1]), { step: 0.05, format: ".2f" });
  assert.deepEqual(lossTicks([0, 100]), { step: 20, format: ".0f" });
  assert.deepEqual(lossTicks([-40, -10]), { step: 10, format: ".0f" });
  assert.deepEqual(lossTicks([0, 3e-4]), { step: 1e-4, format: "~e" });
  assert.deepEqual(lossTicks([0, 2e7]), { step: 5e6, format: "~e" });
  for (let span = 1e-3; span < 1e4; span *= 1.1) {
    const count = Math.floor(span / lossTicks([0, span]).step) + 1;
    assert.ok(count >= 3 && count <= 6, `${count} ticks for ${span}`);
  }
});
