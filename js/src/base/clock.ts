// The clock, and calls after a while; tests bring their own.

export interface Timer {
  now(): number;
  after(ms: number, call: () => void): void;
}

export const clock: Timer = {
  now: () => performance.now(),
  after: (ms, call) => void setTimeout(call, ms),
};
