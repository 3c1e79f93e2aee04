// What all views of one model share: its points, its pick, and its one request to stop.

import { Listeners } from "../base/listeners.ts";
import { type Interval, plannedLr } from "../math/scale.ts";
import type {
  Earlier,
  Group,
  Message,
  Plan,
  Practice,
  RuleMark,
  Schedule,
  Source,
  State,
  Status,
  Zone,
} from "../source/types.ts";
import { KeepRequest, type KeepView } from "./keep-request.ts";
import { PickState } from "./pick.ts";
import { PointStore } from "./points.ts";
import { StopRequest, type StopView } from "./stop-request.ts";
import { TrialState } from "./trials.ts";

/** The traits that are shown whenever they change. */
const SHOWN: readonly (keyof State)[] = [
  "status",
  "_outcome",
  "_no_pick",
  "_groups",
  "_one_rate",
  "_code",
  "_schedule",
  "_plan",
  "_lowest",
  "_reading",
  "_warned",
  "_zones",
  "_marks",
  "_rules_note",
  "_suggested",
  "_earlier",
  "_coming",
  "_name",
  "_span",
  "_practice",
];

export interface Explanation {
  readonly reading: string;
  readonly warned: boolean;
  readonly zones: readonly Zone[];
  readonly marks: readonly RuleMark[];
  readonly note: string;
  readonly suggested: number | null;
}

/** What a sweep is doing or how it ended, and what can be done about it. */
export interface SweepProgress {
  readonly status: Status;
  readonly outcome: string;
  readonly steps: number;
  readonly num_it: number;
  readonly lr: number;
  readonly loss: number;
  /** How many of the steps came at once at first: all that there were, in a view that comes late. */
  readonly stepsAtFirst: number;
  /** From those to the newest, by the page's clock. */
  readonly elapsed_ms: number;
  /** Null where there is nothing to stop: a curve that is drawn again. */
  readonly stop: StopView | null;
  /** What the button does when nothing runs; null where there is no pick. */
  readonly keep: KeepView | null;
}

/** A view on a page, as the model knows it. */
export interface View {
  /** True if the output that shows it has been renewed since: it is to move to the new place. */
  readonly outdated: boolean;
  moveTo(el: HTMLElement, until: AbortSignal): void;
}

const NONE: readonly never[] = [];
/** What explains a curve as long as only a part of it is drawn. */
const NOT_YET: Explanation = {
  reading: "",
  warned: false,
  zones: NONE,
  marks: NONE,
  note: "",
  suggested: null,
};

export class Picker {
  readonly source: Source;
  readonly points: PointStore;
  readonly pick: PickState;
  readonly stop: StopRequest;
  readonly trials: TrialState;
  readonly keep: KeepRequest;
  /** The views that are on a page now. */
  readonly views = new Set<View>();
  /** Why the kernel has not taken a guess; another object each time. */
  refused: { readonly why: string } | null = null;
  readonly #listeners = new Listeners();
  /** The stage of practice that was shown last, and the replay for which the curve was taken away. */
  #stage: Practice["stage"] | undefined;
  #heldBack: string | undefined;

