// A pick that comes by itself glides to its place once; what a hand does follows at once.

const GLIDE_MS = 300;

export class Glide {
  readonly #stage: HTMLElement;
  #hadPick = true;

  constructor(stage: HTMLElement) {
    this.#stage = stage;
  }

  follow(hasPick: boolean, dragging: boolean): void {
    if (hasPick && !this.#hadPick && !dragging) {
      const { classList } = this.#stage;
      classList.add("lrw-glide");
      setTimeout(() => classList.remove("lrw-glide"), GLIDE_MS);
    }
    this.#hadPick = hasPick;
  }
}
