// How a candidate is told from the others: colour, dash and mark together, so that none is needed
// alone. The colours stand in look.json, as `--lrw-trial-a` to `-f`; the theme reads them.

export interface CandidateStyle {
  /** Which of the colours. */
  readonly index: number;
  /** Lengths in px of the design; empty for a solid line. */
  readonly dash: readonly number[];
  /** In Plotly's words. */
  readonly symbol: string;
  /** The size of an open mark: shapes with corners look smaller than a circle as wide. */
  readonly size_px: number;
}

const STYLES: readonly Omit<CandidateStyle, "index">[] = [
  { dash: [6, 3], symbol: "circle", size_px: 10 },
  { dash: [], symbol: "diamond", size_px: 13 },
  { dash: [2, 3], symbol: "square", size_px: 10 },
  { dash: [12, 4], symbol: "triangle-up", size_px: 12 },
  { dash: [8, 3, 2, 3], symbol: "triangle-down", size_px: 12 },
  { dash: [12, 3, 2, 3, 2, 3], symbol: "cross", size_px: 12 },
];

export const STYLE_COUNT = STYLES.length;

/** By its letter, so that a pick keeps its look when others are dropped; else by its place. */
export function styleOf(name: string, place: number): CandidateStyle {
  const letter = /^[A-Z]$/.test(name) ? name.charCodeAt(0) - 65 : place;
  const index = letter % STYLES.length;
  return { index, ...STYLES[index]! };
}

/** The name of a class that gives `--lrw-candidate` the candidate's colour, without `lrw-`. */
export function classOf(style: CandidateStyle): string {
  return `candidate-${"abcdef"[style.index]}`;
}

/** A dash in Plotly's words. */
export function plotlyDash({ dash }: CandidateStyle, unit: number): string {
  return dash.length ? dash.map((px) => `${px * unit}px`).join(",") : "solid";
}

/** The outline of a mark around a place, as the chart draws it. */
export function markPath({ symbol, size_px }: CandidateStyle, x: number, y: number): string {
  const r = size_px / 2;
  const points = (...corners: [number, number][]) =>
    `M${corners.map(([dx, dy]) => `${x + dx * r} ${y + dy * r}`).join("L")}Z`;
  const [a, b] = [1, 0.4];
  switch (symbol) {
    case "circle":
      return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
    case "diamond":
      return points([0, -1], [1, 0], [0, 1], [-1, 0]);
    case "square":
      return points([-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]);
    case "triangle-up":
      return points([0, -1], [1, 0.7], [-1, 0.7]);
    case "triangle-down":
      return points([0, 1], [1, -0.7], [-1, -0.7]);
    default:
      return points(
        [-b, -a],
        [b, -a],
        [b, -b],
        [a, -b],
        [a, b],
        [b, b],
        [b, a],
        [-b, a],
        [-b, b],
        [-a, b],
        [-a, -b],
        [-b, -b],
      );
  }
}
