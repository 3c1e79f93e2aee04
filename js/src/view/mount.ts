// Where a view stands on the page, and how it moves. JupyterLab makes a new place for an output
// that is renewed and never says that the old one is over; the view goes there with its focus.

/** A host may fill a place some frames before it shows it. */
const FRAMES_TO_WAIT = 120;
/** A view that is moved is off the page for less than this. */
const REFOCUS_MS = 2000;

export class Mount {
  readonly #root: HTMLElement;
  readonly #life: AbortController;
  #until: AbortSignal | null = null;
  #focused: HTMLElement | null = null;
  #unfocused_ms = Infinity;

  /** `life` ends when the place does in which `root` stands then. */
  constructor(root: HTMLElement, life: AbortController) {
    this.#root = root;
    this.#life = life;
    const { signal } = life;
    root.addEventListener("focusin", (event) => (this.#focused = event.target as HTMLElement), {
      signal,
    });
    root.addEventListener("focusout", (event) => this.#onFocusOut(event), { signal });
  }

  stand(el: HTMLElement, until: AbortSignal): void {
    el.replaceChildren(this.#root);
    this.#until = until;
    until.addEventListener("abort", () => {
      if (this.#until === until) this.#life.abort();
    });
  }

  /** Goes to another place, and calls `arrived` when that is on the page. */
  move(el: HTMLElement, until: AbortSignal, arrived: () => void): void {
    const focused = performance.now() - this.#unfocused_ms < REFOCUS_MS ? this.#focused : null;
    this.stand(el, until);
    this.#onceOnPage(() => {
      arrived();
      focused?.focus({ preventScroll: true });
    });
  }

  #onceOnPage(act: () => void, frames = FRAMES_TO_WAIT): void {
    if (this.#root.isConnected) act();
    else if (frames > 0) requestAnimationFrame(() => this.#onceOnPage(act, frames - 1));
  }

  /** Nothing takes the focus of an element that is taken off the page. */
  #onFocusOut(event: FocusEvent): void {
    this.#unfocused_ms = performance.now();
    if (event.relatedTarget) this.#focused = null;
  }
}
