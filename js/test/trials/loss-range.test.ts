import assert from "node:assert/strict";
import { test } from "node:test";
import { lossRange, shownRange, trialLossTicks } from "../../src/trials/loss-range.ts";
import { fall, viewOf } from "../support/trials.ts";

test("one spike and a run that diverges do not flatten the others", () => {
  const spiked = fall(0.9, 0.4);
  spiked[20] = 50;
  const wild = Array.from({ length: 31 }, (_, i) => 0.9 + i ** 3 / 900);
  const [low, high] = lossRange(viewOf([spiked, wild]))!;
  assert.equal(low, 0);
  assert.ok(high > 0.9 && high < 1.5, String(high));
});

test("validation losses can be seen, but for one far away", () => {
  const epochs = [
    [0.7, 1.1],
    [0.5, 63],
  ].map((valid) =>
    valid.map((valid_loss) => ({ train_loss: 1, valid_loss, metrics: [], seconds: 1 })),
  );
  const runs = epochs.map((rows, candidate) => ({ candidate, seed: 0, ended: "", epochs: rows }));
  const [, high] = lossRange(viewOf([fall(0.9, 0.4), fall(0.9, 0.4)], { runs }))!;
  assert.ok(high > 1.1 && high < 2, String(high));
});

test("without losses there is no range", () => {
  assert.equal(lossRange(viewOf([[NaN]])), null);
  assert.equal(shownRange(null, viewOf([])), null);
});

test("while they run the range only grows, and at the end it stays if it fits", () => {
  const running = { status: "running" } as const;
  const first = shownRange(null, viewOf([fall(0.9, 0.4, 5)], running))!;
  assert.equal(first[0], 0);
  const second = shownRange(first, viewOf([fall(0.9, 0.4)], running))!;
  assert.ok(second[0] <= first[0] && second[1] >= first[1]);
  assert.deepEqual(shownRange(second, viewOf([fall(0.9, 0.4)])), second);
});

test("three or four ticks of losses", () => {
  for (const y of [
    [0, 1.1],
    [0, 2.3],
    [0.3, 1.2],
    [0, 0.9],
    [2, 2.4],
  ] as const) {
    const { step } = trialLossTicks(y);
    const count = Math.floor(y[1] / step + 1e-9) - Math.ceil(y[0] / step - 1e-9) + 1;
    assert.ok(count >= 3 && count <= 5, `${y}: ${count}`);
  }
});