  constructor(source: Source) {
    this.source = source;
    this.points = new PointStore(source.get("_curve"), (step) =>
      plannedLr(this.#plan as Plan, step),
    );
    this.pick = new PickState(source);
    this.trials = new TrialState(source);
    const onChange = () => this.#tell();
    this.stop = new StopRequest({
      source,
      run: () => this.points.run,
      running: () => this.status === "running",
      onChange,
    });
    this.keep = new KeepRequest({
      source,
      pick: () => (this.guessing || this.points.limited ? null : this.pick.shown),
      trying: () => this.trials.running,
      onChange,
    });
    source.subscribe("_trials", onChange);
    source.subscribe("_curve", () => this.points.replace(source.get("_curve")));
    source.subscribe("_practice", () => this.#onPractice());
    for (const name of SHOWN) source.subscribe(name, () => this.#tell());
    // What waited for the bundle is older than the state. Of a sweep that is over it may hold points
    // that came after the stopping step, which are not in the record.
    let isOver = this.status !== "running";
    source.receive((message) => {
      if (!isOver) this.points.receive(message);
      this.trials.receive(message);
      this.#onRefused(message);
    });
    isOver = false;
    this.#onPractice();
  }

  /** How often the output that shows the picker has been renewed. */
  get renewals(): number {
    return this.source.get("_renewals") ?? 0;
  }

  get status(): Status {
    return this.source.get("status");
  }

  /** Whether the curve grows before one's eyes: a sweep that runs, or a replay. */
  get drawing(): boolean {
    return this.status === "running" || this.points.limited;
  }

  /** What there is to practise; empty where there is nothing. */
  get practice(): Partial<Practice> {
    return this.source.get("_practice") ?? {};
  }

  /** Whether a guess is wanted before anything is shown. */
  get guessing(): boolean {
    return this.practice.stage === "guess";
  }

  /** Draws only so many points, in a replay with an id; null ends it. */
  replay(limit: { readonly id: string; readonly steps: number } | null): void {
    const other = (limit !== null) !== this.points.limited;
    this.points.limit(limit);
    if (other) this.#tell();
  }

  /**
   * What opens after a guess is whole. Of a curve that is to be drawn again nothing may be seen
   * before it is, also while what draws it has not come.
   */
  #onPractice(): void {
    const { stage, replay } = this.practice;
    if (this.#stage === "guess" && stage === "open") this.points.limit(null);
    this.#stage = stage;
    const recorded = this.status !== "running" && this.points.lrs.length > 0;
    if (!recorded || !replay || replay.id === this.#heldBack) return;
    this.#heldBack = replay.id;
    this.points.limit({ id: `before replay ${replay.id}`, steps: 0 });
  }

  #onRefused({ content }: Message): void {
    if (content.type !== "refused") return;
    this.refused = { why: String(content.why) };
    this.#tell();
  }

  get groups(): readonly Group[] {
    return this.source.get("_groups") ?? [];
  }

  /** The groups are no layers: one rate trains all of them. */
  get oneRate(): boolean {
    return this.source.get("_one_rate") ?? false;
  }

  /** How many rates a pick is spread over; 0 if unknown. */
  get rates(): number {
    return this.oneRate ? 1 : this.groups.length;
  }

  /**
   * Whether only one handle stands there: in a case to practise on, where the other has no effect, it
   * would be one more thing to ask about.
   */
  get oneHandle(): boolean {
    return Boolean(this.practice.case) && this.rates === 1;
  }

  /** The line of code that trains with the pick, with blanks for rates. */
  get code(): string {
    return this.source.get("_code") ?? "";
  }

  /** How the rates move over the training; null where that is not known. */
  get schedule(): Schedule | null {
    return this.source.get("_schedule") ?? null;
  }

  /** The rate of the lowest smoothed loss, null as long as the curve has not turned there. */
  get lowest(): number | null {
    return this.points.limited ? null : (this.source.get("_lowest") ?? null);
  }

  /** What explains the curve; nothing of it where nothing is to be explained. */
  get explanation(): Explanation | null {
    const { source } = this;
    if (source.get("_explain") === false) return null;
    if (this.points.limited) return NOT_YET;
    return {
      reading: source.get("_reading") ?? "",
      warned: source.get("_warned") ?? false,
      zones: source.get("_zones") ?? NONE,
      marks: source.get("_marks") ?? NONE,
      note: source.get("_rules_note") ?? "",
      suggested: source.get("_suggested") ?? null,
    };
  }

  /** The swept range; where there is none to speak of, a decade or the usual range stands in. */
  get swept(): Interval {
    const { start_lr = 1e-7, end_lr = 10 } = this.#plan;
    return end_lr > start_lr ? [start_lr, end_lr] : [start_lr / 10, start_lr * 10];
  }

  /** The axis: the swept range, or a wider one that has room for other sweeps. */
  get span(): Interval {
    const [lo, hi] = this.source.get("_span") ?? [];
    return lo !== undefined && hi !== undefined && hi > lo ? [lo, hi] : this.swept;
  }

  /** Earlier sweeps, those that will be at the end, and the present one's name. */
  get compared(): { earlier: readonly Earlier[]; coming: readonly string[]; name: string } {
    const { source } = this;
    return {
      earlier: source.get("_earlier") ?? NONE,
      coming: source.get("_coming") ?? NONE,
      name: source.get("_name") ?? "",
    };
  }

  /** Empty as long as nothing has been swept. */
  get #plan(): Partial<Plan> {
    return this.source.get("_plan") ?? {};
  }

  /** The first row's numbers, for the points that a view has drawn. */
  progress(drawn: { steps: number; lr: number; loss: number }): SweepProgress {
    const { first, last } = this.points.seen_ms;
    return {
      ...drawn,
      status: this.drawing ? "running" : this.status,
      outcome: this.source.get("_outcome"),
      num_it: this.#plan.num_it ?? 0,
      stepsAtFirst: this.points.seenFirst,
      elapsed_ms: this.points.limited ? NaN : last - first,
      stop: this.points.limited ? null : this.stop.view,
      keep: this.keep.view,
    };
  }

  /**
   * Calls `listener` when anything but the points and the pick has changed, until `signal` aborts.
   */
  onChange(listener: () => void, signal?: AbortSignal): void {
    this.#listeners.add(listener, signal);
  }

  /** Tells the kernel's log about an error of the page, and the console. */
  report(error: unknown): void {
    console.error("lr_widget:", error);
    this.source.send({
      type: "error",
      text: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }

  #tell(): void {
    this.#listeners.tell();
  }
}
