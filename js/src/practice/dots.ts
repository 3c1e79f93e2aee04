// Where the dots of a class's picks stand: over their rates, on top of each other where several are
// alike. Pure: px in, px out.

export interface Dot {
  readonly x_px: number;
  /** From the line at the bottom, to the middle. */
  readonly up_px: number;
}

/**
 * Stacks dots of a size in columns as wide as they are. Columns that are higher than `room_px` are
 * pressed together, all by as much.
 */
export function stackDots(xs_px: readonly number[], size_px: number, room_px: number): Dot[] {
  const heights = new Map<number, number>();
  const placed = xs_px.map((x_px) => {
    const column = Math.round(x_px / size_px);
    const below = heights.get(column) ?? 0;
    heights.set(column, below + 1);
    return { x_px: column * size_px, below };
  });
  const highest = Math.max(1, ...heights.values());
  const step_px = Math.min(size_px, (room_px - size_px) / Math.max(1, highest - 1));
  return placed.map(({ x_px, below }) => ({ x_px, up_px: size_px / 2 + below * step_px }));
}
