// The widths of texts in the fonts of the host, without making the page lay itself out.

import type { Theme } from "./theme.ts";

/** A font in CSS's words, and what stands between its letters and words. */
export interface Font {
  readonly css: string;
  readonly letterSpacing_px: number;
  readonly wordSpacing_px: number;
}

/** A font of a size in px of the design. */
export function fontOf(theme: Theme, weight: number, size_px: number): Font {
  const real_px = size_px * theme.unit;
  return {
    css: `${weight} ${real_px}px ${theme.fontFamily}`,
    letterSpacing_px: theme.letterSpacing_em * real_px,
    wordSpacing_px: theme.wordSpacing_em * real_px,
  };
}

const widths_px = new Map<string, number>();
let pen: CanvasRenderingContext2D | null | undefined;

/** The width of a text, without making the page lay itself out. */
export function textWidth(text: string, font: Font): number {
  const words = text.split(" ").length - 1;
  return (
    plainWidth(text, font.css) + text.length * font.letterSpacing_px + words * font.wordSpacing_px
  );
}

function plainWidth(text: string, css: string): number {
  const key = `${css}\n${text}`;
  let width = widths_px.get(key);
  if (width === undefined) {
    pen ??= document.createElement("canvas").getContext("2d");
    if (!pen) return text.length * 7;
    pen.font = css;
    width = pen.measureText(text).width;
    if (widths_px.size > 500) widths_px.clear();
    widths_px.set(key, width);
  }
  return width;
}
