// A pick that comes by itself glides to its place once; what a hand does follows at once.

import type { Range } from "../math/scale.ts";

const GLIDE_MS = 300;

export class Glide {
  readonly #stage: HTMLElement;
  #hadPick = true;

  constructor(stage: HTMLElement) {
    this.#stage = stage;
  }

  show(pick: Range | null, dragging: boolean): void {
    if (pick && !this.#hadPick && !dragging) {
      const { classList } = this.#stage;
      classList.add("lrw-glide");
      setTimeout(() => classList.remove("lrw-glide"), GLIDE_MS);
    }
    this.#hadPick = pick !== null;
  }
}
