// The two thumbs, the bar between them and the band over the chart. Knows pixels and decades, and
// nothing of models: it is told what to show, and tells which pick a hand or a key asks for.

import { sentences } from "../base/sentences.ts";
import { make, setAttribute, setX } from "../dom/elements.ts";
import { type End, keyStep, limits, moveBoth, moveByKey, moveEnd } from "../math/pick-moves.ts";
import {
  type Axis,
  formatLr,
  heldInside,
  type Interval,
  log10Of,
  pxOf,
  rightOf,
  spread,
} from "../math/scale.ts";

export interface HandlesView {
  readonly pick: Interval | null;
  /** Whether a hand drags in this view or another one. */
  readonly dragging: boolean;
  readonly swept: Interval;
  readonly axis: Axis;
  /** Number of parameter groups; 0 if unknown. With one, the left handle has no effect. */
  readonly groups: number;
  /** The one is the rate of several groups, which are no layers. */
  readonly oneRate: boolean;
  /** Left and right edges of the tick labels, which the guides do not strike out. */
  readonly tickLabels: readonly Interval[];
}

export interface HandlesEvents {
  grab(part: Part): void;
  move(pick: Interval): void;
  /** The pick to keep; null if the drag was taken back or moved nothing. */
  drop(pick: Interval | null): void;
  key(pick: Interval): void;
}

export type Part = End | "both";

interface Drag {
  readonly part: Part;
  readonly pointer: number;
  readonly begin_px: number;
  /** From the pointer to the thumb's straight side. */
  readonly offset_px: number;
  readonly base: Interval | null;
  moved: Interval | null;
}

/** A hand that only clicks moves less than this. */
const STILL_PX = 2;
const LABEL_GAP_PX = 4;
const GUIDE_PX = 1.5;
const GLIDE_MS = 300;

/** Rounded to a device pixel once, so that thumb, guide and band share one edge. */
function sharp(px: number): number {
  const ratio = window.devicePixelRatio || 1;
  return Math.round(px * ratio) / ratio;
}

