// A source without a kernel: for tests, and for looking at the widget in a plain page.

import type { Interval } from "../../src/math/scale.ts";
import type { HostKernel, Message, PickName, Source, State } from "../../src/source/types.ts";

export function encode(lrs: readonly number[], losses: readonly number[]): DataView {
  const view = new DataView(new ArrayBuffer(16 * lrs.length));
  lrs.forEach((lr, i) => {
    view.setFloat64(16 * i, lr, true);
    view.setFloat64(16 * i + 8, losses[i]!, true);
  });
  return view;
}

export function float64s(numbers: readonly number[]): DataView {
  const view = new DataView(new ArrayBuffer(8 * numbers.length));
  for (const [i, number] of numbers.entries()) view.setFloat64(8 * i, number, true);
  return view;
}

export function trialMessage(
  run: string,
  index: number,
  start: number,
  losses: readonly number[],
): Message {
  return { content: { type: "trial", run, index, start }, buffers: [float64s(losses)] };
}

export function pointsMessage(
  run: string,
  start: number,
  lrs: readonly number[],
  losses: readonly number[],
): Message {
  return { content: { type: "points", run, start }, buffers: [encode(lrs, losses)] };
}

/** A message that repeats the losses before its own. */
export function withRepeated(message: Message, losses: readonly number[]): Message {
  const repeated = new DataView(new ArrayBuffer(4 * losses.length));
  for (const [i, loss] of losses.entries()) repeated.setFloat32(4 * i, loss, true);
  return { ...message, buffers: [...message.buffers, repeated] };
}

export class FakeSource implements Source {
  readonly live: boolean;
  /** Without what no test needs. */
  readonly state: Partial<State>;
  readonly sent: Record<string, unknown>[] = [];
  /** Commits that the kernel has not handled yet. */
  readonly commits: { name: PickName; value: Interval | null; onHandled: () => void }[] = [];
  /** A kernel that takes interrupts. */
  kernel: HostKernel | null = { interrupt: async () => undefined };
  /** What the kernel has sent before anybody received it. */
  readonly waiting: Message[] = [];
  /** Whether the kernel that has made it is there. */
  alive = true;
  readonly #listeners = new Map<string, Set<() => void>>();
  #receiver: ((message: Message) => void) | null = null;

  constructor(state: Partial<State> = {}, live = true) {
    this.live = live;
    this.state = {
      value: null,
      status: "running",
      continuous_update: false,
      _curve: { run: "a", points: new DataView(new ArrayBuffer(0)) },
      _plan: { start_lr: 1e-7, end_lr: 10, num_it: 100, schedule: "exp" },
      _groups: [],
      _one_rate: false,
      _code: "learn.fit_one_cycle(2, picker.max_lr)",
      _schedule: [
        [0, 0.04],
        [0.25, 1],
        [1, 1e-5],
      ],
      _outcome: "",
      _no_pick: "",
      _lowest: null,
      _explain: true,
      _reading: "",
      _warned: false,
      _zones: [],
      _marks: [],
      _rules_note: "",
      _suggested: null,
      _earlier: [],
      _coming: [],
      _name: "",
      _span: [],
      _renewals: 0,
      _kernel_id: "kernel-1",
      _kept: [],
      _trials: {},
      _trial_losses: {},
      _practice: {},
      _handles: null,
      ...state,
    };
  }

  get<K extends keyof State>(name: K): State[K] {
    return this.state[name] as State[K];
  }

  /** The page writes: like a model, the new value stands at once and is announced. */
  setValue(value: Interval | null, onHandled: () => void, name: PickName = "value"): void {
    this.commits.push({ name, value, onHandled });
    this.kernelSets(name, value);
  }

  subscribe(name: keyof State, listener: () => void, signal?: AbortSignal): void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    signal?.addEventListener("abort", () => listeners.delete(listener));
  }

  receive(listener: (message: Message) => void): void {
    this.#receiver = listener;
    for (const message of this.waiting.splice(0)) listener(message);
  }

  send(content: Record<string, unknown>): void {
    this.sent.push(content);
  }

  answers(): Promise<boolean> {
    return Promise.resolve(this.alive);
  }

  practice(): Promise<unknown> {
    return Promise.reject(new Error("there is nothing to practise"));
  }

  kernelSets<K extends keyof State>(name: K, value: State[K]): void {
    const before = this.state[name];
    this.state[name] = value;
    // A model announces only what differs.
    if (
      JSON.stringify(before) !== JSON.stringify(value) ||
      name === "_curve" ||
      name === "_trial_losses"
    ) {
      for (const listener of [...(this.#listeners.get(name) ?? [])]) listener();
    }
  }

  kernelSends(message: Message): void {
    this.#receiver?.(message);
  }

  /** The kernel handles the oldest commit: its echo, and then the word that it is done. */
  kernelHandles(reports = true): void {
    const commit = this.commits.shift();
    if (!commit) return;
    this.kernelSets(commit.name, commit.value);
    if (reports) commit.onHandled();
  }
}
