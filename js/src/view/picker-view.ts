// One view of a picker: makes the parts and hands each what it shows. Holds no truth of its own.

import { isNarrow } from "../base/width.ts";
import { Chart } from "../chart/chart.ts";
import { axisBefore, type Look, type Sizes, sizesOf } from "../chart/plotly-figure.ts";
import { Pace } from "../dom/pace.ts";
import { RootStyles } from "../dom/root-styles.ts";
import { readTheme, type Theme, watchTheme } from "../dom/theme.ts";
import type { End } from "../math/pick-moves.ts";
import { type Axis, type Interval, pxOf } from "../math/scale.ts";
import type { Picker, View } from "../model/picker.ts";
import { Annotations } from "../overlay/annotations.ts";
import { CandidateBars } from "../overlay/candidate-bars.ts";
import { Handles, type Part } from "../overlay/handles.ts";
import { MovingMarkers } from "../overlay/moving-markers.ts";
import { TrackLabels } from "../overlay/track-labels.ts";
import { GroupsRow } from "../rows/groups-row.ts";
import { Readout } from "../rows/pick-readout.ts";
import { PickRow } from "../rows/pick-row.ts";
import { StatusRow } from "../rows/status-row.ts";
import { TrialsSection } from "../trials/section.ts";
import { EarlierSweeps } from "./earlier-sweeps.ts";
import { ExplanationView } from "./explanation.ts";
import { makeFrame } from "./frame.ts";
import { Mount } from "./mount.ts";
import { PracticeSlot } from "./practice-slot.ts";
import { STYLE_SHEET } from "./style-sheet.ts";

/** How soon a view looks again whether its host has it back on the page. */
const HIDDEN_MS = 200;

export class PickerView implements View {
  readonly #picker: Picker;
  readonly #life = new AbortController();
  readonly #frame = makeFrame();
  readonly #styles = new RootStyles(STYLE_SHEET, this.#life.signal);
  readonly #choose = (pick: Interval) => this.#picker.pick.commit(pick);
  readonly #markers = new MovingMarkers(this.#frame.stage);
  readonly #explanation = new ExplanationView(this.#frame, this.#choose);
  readonly #annotations = new Annotations(this.#frame.stage);
  readonly #candidateBars = new CandidateBars(this.#frame.stage, this.#choose);
  readonly #sweeps: EarlierSweeps;
  readonly #mount: Mount;
  /** Which renewal of its output the view was made for, or has been moved by. */
  #renewal: number;
  readonly #handles: Handles;
  readonly #trackLabels = new TrackLabels(this.#frame.track);
  readonly #pickRow: PickRow;
  readonly #groupsRow = new GroupsRow(this.#frame.groups, this.#life.signal);
  readonly #readout: Readout;
  readonly #status: StatusRow;
  readonly #trials: TrialsSection;
  readonly #practice: PracticeSlot;
  readonly #pace: Pace;
  #theme: Theme;
  #width_px = 0;
  #chart: Chart | null = null;
  #hidden = true;
  #before: Interval | null = null;
  #tickLabels: readonly Interval[] = [];
  /** What the chart shows, in short. */
  #picture = "";
  #drawn = { steps: 0, lr: NaN, loss: NaN };

