// Where the page's numbers come from, and what they are. All but anywidget.ts and the loader see
// only `Source`, so a live kernel, a recorded sweep in an exported page and a test look the same.

import type { Interval } from "../math/scale.ts";

export type Status = "idle" | "running" | "finished" | "stopped" | "failed";

export interface Curve {
  readonly run: string;
  /** float64 little-endian, interleaved lr and loss. */
  readonly points: Bytes;
}

export interface Plan {
  readonly start_lr: number;
  readonly end_lr: number;
  readonly num_it: number;
  readonly schedule: "exp" | "linear";
}

export interface Group {
  readonly name: string;
  readonly frozen: boolean;
}

/** Points (share of the training, share of the highest rate), joined by straight lines. */
export type Schedule = readonly (readonly [number, number])[];

export type ZoneName = "too_slow" | "learning" | "edge" | "diverging" | "flat";

/** A part of the axis, in learning rates. */
export interface Zone {
  readonly name: ZoneName;
  readonly lo: number;
  readonly hi: number;
}

/** What a rule suggests. */
export interface RuleMark {
  readonly rule: string;
  readonly lr: number;
  /** Within a factor of three of ours. */
  readonly agrees: boolean;
  /** How it reads the curve, in words. */
  readonly says: string;
  readonly pick: Interval;
  /** Where the best rate may well lie; only our rule says. */
  readonly interval: Interval | null;
}

/** A pick that was kept, or is being tried. */
export interface Candidate {
  readonly name: string;
  readonly lo: number;
  readonly hi: number;
}

/** A number in a trait: JSON has no words for those that are not finite. */
export type Num = number | "nan" | "inf" | "-inf";

export interface TrialEpoch {
  /** Null where the loop tells none. */
  readonly train_loss: Num | null;
  readonly valid_loss: Num;
  readonly metrics: readonly Num[];
  readonly seconds: number;
}

/** One training of one candidate. */
export interface TrialRun {
  readonly candidate: number;
  readonly seed: number;
  /** Why it ended before its last epoch, in words; empty if it did not. */
  readonly ended: string;
  readonly epochs: readonly TrialEpoch[];
}

export interface Trials {
  readonly run: string;
  readonly status: "running" | "finished" | "stopped" | "failed";
  readonly outcome: string;
  readonly candidates: readonly Candidate[];
  readonly epochs: number;
  readonly seeds: number;
  /** How many runs are planned. */
  readonly total: number;
  /** Per epoch; 0 where that is not known. */
  readonly batches: number;
  readonly metrics: readonly string[];
  /** The validation loss before training; null where it is not known, or not yet. */
  readonly start_loss: number | null;
  /** In the order they ran; the last one may be under way. */
  readonly runs: readonly TrialRun[];
  readonly best: number | null;
  readonly answer: string;
  readonly code: string;
}

/** The training loss of every batch: one buffer of float64 for each run of `Trials.runs`. */
export interface TrialLosses {
  readonly run: string;
  readonly losses: readonly Bytes[];
}

/** An earlier sweep: its name, and its points as on the wire. */
export interface Earlier {
  readonly name: string;
  readonly points: Bytes;
}

/** A pick that was handed in before anything was shown. */
export interface Guess {
  readonly lo: number;
  readonly hi: number;
  readonly why: string;
}

/** What training ended at, at each of many rates. */
export interface Truth {
  readonly lrs: readonly number[];
  readonly valid_losses: readonly Num[];
  readonly init_valid_loss: number;
  readonly best_lr: number;
  readonly good: Interval;
  /** What the usual misreadings would have given up, a sentence for each. */
  readonly misreadings: readonly string[];
  /** Why it is so; empty where nobody says. */
  readonly lesson: string;
}

/** A wish to see the curve drawn again; another one has another id. */
export interface ReplayWish {
  readonly id: string;
  readonly speed: number;
  /** The rate at which it stands still. */
  readonly until: number | null;
}

/** The picks of a class: the rates of the last layers. */
export interface PickRound {
  readonly lrs: readonly number[];
  readonly median: number | null;
  readonly quartiles: Interval | null;
  readonly text: string;
}

export interface Practice {
  /** Whether a guess is wanted first, and so nothing else is here. */
  readonly stage: "guess" | "open";
  /** Name of the case, and what it is to teach; both empty where there is none. */
  readonly case: string;
  readonly about: string;
  readonly guess: Guess | null;
  readonly truth: Truth | null;
  readonly replay: ReplayWish | null;
  readonly rounds: readonly PickRound[];
}

/**
 * The state that the kernel and the page share. The kernel writes all of it, the page only `value`
 * and, as long as a guess is wanted, `_handles`, of which it tells the kernel by a message.
 */
export interface State {
  value: Interval | null;
  status: Status;
  continuous_update: boolean;
  _curve: Curve;
  /** Empty before the first sweep. */
  _plan: Partial<Plan>;
  _groups: readonly Group[];
  /** The groups are no layers: all of them train at the right end. */
  _one_rate: boolean;
  /** The line of code: `{lo}`, `{hi}` and `{group_lrs}` are blanks. */
  _code: string;
  /** How the rates move over the training; null where that is not known. */
  _schedule: Schedule | null;
  _outcome: string;
  _no_pick: string;
  _lowest: number | null;
  _explain: boolean;
  _reading: string;
  _warned: boolean;
  _zones: readonly Zone[];
  _marks: readonly RuleMark[];
  _rules_note: string;
  _suggested: number | null;
  _earlier: readonly Earlier[];
  _coming: readonly string[];
  _name: string;
  /** Ends of the axis where it is wider than the plan; else empty. */
  _span: readonly number[];
  _renewals: number;
  _kept: readonly Candidate[];
  /** Empty as long as nothing was tried. */
  _trials: Partial<Trials>;
  _trial_losses: Partial<TrialLosses>;
  _kernel_id: string;
  /** Empty where nobody practises. */
  _practice: Partial<Practice>;
  _handles: Interval | null;
}

/** The traits that hold where the handles stand. */
export type PickName = "value" | "_handles";

export type Bytes = DataView | Uint8Array | ArrayBuffer;

/** A message from the kernel, with its binary buffers. */
export interface Message {
  readonly content: Readonly<Record<string, unknown>>;
  readonly buffers: readonly Bytes[];
}

export interface Source {
  /** False where nobody answers: a recorded source in an exported page. */
  readonly live: boolean;
  get<K extends keyof State>(name: K): State[K];
  /**
   * Writes the pick, null for none. `onHandled` runs when the other side has dealt with it, on
   * hosts that tell.
   */
  setValue(value: Interval | null, onHandled: () => void, name?: PickName): void;
  /** Calls `listener` after each change of `name`, until `signal` aborts. */
  subscribe(name: keyof State, listener: () => void, signal?: AbortSignal): void;
  /** Hands over the messages of the kernel, those that came before the call first. One listener. */
  receive(listener: (message: Message) => void): void;
  send(content: Record<string, unknown>): void;
  /** The host's own connection to the kernel, where it shows it. */
  readonly kernel: HostKernel | null;
  /** False where it is known that nobody answers any more: the kernel has ended, or is another one. */
  answers(): Promise<boolean>;
  /** The module of what only practice needs, which is brought where it is used. */
  practice(): Promise<unknown>;
}

/** What is used of a widget manager's kernel: JupyterLab's `IKernelConnection`, or a proxy of it. */
export interface HostKernel {
  readonly clientId?: string;
  readonly username?: string;
  interrupt?(): Promise<void>;
  sendControlMessage?(message: object): unknown;
}
