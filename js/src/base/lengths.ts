// The lengths that the style sheets share with what TypeScript measures and gives to Plotly: said
// here, and written into the style sheet as `--lrw-<name>`. All others stand in the sheets alone.

/** The design is drawn for a font of this size: its lengths are such px. */
export const BASE_PX = 13;

/** What a px of the design comes to with a font of another size. */
export function unitOf(fontSize_px: number): number {
  return fontSize_px / BASE_PX;
}

/** In px of the design. */
export const LENGTHS_PX = {
  /** Beside the plots: labels on the left, and a margin. */
  gutter: 88,
  right: 32,
  /** Above the sweep's plot, names of zones, and below each plot, tick labels. */
  "plot-top": 28,
  ticks: 24,
  /** The trials' chart, and a line of a label in it. */
  "trials-h": 192,
  "trials-line": 15,
  /** From the top of their row to the labels of the rules. */
  "rules-top": 20,
  /** What a finger can hit is no smaller (WCAG 2.2, 2.5.8). */
  target: 24,
  /** Fonts: of labels, of what belongs to an axis, and of a rate that is being dragged. */
  "font-small": 12,
  "font-axis": 11,
  "font-large": 24,
} as const;

/** What is another length in a narrow widget. */
export const NARROW_PX = { gutter: 44, right: 28 } as const;

/** Thumbs grow with the font, up to so many times their size in the design. */
const LARGEST_THUMB = 1.6;
const THUMB_PX = 24;

/** The width of a thumb. */
export function thumbWidth_px(unit: number): number {
  return THUMB_PX * Math.min(unit, LARGEST_THUMB);
}

/**
 * The lengths as properties for a style sheet. They are registered: that makes px of them where they
 * are set, at the root, and so they are the same for elements whose font has another size.
 */
export function lengthProperties(): string {
  const inEm = (lengths: Readonly<Record<string, number>>) =>
    Object.entries(lengths).map(([name, px]) => [name, `calc(${px}em / ${BASE_PX})`] as const);
  const wide = [
    ...inEm(LENGTHS_PX),
    ["thumb-u", `min(1em / ${BASE_PX}, ${LARGEST_THUMB}px)`] as const,
    ["thumb-w", `calc(${THUMB_PX} * var(--lrw-thumb-u))`] as const,
  ];
  const registered = wide.map(
    ([name]) => `@property --lrw-${name}{syntax:"<length>";inherits:true;initial-value:0px}`,
  );
  const set = (lengths: readonly (readonly [string, string])[]) =>
    lengths.map(([name, length]) => `--lrw-${name}:${length};`).join("");
  return `${registered.join("")}.lrw-root{${set(wide)}}.lrw-root.lrw-narrow{${set(inEm(NARROW_PX))}}`;
}
