// The host's colours and fonts. `theme.css` maps them to `--lrw-*` for light and dark; Plotly
// cannot read CSS variables, so the chart gets them resolved.

import { BASE_PX, unitOf } from "../base/lengths.ts";
import { GRID_OPACITY, POINTS_OPACITY } from "../base/look.ts";
import { contrast, cssOf, faint, type Rgba, rgbaOf, strengthened } from "./color.ts";
import { make } from "./elements.ts";
import { hostOf, WATCHED } from "./host-theme.ts";

export interface Theme {
  readonly ink: string;
  readonly muted: string;
  readonly points: string;
  readonly grid: string;
  readonly axis: string;
  readonly paper: string;
  /** The colours of candidates. */
  readonly trials: readonly string[];
  readonly fontFamily: string;
  /** Size of the widget's body text. */
  readonly fontSize_px: number;
  /** What a px of the design comes to: every length of the look is a multiple of it. */
  readonly unit: number;
  /** What a person adds between letters and between words, over the size of the font. */
  readonly letterSpacing_em: number;
  readonly wordSpacing_em: number;
}

/** Some hosts fade from one theme to the next, or name it before its style sheet is in place. */
const SETTLE_MS = 400;
/** Text with less contrast (WCAG 2) than what large letters need cannot be read. */
const LEAST_CONTRAST = 3;
/** What text of the usual size needs (WCAG 2.2, 1.4.3). */
const TEXT_CONTRAST = 4.5;
/** The colours of texts that are weaker than the ink. */
const TEXTS = ["muted", "pick-text"] as const;
const BLACK: Rgba = [0, 0, 0, 1];
const WHITE: Rgba = [255, 255, 255, 1];

/**
 * Marks `root` as light or dark and reads what the style sheet makes of it. Where the host's colours
 * for widgets do not follow its theme, so that its ink cannot be read, the widget's own take their
 * place.
 */
export function readTheme(root: HTMLElement): Theme {
  const { backdrop, dark } = hostOf(root);
  const paper = backdrop ?? (dark ? BLACK : WHITE);
  const asked = make("span", "hidden");
  root.append(asked);
  const computed = (color: string) => {
    asked.style.color = color;
    return cssOf(rgbaOf(getComputedStyle(asked).color));
  };
  const hosts = getComputedStyle(root.parentElement ?? root).getPropertyValue(
    "--jp-ui-font-color1",
  );
  const readable = !hosts || contrast(rgbaOf(computed(hosts)), paper) >= LEAST_CONTRAST;
  root.classList.toggle("lrw-dark", dark);
  root.classList.toggle("lrw-own-colors", !readable);
  if (backdrop) root.style.setProperty("--lrw-backdrop", cssOf(backdrop));
  else root.style.removeProperty("--lrw-backdrop");
  strengthenTexts(root, (name) => rgbaOf(computed(`var(--lrw-${name})`)), paper);
  const theme = { ...colorsOf((name) => computed(`var(--lrw-${name})`)), ...textOf(asked) };
  asked.remove();
  return theme;
}

/** A host's colours of texts have just enough contrast on its own paper: less on an off-white page. */
function strengthenTexts(root: HTMLElement, color: (name: string) => Rgba, paper: Rgba): void {
  for (const name of TEXTS) root.style.removeProperty(`--lrw-${name}`);
  const ink = color("ink");
  for (const name of TEXTS) {
    const weak = color(name);
    if (contrast(weak, paper) >= TEXT_CONTRAST) continue;
    root.style.setProperty(`--lrw-${name}`, cssOf(strengthened(weak, ink, paper, TEXT_CONTRAST)));
  }
}

function colorsOf(color: (name: string) => string) {
  const ink = color("ink");
  return {
    ink,
    muted: color("muted"),
    points: faint(ink, POINTS_OPACITY),
    grid: faint(ink, GRID_OPACITY),
    axis: color("axis"),
    paper: color("paper"),
    trials: [..."abcdef"].map((letter) => color(`trial-${letter}`)),
  };
}

function textOf(text: HTMLElement) {
  const { fontFamily, fontSize, letterSpacing, wordSpacing } = getComputedStyle(text);
  const fontSize_px = parseFloat(fontSize) || BASE_PX;
  return {
    fontFamily,
    fontSize_px,
    unit: unitOf(fontSize_px),
    letterSpacing_em: (parseFloat(letterSpacing) || 0) / fontSize_px,
    wordSpacing_em: (parseFloat(wordSpacing) || 0) / fontSize_px,
  };
}

/**
 * Calls `listener` when the host's theme, its font or the spacing of text may have changed, and once
 * more when that has settled.
 */
export function watchTheme(root: HTMLElement, listener: () => void, signal: AbortSignal): void {
  const page = root.ownerDocument;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onChange = () => {
    listener();
    clearTimeout(timer);
    timer = setTimeout(listener, SETTLE_MS);
  };
  const observer = new MutationObserver(onChange);
  for (const element of [page.body, page.documentElement]) {
    observer.observe(element, { attributes: true, attributeFilter: WATCHED });
  }
  // Whatever else changes what the widget's texts look like, a part of it that is never seen runs
  // through a transition.
  const probe = make("span", "theme-probe", { "aria-hidden": "true" });
  root.append(probe);
  probe.addEventListener("transitionend", listener, { signal });
  // Read in the middle of a host's fade, the paper is not yet what it will be.
  const onFaded = ({ target }: Event) => {
    if (target === page.body || target === page.documentElement) listener();
  };
  page.addEventListener("transitionend", onFaded, { signal });
  // On a busy machine the style sheet of a theme may come later than that.
  const onLoad = (event: Event) => event.target instanceof HTMLLinkElement && listener();
  page.addEventListener("load", onLoad, { capture: true, signal });
  for (const query of ["(forced-colors: active)", "(prefers-color-scheme: dark)"]) {
    page.defaultView?.matchMedia(query).addEventListener("change", onChange, { signal });
  }
  signal.addEventListener("abort", () => {
    observer.disconnect();
    clearTimeout(timer);
  });
}
