// The clock, which tests replace, and how long something will still take in calm words.

export interface Timer {
  now(): number;
  after(ms: number, call: () => void): void;
}

export const clock: Timer = {
  now: () => performance.now(),
  after: (ms, call) => void setTimeout(call, ms),
};

/** An estimate from fewer steps or a shorter time would jump about. */
export const STEPS_TO_GUESS = 5;
export const MS_TO_GUESS = 1000;

/** Whole seconds in steps that do not flicker. */
export function calm(seconds: number): number {
  return seconds < 20 ? Math.max(1, Math.round(seconds)) : Math.round(seconds / 5) * 5;
}