export class Handles {
  readonly #stage: HTMLElement;
  readonly #events: HandlesEvents;
  readonly #thumbs: Record<End, HTMLElement>;
  readonly #bar = make("div", "bar", { "aria-hidden": "true" });
  readonly #band = make("div", "band");
  readonly #guides: Record<End, HTMLElement> = {
    lo: make("div", "guide guide-lo"),
    hi: make("div", "guide guide-hi"),
  };
  readonly #ghosts: Record<End, HTMLElement> = {
    lo: make("div", "ghost ghost-lo"),
    hi: make("div", "ghost ghost-hi"),
  };
  #view: HandlesView | null = null;
  #drag: Drag | null = null;
  #hadPick = true;

  constructor(stage: HTMLElement, events: HandlesEvents, signal: AbortSignal) {
    this.#stage = stage;
    this.#events = events;
    this.#thumbs = { lo: makeThumb("lo"), hi: makeThumb("hi") };
    const { lo, hi } = this.#thumbs;
    stage.append(
      this.#band,
      this.#guides.lo,
      this.#guides.hi,
      this.#ghosts.lo,
      this.#ghosts.hi,
      this.#bar,
      lo,
      hi,
    );
    for (const part of ["lo", "hi", "both"] as const) {
      const element = this.#element(part);
      element.addEventListener("pointerdown", (event) => this.#grab(part, element, event), {
        signal,
      });
      element.addEventListener("pointermove", (event) => this.#pull(event), { signal });
      element.addEventListener("pointerup", (event) => this.#release(event, true), { signal });
      element.addEventListener("pointercancel", (event) => this.#release(event, false), { signal });
      // Not where it is lost because the view is being moved: see `holdAgain`.
      element.addEventListener(
        "lostpointercapture",
        (event) => element.isConnected && this.#release(event, false),
        { signal },
      );
      if (part !== "both") {
        element.addEventListener("keydown", (event) => this.#key(part, event), { signal });
      }
    }
    window.addEventListener("keydown", (event) => this.#escape(event), { capture: true, signal });
    signal.addEventListener("abort", () => this.#end(false));
  }

  /** The straight sides of the thumbs and whether a pick stands there. */
  get edges(): { lo_px: number; hi_px: number } {
    const view = this.#view;
    return view
      ? { lo_px: this.#edge("lo", view), hi_px: this.#edge("hi", view) }
      : { lo_px: 0, hi_px: 0 };
  }

  /** What is being dragged, and where it came from. */
  get dragged(): Part | null {
    return this.#drag?.moved ? this.#drag.part : null;
  }

  /** Goes on with a drag after the view has been moved to another place of the page. */
  holdAgain(): void {
    const drag = this.#drag;
    if (!drag) return;
    try {
      this.#element(drag.part).setPointerCapture(drag.pointer);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#end(true); // the button was let go of meanwhile
    }
  }

  #element(part: Part): HTMLElement {
    return part === "both" ? this.#bar : this.#thumbs[part];
  }

  show(view: HandlesView): void {
    this.#view = view;
    const { pick } = view;
    this.#glide(view);
    const { lo_px, hi_px } = this.edges;
    setX(this.#thumbs.lo, lo_px);
    setX(this.#thumbs.hi, hi_px);
    for (const end of ["lo", "hi"] as const) {
      this.#speak(end, view);
      this.#showGuide(end, end === "lo" ? lo_px : hi_px, view.tickLabels);
    }
    setX(this.#band, lo_px);
    this.#band.style.width = `${hi_px - lo_px}px`;
    setX(this.#bar, lo_px);
    this.#bar.style.width = `${hi_px - lo_px}px`;
    this.#stage.classList.toggle("lrw-unset", pick === null);
    this.#stage.classList.toggle("lrw-one-group", view.groups === 1);
    this.#showDots(view);
    this.#showGhosts(view);
  }

  /** A pick that comes by itself glides to its place once; what a hand does follows at once. */
  #glide({ pick, dragging }: HandlesView): void {
    if (pick && !this.#hadPick && !dragging) {
      const { classList } = this.#stage;
      classList.add("lrw-glide");
      setTimeout(() => classList.remove("lrw-glide"), GLIDE_MS);
    }
    this.#hadPick = pick !== null;
  }

  /** Where a thumb stands: at its value, at the end of what can be seen, or parked. */
  #edge(end: End, view: HandlesView): number {
    const { axis, pick } = view;
    if (!pick) return sharp(end === "lo" ? axis.left_px : rightOf(axis));
    return sharp(heldInside(axis, pxOf(axis, Math.log10(pick[end === "lo" ? 0 : 1]))));
  }

  #speak(end: End, { pick, swept, groups, oneRate }: HandlesView): void {
    const thumb = this.#thumbs[end];
    const index = end === "lo" ? 0 : 1;
    const [min, max] = limits(pick, end, swept, groups === 1);
    const noEffect = end === "lo" && groups === 1;
    const { one_rate, one_group } = sentences.handles;
    const why = oneRate ? one_rate : one_group;
    // In decades: the attributes take no exponents, and a step is the same all along.
    setAttribute(thumb, "aria-valuemin", decades(min));
    setAttribute(thumb, "aria-valuemax", decades(max));
    setAttribute(thumb, "aria-valuenow", decades(pick ? pick[index] : swept[index]));
    setAttribute(thumb, "aria-valuetext", pick ? formatLr(pick[index]) : sentences.handles.not_set);
    setAttribute(thumb, "aria-disabled", noEffect ? "true" : null);
    setAttribute(thumb, "title", noEffect ? why : null);
  }

  /** From the band's edge down to the thumb, with a gap where a tick label stands. */
  #showGuide(end: End, px: number, tickLabels: readonly Interval[]): void {
    const width_px = Math.max(1, Math.round(GUIDE_PX * devicePixelRatio)) / devicePixelRatio;
    // Inside the band, so that its outer edge is the thumb's straight side.
    setX(this.#guides[end], end === "lo" ? px : px - width_px);
    this.#guides[end].style.width = `${width_px}px`;
    const near = tickLabels.some(
      ([left, right]) => px > left - LABEL_GAP_PX && px < right + LABEL_GAP_PX,
    );
    this.#guides[end].classList.toggle("lrw-broken", near);
  }

  /** A dot on the bar for each group between the first and the last. */
  #showDots({ pick, axis, groups }: HandlesView): void {
    const between =
      pick && groups > 2 && groups <= 12 ? spread(pick[0], pick[1], groups).slice(1, -1) : [];
    while (this.#bar.childElementCount > between.length) this.#bar.lastElementChild?.remove();
    while (this.#bar.childElementCount < between.length) this.#bar.append(make("i", "bar-dot"));
    const { lo_px, hi_px } = this.edges;
    between.forEach((lr, i) => {
      const dot = this.#bar.children[i] as HTMLElement;
      const px = pxOf(axis, Math.log10(lr));
      setX(dot, px - lo_px);
      dot.hidden = px < lo_px + 3 || px > hi_px - 3;
    });
  }

  /** Dashed outlines where dragged thumbs came from. */
  #showGhosts(view: HandlesView): void {
    const drag = this.#drag;
    for (const end of ["lo", "hi"] as const) {
      const base = drag?.moved && (drag.part === end || drag.part === "both") ? drag.base : null;
      this.#ghosts[end].hidden = !base;
      if (base) setX(this.#ghosts[end], this.#edge(end, { ...view, pick: base }));
    }
  }

  #grab(part: Part, element: HTMLElement, event: PointerEvent): void {
    const view = this.#view;
    if (
      !view ||
      this.#drag ||
      event.button !== 0 ||
      element.getAttribute("aria-disabled") === "true"
    )
      return;
    if (part === "both" && !view.pick) return;
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    if (part !== "both") element.focus({ preventScroll: true });
    const begin_px = this.#x(event);
    const edge_px = part === "hi" ? this.edges.hi_px : this.edges.lo_px;
    const { pointerId: pointer } = event;
    this.#drag = {
      part,
      pointer,
      begin_px,
      offset_px: edge_px - begin_px,
      base: view.pick,
      moved: null,
    };
    this.#stage.classList.add("lrw-dragging", `lrw-drag-${part}`);
    this.#events.grab(part);
  }

  #pull(event: PointerEvent): void {
    const drag = this.#drag;
    const view = this.#view;
    if (!drag || !view || event.pointerId !== drag.pointer) return;
    const px = this.#x(event);
    if (!drag.moved && Math.abs(px - drag.begin_px) < STILL_PX) return;
    const { axis, swept, groups } = view;
    if (drag.part === "both") {
      const decades = log10Of(axis, px) - log10Of(axis, drag.begin_px);
      if (drag.base) drag.moved = moveBoth(drag.base, decades, swept);
    } else {
      drag.moved = moveEnd(
        drag.base,
        drag.part,
        log10Of(axis, px + drag.offset_px),
        swept,
        groups === 1,
      );
    }
    if (drag.moved) this.#events.move(drag.moved);
  }

  #release(event: PointerEvent, keep: boolean): void {
    if (this.#drag?.pointer === event.pointerId) this.#end(keep);
  }

  #end(keep: boolean): void {
    const drag = this.#drag;
    if (!drag) return;
    this.#drag = null;
    this.#stage.classList.remove("lrw-dragging", `lrw-drag-${drag.part}`);
    this.#events.drop(keep ? drag.moved : null);
  }

  /** Escape puts a drag back, wherever the focus is: a bar or a finger takes none. */
  #escape(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.#drag) return;
    event.preventDefault();
    event.stopPropagation();
    this.#end(false);
  }

  #key(end: End, event: KeyboardEvent): void {
    const view = this.#view;
    const step = keyStep(event.key, event.shiftKey);
    if (step === null || !view || event.ctrlKey || event.metaKey || event.altKey) return;
    // JupyterLab would move to the next cell.
    event.preventDefault();
    event.stopPropagation();
    if (this.#drag || this.#thumbs[end].getAttribute("aria-disabled") === "true") return;
    this.#events.key(moveByKey(view.pick, end, step, view.swept, view.groups === 1));
  }

  #x(event: PointerEvent): number {
    return event.clientX - this.#stage.getBoundingClientRect().left;
  }
}

function decades(lr: number): string {
  return String(Number(Math.log10(lr).toFixed(4)));
}

function makeThumb(end: End): HTMLElement {
  const icon = make("span", "icon", {}, make("i", "line"), make("i", "line"), make("i", "line"));
  return make(
    "div",
    `thumb thumb-${end}`,
    {
      role: "slider",
      tabindex: "0",
      "aria-label": sentences.handles[end],
      "aria-orientation": "horizontal",
      // JupyterLab eats the arrow keys of a div otherwise.
      "data-lm-suppress-shortcuts": "true",
    },
    icon,
  );
}
