import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, type Rgba, strengthened } from "../../src/dom/color.ts";

const BLACK: Rgba = [0, 0, 0, 1];
const WHITE: Rgba = [255, 255, 255, 1];

test("a muted ink stays where it can be read, and else gets no stronger than it takes", () => {
  const muted: Rgba = [0, 0, 0, 0.54];
  assert.deepEqual(strengthened(muted, BLACK, WHITE, 4.5), muted);
  const beige: Rgba = [245, 240, 228, 1];
  assert.ok(contrast(muted, beige) < 4.5);
  const clear = strengthened(muted, BLACK, beige, 4.5);
  assert.ok(contrast(clear, beige) >= 4.5 && contrast(clear, beige) < 5.5);
  assert.deepEqual(
    strengthened([255, 255, 255, 0.1], [90, 90, 90, 1], BLACK, 4.5),
    [90, 90, 90, 1],
  );
});
