// Whether a host is light or dark. What lies behind the widget says it best, whatever the host calls
// its themes; where nothing does (a frame that lets another page through), the host's marks do.

import { isDark, type Rgba, rgbaOf } from "./color.ts";

/** What a host says of its scheme: attributes of the root or the body. */
const MARKS = [
  "data-theme", // Sphinx themes (PyData, Furo), Docusaurus, Starlight
  "data-bs-theme", // Bootstrap: Shiny, Quarto
  "data-md-color-scheme", // Material for MkDocs, Zensical
  "data-color-mode", // GitHub's Primer
  "data-color-scheme",
  "data-mode",
  "theme", // Colab
];
/** The attributes whose change may be one of the theme. */
export const WATCHED = [
  ...MARKS,
  "class",
  "style",
  "data-jp-theme-light",
  "data-jp-theme-name",
  "data-vscode-theme-kind",
];
const DARK_VALUES = /^(dark|slate|night|black)\b|[-_ ](dark|slate)\b/;
const DARK_CLASSES =
  /(^|\s)(dark|dark-theme|dark-mode|theme-dark|quarto-dark|vscode-dark|vscode-high-contrast)(\s|$)/;
/** A layer that lets more than this through decides nothing. */
const MOST_CLEAR = 0.5;

/** The part of an element that is asked here. */
export interface Layer {
  readonly parentNode: Layer | null;
  /** Of a shadow root: what it hangs on. */
  readonly host?: Layer;
}

/** The colour of the first layer behind `layer` that covers what is behind it; null if none does. */
export function backdropOf(layer: Layer, colorOf: (layer: Layer) => string | null): Rgba | null {
  for (let each: Layer | null | undefined = layer; each; each = each.host ?? each.parentNode) {
    const color = colorOf(each);
    const [red, green, blue, alpha] = color ? rgbaOf(color) : [0, 0, 0, 0];
    if (alpha > MOST_CLEAR) return [red, green, blue, 1];
  }
  return null;
}

/** What an element of the page says about its scheme; null for nothing. `prefersDark` of a person. */
export function markedDark(
  attributeOf: (name: string) => string | null,
  prefersDark: boolean,
): boolean | null {
  const jupyter = attributeOf("data-jp-theme-light");
  if (jupyter) return jupyter === "false";
  if (DARK_CLASSES.test(attributeOf("class") ?? "")) return true;
  for (const name of MARKS) {
    const value = attributeOf(name)?.toLowerCase();
    if (!value) continue;
    return value === "auto" || value === "system" ? prefersDark : DARK_VALUES.test(value);
  }
  return null;
}

/** What lies behind an element, if that is known, and whether it stands on something dark. */
export function hostOf(element: HTMLElement): { backdrop: Rgba | null; dark: boolean } {
  const page = element.ownerDocument;
  const backdrop = backdropOf(element as unknown as Layer, (layer) =>
    (layer as unknown) instanceof Element
      ? getComputedStyle(layer as unknown as Element).backgroundColor
      : null,
  );
  if (backdrop) return { backdrop, dark: isDark(backdrop) };
  const prefersDark = matchMedia("(prefers-color-scheme: dark)").matches;
  for (const each of [page.body, page.documentElement]) {
    const dark = markedDark((name) => each.getAttribute(name), prefersDark);
    if (dark !== null) return { backdrop, dark };
  }
  // The browser's own canvas is dark only where the page allows it.
  const { colorScheme } = getComputedStyle(page.documentElement);
  const allowed = colorScheme.split(" ").filter((word) => word === "light" || word === "dark");
  return { backdrop, dark: allowed.includes("dark") && (prefersDark || allowed.length === 1) };
}
