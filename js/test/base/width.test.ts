import assert from "node:assert/strict";
import { test } from "node:test";
import { height_px, isNarrow, plotHeight_px } from "../../src/base/width.ts";

test("wide begins at the same number of letters, whatever the font's size", () => {
  assert.deepEqual(
    [519, 520].map((px) => isNarrow(px, 13)),
    [true, false],
  );
  assert.deepEqual(
    [1039, 1040].map((px) => isNarrow(px, 26)),
    [true, false],
  );
});

test("a font twice as large makes a widget twice as high", () => {
  assert.equal(height_px(840, 13), 572);
  assert.equal(height_px(1680, 26), 2 * 572);
  assert.equal(height_px(480, 13), 660);
});

test("the plot of a narrow widget with a large font is not higher than a screen", () => {
  assert.equal(plotHeight_px(840, 26), 300);
  assert.equal(height_px(840, 26), 1164);
});
