// The host's colours and fonts. `theme.css` maps them to `--lrw-*` for light and dark; Plotly
// cannot read CSS variables, so the chart gets them resolved.

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
  /** Size of the widget's body text; every length of the look is a multiple of it over 13. */
  readonly fontSize_px: number;
}

/** A font in CSS's words, of a size at the 13 px base. */
export function fontOf(
  { fontFamily, fontSize_px }: Theme,
  weight: number,
  size_px: number,
): string {
  return `${weight} ${(size_px * fontSize_px) / 13}px ${fontFamily}`;
}

const WATCHED = [
  "class",
  "data-jp-theme-light",
  "data-jp-theme-name",
  "data-theme",
  "data-vscode-theme-kind",
];
/** JupyterLab names the new theme before its style sheet is in place. */
const SETTLE_MS = 400;

/**
 * JupyterLab says so on the body; other hosts by class or attribute, or only by their background.
 */
export function isDark(page: Document): boolean {
  const jupyter = page.body.dataset.jpThemeLight;
  if (jupyter) return jupyter === "false";
  if (page.body.classList.contains("vscode-dark")) return true;
  const marked = page.documentElement.dataset.theme ?? page.body.dataset.theme;
  if (marked) return marked === "dark";
  for (const element of [page.body, page.documentElement]) {
    if (element.classList.contains("dark") || element.classList.contains("dark-theme")) return true;
    const [r, g, b, alpha = 1] = channels(getComputedStyle(element).backgroundColor);
    if (r !== undefined && g !== undefined && b !== undefined && alpha > 0.5) {
      return r + g + b < 382;
    }
  }
  return false;
}

function channels(color: string): number[] {
  return (color.match(/[\d.]+/g) ?? []).map(Number);
}

/** A computed colour with its opacity multiplied. */
export function faint(color: string, share: number): string {
  const [r = 0, g = 0, b = 0, alpha = 1] = channels(color);
  return `rgba(${r}, ${g}, ${b}, ${alpha * share})`;
}

/** Marks `root` as light or dark and reads what the style sheet makes of it. */
export function readTheme(root: HTMLElement): Theme {
  root.classList.toggle("lrw-dark", isDark(root.ownerDocument));
  const probe = root.ownerDocument.createElement("span");
  probe.className = "lrw-hidden";
  root.append(probe);
  const color = (name: string) => {
    probe.style.color = `var(--lrw-${name})`;
    return getComputedStyle(probe).color;
  };
  const ink = color("ink");
  const { fontFamily, fontSize } = getComputedStyle(root);
  const theme: Theme = {
    ink,
    muted: color("muted"),
    points: faint(ink, 0.5),
    grid: faint(ink, 0.07),
    axis: color("axis"),
    paper: color("paper"),
    trials: [..."abcdef"].map((letter) => color(`trial-${letter}`)),
    fontFamily,
    fontSize_px: parseFloat(fontSize) || 13,
  };
  probe.remove();
  return theme;
}

/** Calls `listener` when the host's theme may have changed, and once more when it has settled. */
export function watchTheme(page: Document, listener: () => void, signal: AbortSignal): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const observer = new MutationObserver(() => {
    listener();
    clearTimeout(timer);
    timer = setTimeout(listener, SETTLE_MS);
  });
  for (const element of [page.body, page.documentElement]) {
    observer.observe(element, { attributes: true, attributeFilter: WATCHED });
  }
  // On a busy machine the style sheet of a theme may come later than that.
  const onLoad = (event: Event) => event.target instanceof HTMLLinkElement && listener();
  page.addEventListener("load", onLoad, { capture: true, signal });
  for (const query of ["(forced-colors: active)", "(prefers-color-scheme: dark)"]) {
    page.defaultView?.matchMedia(query).addEventListener("change", listener, { signal });
  }
  signal.addEventListener("abort", () => {
    observer.disconnect();
    clearTimeout(timer);
  });
}
