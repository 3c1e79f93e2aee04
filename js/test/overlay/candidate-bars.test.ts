import assert from "node:assert/strict";
import { test } from "node:test";
import { placeLetters } from "../../src/overlay/candidate-bars.ts";

test("letters stand at the left end, beside it where another one is", () => {
  const bar = (left_px: number, right_px: number, above_px: number) => ({
    left_px,
    right_px,
    above_px,
  });
  const room = [0, 900] as const;
  assert.deepEqual(placeLetters([bar(200, 300, 7), bar(400, 500, 15)], 24, 16, room), [176, 376]);
  assert.deepEqual(placeLetters([bar(200, 300, 7), bar(200, 500, 15)], 24, 16, room), [176, 500]);
  assert.deepEqual(placeLetters([bar(200, 300, 7), bar(200, 500, 23)], 24, 16, room), [176, 176]);
  assert.deepEqual(
    placeLetters([bar(200, 300, 7), bar(200, 300, 15), bar(200, 300, 7)], 24, 16, room),
    [176, 300, 152],
  );
});
