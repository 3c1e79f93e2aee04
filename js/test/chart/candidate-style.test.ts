import assert from "node:assert/strict";
import { test } from "node:test";
import { markPath, plotlyDash, STYLE_COUNT, styleOf } from "../../src/chart/candidate-style.ts";

test("candidates differ in colour, dash and mark, each of them", () => {
  const styles = [..."ABCDEF"].map((name, i) => styleOf(name, i));
  const looks = [
    styles.map(({ index }) => index),
    styles.map((style) => plotlyDash(style, 1)),
    styles.map(({ symbol }) => symbol),
  ];
  for (const look of looks) assert.equal(new Set<string | number>(look).size, STYLE_COUNT);
  assert.equal(plotlyDash(styles[0]!, 1), "6px,3px");
  assert.equal(plotlyDash(styles[1]!, 1), "solid");
  assert.ok(styles.every((style) => markPath(style, 0, 0).endsWith("Z")));
});

test("a pick keeps its look when those before it are dropped, and after F they repeat", () => {
  assert.deepEqual(styleOf("B", 0), styleOf("B", 1));
  assert.deepEqual(styleOf("G", 6), styleOf("A", 0));
  assert.deepEqual(styleOf("mine", 2), styleOf("C", 9));
});
