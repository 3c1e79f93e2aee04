// The row "Replay": buttons that draw the curve again, hold it, and make it go on step by step.

import { say } from "../base/sentences.ts";
import { make, setText } from "../dom/elements.ts";
import { formatLr } from "../math/scale.ts";
import type { Picker } from "../model/picker.ts";
import { row } from "../rows/row.ts";
import type { ReplayWish } from "../source/types.ts";
import { Replay } from "./replay.ts";
import { words as all } from "./words.ts";

const words = all.replay;
/** One for all views of a picker: what is drawn again is the picker's. */
const replays = new WeakMap<Picker, Replay>();

/** The wish that a replay has begun with, so that a second view does not begin it anew. */
const begun = new WeakMap<Replay, string>();

export function replayOf(picker: Picker): Replay {
  let replay = replays.get(picker);
  if (!replay) {
    replay = new Replay({
      lrs: () => picker.points.lrs,
      limit: (limit) => picker.replay(limit),
      piecewise: wantsLessMotion,
    });
    replays.set(picker, replay);
    endWithTheGuess(picker, replay);
    spendTheWish(picker, replay);
  }
  return replay;
}

/** After the guess, or without one, all is shown: the curve, too. */
function endWithTheGuess(picker: Picker, replay: Replay): void {
  let { guessing } = picker;
  picker.source.subscribe("_practice", () => {
    const before = guessing;
    guessing = picker.guessing;
    if (before && !guessing) replay.end();
  });
}

/** Who has seen the whole curve does not see it drawn again because the page is loaded anew. */
function spendTheWish(picker: Picker, replay: Replay): void {
  replay.onChange(() => {
    const id = begun.get(replay);
    if (replay.phase === "ended" && id && id === picker.practice.replay?.id) {
      picker.source.send({ type: "replayed", id });
    }
  });
}

const wantsLessMotion = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

export class ReplayRow {
  readonly row: HTMLElement;
  readonly #stage: HTMLElement;
  readonly #picker: Picker;
  readonly #replay: Replay;
  readonly #play = make("button", "button", { type: "button" }, words.start);
  readonly #step = make("button", "button", { type: "button" }, words.step);
  readonly #said = make("p", "replay-said muted", { role: "status" });

  /** The curve is drawn on `stage`. */
  constructor(picker: Picker, stage: HTMLElement, signal: AbortSignal) {
    this.#picker = picker;
    this.#stage = stage;
    this.#replay = replayOf(picker);
    const { row: element, content } = row("replay", words.row);
    content.append(this.#play, this.#step, this.#said);
    this.row = element;
    this.#play.addEventListener("click", () => this.#onPlay(), { signal });
    this.#step.addEventListener("click", () => this.#onStep(), { signal });
    this.#replay.onChange(() => this.#tell(), signal);
  }

  show(wish: ReplayWish | null | undefined): void {
    const { points, status } = this.#picker;
    this.row.hidden = status === "running" || points.lrs.length === 0;
    const fresh = wish && begun.get(this.#replay) !== wish.id && !this.row.hidden;
    if (fresh) {
      begun.set(this.#replay, wish.id);
      this.#replay.set(wish.speed, wish.until);
      this.#replay.start();
    } else this.#tell();
  }

  #onPlay(): void {
    const { phase } = this.#replay;
    if (phase === "playing") {
      this.#replay.pause();
      return;
    }
    this.#bringIntoView();
    if (phase === "ended") this.#replay.start();
    else this.#replay.goOn();
  }

  #onStep(): void {
    this.#bringIntoView();
    this.#replay.step();
  }

  /** On a phone the buttons stand far below the curve. One that can be seen stays where it is. */
  #bringIntoView(): void {
    const behavior = wantsLessMotion() ? "instant" : "smooth";
    this.#stage.scrollIntoView({ block: "nearest", behavior });
  }

  #tell(): void {
    const { phase, lr, begun: ever } = this.#replay;
    const going = { playing: words.pause, ended: words.start, paused: words.go_on };
    setText(this.#play, phase === "held" ? words.go_on : going[phase]);
    const at = { lr: formatLr(lr ?? this.#picker.points.lrs[0] ?? NaN) };
    const said = { playing: words.playing, ended: ever ? words.ended : "" };
    const stands = phase === "held" ? words.held : words.paused;
    setText(this.#said, phase === "playing" || phase === "ended" ? said[phase] : say(stands, at));
  }
}
