// Colours as numbers. Browsers give a computed colour as rgb() or rgba() where the style sheet says
// it so, but as oklch() or color() where that is its word.

/** Red, green and blue from 0 to 255, and opacity from 0 to 1. */
export type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

/** A theme has some dozen colours; a host that fades from one to the next has any number. */
const MOST_KNOWN = 100;
const STRONGER = 0.05;
const known = new Map<string, Rgba>();

/** A computed colour in numbers; black that cannot be seen where it is none. */
export function rgbaOf(color: string): Rgba {
  if (/^rgba?\(/.test(color)) {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
    return [red, green, blue, alpha];
  }
  let numbers = known.get(color);
  if (!numbers) {
    numbers = painted(color);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(color, numbers);
  }
  return numbers;
}

/** Asks the browser, which knows every way to write a colour. */
function painted(color: string): Rgba {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d");
  if (!pen || !color) return [0, 0, 0, 0];
  pen.fillStyle = color;
  pen.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 0] = pen.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}

export function cssOf([red, green, blue, alpha]: Rgba): string {
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

/** A computed colour with its opacity multiplied. */
export function faint(color: string, share: number): string {
  const [red, green, blue, alpha] = rgbaOf(color);
  return cssOf([red, green, blue, alpha * share]);
}

/** Relative luminance as WCAG 2 defines it, from 0 (black) to 1 (white). */
function luminance([red, green, blue]: Rgba): number {
  const linear = (channel: number) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** Contrast by WCAG 2, from 1 (the same) to 21; `ink` as it is seen on `paper`, which is opaque. */
export function contrast(ink: Rgba, paper: Rgba): number {
  const mixed = (i: 0 | 1 | 2) => ink[3] * ink[i] + (1 - ink[3]) * paper[i];
  const lights = [luminance([mixed(0), mixed(1), mixed(2), 1]), luminance(paper)];
  return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
}

/**
 * A weaker ink as it is if it has the contrast `least` on `paper`; else as little stronger, towards
 * `ink`, as it takes.
 */
export function strengthened(weak: Rgba, ink: Rgba, paper: Rgba, least: number): Rgba {
  for (let share = 0; share < 1; share += STRONGER) {
    const between = weak.map((channel, i) => channel + share * (ink[i]! - channel));
    const color = between as unknown as Rgba;
    if (contrast(color, paper) >= least) return color;
  }
  return ink;
}

/** Whether white stands out better than black. */
export function isDark(paper: Rgba): boolean {
  return contrast([255, 255, 255, 1], paper) > contrast([0, 0, 0, 1], paper);
}
