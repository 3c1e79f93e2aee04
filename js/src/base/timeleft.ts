// How long something will still take, as far as a sensible word can be said.

/** An estimate from fewer steps or a shorter time would jump about. */
export const STEPS_TO_GUESS = 5;
export const MS_TO_GUESS = 1000;

/** Whole seconds in steps that do not flicker. */
export function calm(seconds: number): number {
  return seconds < 20 ? Math.max(1, Math.round(seconds)) : Math.round(seconds / 5) * 5;
}