  constructor(picker: Picker, el: HTMLElement, until: AbortSignal) {
    this.#picker = picker;
    const { signal } = this.#life;
    this.#renewal = picker.renewals;
    this.#mount = new Mount(this.#frame.root, this.#life);
    this.#mount.stand(el, until);
    this.#styles.follow(this.#frame.root);
    this.#theme = readTheme(this.#frame.root);
    this.#handles = new Handles(this.#frame.stage, this.#events(), signal);
    this.#pickRow = new PickRow(this.#frame.pick, this.#choose, signal);
    this.#readout = new Readout(this.#frame.thisPick, this.#frame.next, signal);
    this.#status = new StatusRow(
      this.#frame.status,
      { stop: () => void picker.stop.ask(), keep: () => picker.keep.ask() },
      signal,
    );
    this.#trials = new TrialsSection(
      this.#frame.root,
      picker.trials,
      (error) => picker.report(error),
      signal,
    );
    this.#practice = new PracticeSlot(picker, this.#frame, this.#styles, signal);
    this.#pace = new Pace(() => this.#draw(), signal);
    this.#sweeps = new EarlierSweeps(this.#frame, picker, () => this.#pace.request());
    this.#watch(signal);
    this.#resize(el.clientWidth);
    this.#showAll();
    picker.views.add(this);
    signal.addEventListener("abort", () => picker.views.delete(this));
  }

  /**
   * True if the output that shows this view has been renewed since. JupyterLab then makes a new
   * view and never tells the old one that it is over.
   */
  get outdated(): boolean {
    return this.#renewal < this.#picker.renewals;
  }

  /**
   * Moves the view, as it is, to where a new one was to be made: zoom, focus and a drag go along.
   */
  moveTo(el: HTMLElement, until: AbortSignal): void {
    this.#renewal = this.#picker.renewals;
    this.#mount.move(el, until, () => {
      this.#styles.follow(this.#frame.root);
      this.#handles.holdAgain();
    });
  }

  #watch(signal: AbortSignal): void {
    const picker = this.#picker;
    const { root } = this.#frame;
    picker.points.onChange(() => this.#pace.request(), signal);
    picker.pick.onChange(() => this.#showPick(), signal);
    picker.onChange(() => this.#showAll(), signal);
    for (const name of ["_groups", "_plan", "_span"] as const) {
      picker.source.subscribe(name, () => this.#restyle(), signal);
    }
    watchTheme(root, () => this.#restyle(), signal);
    const observer = new ResizeObserver(([entry]) => this.#resize(entry?.contentRect.width ?? 0));
    observer.observe(root);
    signal.addEventListener("abort", () => {
      observer.disconnect();
      root.remove();
    });
  }

  #events() {
    const { pick } = this.#picker;
    return {
      grab: () => {
        this.#before = pick.shown;
        pick.beginDrag();
      },
      move: (moved: Interval) => pick.drag(moved),
      drop: (kept: Interval | null) => {
        pick.endDrag(kept, this.#before);
      },
      key: (moved: Interval) => pick.commit(moved),
    };
  }

  /**
   * A new width. A view has none in a hidden tab, and while JupyterLab keeps a cell that is out of
   * sight off the page: its look is not renewed then, but once it is back.
   */
  #resize(width_px: number): void {
    const wasHidden = this.#hidden;
    this.#hidden = width_px <= 0;
    if (this.#hidden || (!wasHidden && width_px === this.#width_px)) return;
    this.#width_px = width_px;
    this.#styles.follow(this.#frame.root);
    this.#restyle();
    if (this.#chart) this.#pace.request();
    else void this.#create();
  }

  #restyle(): void {
    const { root } = this.#frame;
    // Asked directly: a host that changes its theme may hide its panels before any observer tells.
    if (this.#hidden) return;
    if (root.clientWidth === 0) {
      // Without a frame in between no observer tells of the hiding nor of its end.
      setTimeout(() => this.#life.signal.aborted || this.#restyle(), HIDDEN_MS);
      return;
    }
    this.#theme = readTheme(root);
    root.classList.toggle("lrw-narrow", isNarrow(this.#width_px, this.#theme.fontSize_px));
    const { height_px, top_px, bottom_px } = this.#sizes();
    this.#frame.stage.style.setProperty("--lrw-plot-h", `${height_px - top_px - bottom_px}px`);
    this.#groupsRow.arrange(this.#picker.groups);
    this.#trials.arrange({ sizes: this.#sizes(), theme: this.#theme });
    this.#showPick();
    this.#chart?.restyle(this.#look()).then(
      () => this.#onAxesMoved(),
      (error) => this.#picker.report(error),
    );
  }

  #look(): Look {
    return { swept: this.#picker.span, sizes: this.#sizes(), theme: this.#theme };
  }

  #sizes(): Sizes {
    return sizesOf(this.#width_px, this.#theme);
  }

  async #create(): Promise<void> {
    if (this.#chart) return;
    const { signal } = this.#life;
    const onMove = () => this.#onAxesMoved();
    const chart = new Chart(this.#frame.chart, this.#look(), onMove, signal);
    this.#chart = chart;
    this.#showAll();
    try {
      await chart.stand(signal);
      if (chart.gone) return;
      this.#styles.follow(this.#frame.root); // Plotly's are there now
      this.#picture = "";
      this.#showAll();
      this.#onAxesMoved();
    } catch (error) {
      if (!signal.aborted) this.#picker.report(error);
    }
  }

  async #draw(): Promise<void> {
    const chart = this.#chart;
    const running = this.#picker.drawing;
    // Out of sight the points of a running sweep need not be drawn one by one, but all at its end.
    if (!chart || (this.#hidden && running)) return;
    if (!chart.free) {
      this.#pace.request();
      return;
    }
    const { run, lrs, losses } = this.#picker.points.visible;
    const steps = lrs.length;
    this.#drawn = { steps, lr: lrs[steps - 1] ?? NaN, loss: losses[steps - 1] ?? NaN };
    // Many things ask for a draw, and 10,000 points take a fifth of a second.
    const picture = [run, steps, running, this.#drawn.loss, chart.laid].join();
    try {
      if (picture !== this.#picture) await chart.draw({ run, lrs, losses, running });
      this.#picture = picture;
    } catch (error) {
      if (!this.#life.signal.aborted) this.#picker.report(error);
    }
    if (!this.#life.signal.aborted) this.#showProgress();
  }

  #showAll(): void {
    this.#showPick();
    this.#explain();
    this.#showProgress();
    this.#sweeps.show(this.#chart);
    // The range of losses is another one once the sweep has ended.
    this.#pace.request();
  }

  #explain(): void {
    const axis = this.#axis();
    this.#explanation.show(this.#picker.explanation, axis, this.#theme, this.#width_px);
    this.#candidateBars.show(this.#picker.keep.kept, axis, this.#theme.unit);
    this.#practice.show({ axis, theme: this.#theme, width_px: this.#width_px });
  }

  /** How far the sweep has come. Follows what is drawn, not what has arrived. */
  #showProgress(): void {
    this.#showStatus();
    const axis = this.#axis();
    const { lr, loss } = this.#drawn;
    const running = this.#picker.drawing && lr > 0;
    const spot = { left_px: pxOf(axis, Math.log10(lr)), top_px: this.#chart?.topOf(loss) ?? null };
    this.#markers.showProgress(running ? spot : null, axis);
    this.#annotate(axis);
  }

  #annotate(axis: Axis): void {
    const chart = this.#chart;
    if (!chart || chart.gone) return;
    const lr = this.#picker.drawing ? null : this.#picker.lowest;
    const lowest = lr ? { lr, loss: chart.smoothAt(Math.log10(lr)) } : null;
    this.#annotations.nameLowest(Boolean(this.#picker.practice.truth));
    this.#annotations.show({ ...chart.findings, lowest }, axis, chart, this.#theme.unit);
    this.#candidateBars.makeRoom(this.#annotations.lowestSpan);
  }

  #showStatus(): void {
    this.#status.show({
      ...this.#picker.progress(this.#drawn),
      dragging: this.#handles.dragged !== null,
    });
  }

  /**
   * Everything that follows the pick. Called for every move of a drag: draws nothing of Plotly's.
   */
  #showPick(): void {
    const { swept, source } = this.#picker;
    const { rates: groups, oneRate, oneHandle } = this.#picker;
    this.#frame.root.classList.toggle("lrw-one-handle", oneHandle);
    const pick = this.#picker.pick.shown;
    const axis = this.#axis();
    const { dragging } = this.#picker.pick;
    this.#handles.show({
      pick,
      dragging,
      swept,
      axis,
      groups,
      oneRate,
      tickLabels: this.#tickLabels,
    });
    const { dragged, edges } = this.#handles;
    const { guessing } = this.#picker;
    const pickComes = source.get("status") === "running" && !guessing;
    const shared = {
      pick,
      swept,
      axis,
      groups,
      oneRate,
      oneHandle,
      dragged,
      theme: this.#theme,
      width_px: this.#width_px,
    };
    this.#trackLabels.show({ ...shared, ...edges, pickComes });
    this.#pickRow.show({ pick, swept, groups, guessing, dragged: endsOf(dragged) });
    this.#groupsRow.show(oneRate && pick ? [pick[1], pick[1]] : pick, this.#picker.schedule);
    const { zones = [], suggested = null } = this.#picker.explanation ?? {};
    const { lowest, code } = this.#picker;
    const noPick = source.get("_no_pick");
    const firstFrozen = this.#picker.groups[0]?.frozen ?? false;
    this.#readout.show({
      pick,
      swept,
      groups,
      oneRate,
      oneHandle,
      zones,
      lowest,
      suggested,
      firstFrozen,
      code,
      noPick,
    });
    this.#showLoss(pick, dragged, edges);
    this.#showStatus();
  }

  /** The loss at the edge that is being dragged. */
  #showLoss(
    pick: Interval | null,
    dragged: Part | null,
    edges: { lo_px: number; hi_px: number },
  ): void {
    const end: End | null = dragged === "both" ? "hi" : dragged;
    const lr = pick && end ? pick[end === "lo" ? 0 : 1] : NaN;
    const loss = this.#chart?.smoothAt(Math.log10(lr)) ?? NaN;
    const left_px = end === "lo" ? edges.lo_px : edges.hi_px;
    this.#markers.showLoss(
      end ? { left_px, top_px: this.#chart?.topOf(loss) ?? null } : null,
      loss,
      this.#axis(),
    );
  }

  /** The chart's axis, also while a hand pans it; without a chart, where it would be. */
  #axis(): Axis {
    if (this.#chart && !this.#chart.gone) return this.#chart.axis;
    return axisBefore(this.#sizes(), this.#picker.span);
  }

  #onAxesMoved(): void {
    this.#tickLabels = this.#chart?.tickLabels() ?? [];
    this.#showPick();
    this.#explain();
    this.#showProgress();
  }
}

function endsOf(dragged: Part | null): readonly End[] {
  if (dragged === "both") return ["lo", "hi"];
  return dragged ? [dragged] : [];
}
