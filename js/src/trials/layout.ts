// Where the words of the trials' chart stand. Pure: numbers in, px out.

import { clamp, type Interval } from "../math/scale.ts";

interface Block {
  readonly members: readonly number[];
  readonly top: number;
}

/**
 * Tops of labels of one height, as near as can be to where they are wanted, without overlap, inside
 * `room`.
 */
export function spreadOut(
  wanted_px: readonly number[],
  height_px: number,
  room: Interval,
): number[] {
  const order = wanted_px.map((_, i) => i).sort((a, b) => wanted_px[a]! - wanted_px[b]! || a - b);
  // Labels that touch move as one block, which stands where its members want it on average.
  const settle = (members: number[]): Block => {
    const wanted = members.reduce((sum, i, k) => sum + wanted_px[i]! - k * height_px, 0);
    const lowest = Math.max(room[0], room[1] - members.length * height_px);
    return { members, top: clamp(wanted / members.length, room[0], lowest) };
  };
  const touches = (above: Block | undefined, block: Block): above is Block =>
    above !== undefined && above.top + above.members.length * height_px > block.top + 1e-6;
  const blocks: Block[] = [];
  for (const i of order) {
    let block = settle([i]);
    let above = blocks.at(-1);
    while (touches(above, block)) {
      blocks.pop();
      block = settle([...above.members, ...block.members]);
      above = blocks.at(-1);
    }
    blocks.push(block);
  }
  const tops: number[] = Array.from(wanted_px, () => room[0]);
  for (const { members, top } of blocks) {
    for (const [k, i] of members.entries()) tops[i] = top + k * height_px;
  }
  return tops;
}

/**
 * Every how many epochs an end is marked so that marks are `least_px` apart. The last one always
 * is.
 */
export function everyEpoch(epochs: number, epoch_px: number, least_px: number): number[] {
  const every = Math.max(1, Math.ceil(least_px / Math.max(1e-9, epoch_px)));
  return Array.from({ length: epochs }, (_, i) => i).filter((i) => (epochs - 1 - i) % every === 0);
}

/** Ticks of the batches: the ends of epochs, and round numbers where there is room between them. */
export function batchTicks(
  epochs: number,
  batches: number,
  px_per_batch: number,
  least_px: number,
): number[] {
  const ends = everyEpoch(epochs, batches * px_per_batch, least_px).map(
    (epoch) => (epoch + 1) * batches,
  );
  const least = (1.5 * least_px) / px_per_batch;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = Math.max(1, power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10));
  const fixed = [0, ...ends];
  const far = (at: number) => fixed.every((end) => Math.abs(end - at) * px_per_batch >= least_px);
  const between: number[] = [];
  for (let at = step; at < epochs * batches; at += step) {
    if (far(at)) between.push(at);
  }
  return [...fixed, ...between].sort((a, b) => a - b);
}
