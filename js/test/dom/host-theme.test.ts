import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, isDark } from "../../src/dom/color.ts";
import { backdropOf, type Layer, markedDark } from "../../src/dom/host-theme.ts";

type Painted = Layer & { readonly color?: string };
const colorOf = (layer: Layer) => (layer as Painted).color ?? null;

test("the first layer that covers what is behind it is the backdrop, also outside a shadow root", () => {
  const page: Painted = { parentNode: null, color: "rgb(17, 18, 19)" };
  const box: Painted = { parentNode: page, color: "rgba(255, 255, 255, 0.1)" };
  const shadow: Painted = { parentNode: null, host: box };
  const widget: Painted = { parentNode: shadow, color: "rgba(0, 0, 0, 0)" };
  assert.deepEqual(backdropOf(widget, colorOf), [17, 18, 19, 1]);
  assert.equal(backdropOf({ parentNode: null }, colorOf), null);
});

test("where nothing lies behind it a page's own mark decides, and none is no answer", () => {
  const marked = (name: string, value: string, prefersDark = false) =>
    markedDark((each) => (each === name ? value : null), prefersDark);
  assert.equal(marked("data-jp-theme-light", "false"), true);
  assert.equal(marked("data-jp-theme-light", "true"), false);
  for (const [name, value] of [
    ["data-theme", "dark"],
    ["data-bs-theme", "dark"],
    ["data-color-mode", "dark"],
    ["data-md-color-scheme", "slate"],
    ["theme", "dark"],
    ["class", "page dark"],
    ["class", "vscode-dark"],
  ] as const) {
    assert.equal(marked(name, value), true, `${name}=${value}`);
  }
  assert.equal(marked("data-theme", "light"), false);
  assert.equal(marked("data-md-color-scheme", "default"), false);
  assert.equal(marked("class", "darkness-page"), null);
  assert.deepEqual(
    [marked("data-theme", "auto", true), marked("data-theme", "auto", false)],
    [true, false],
  );
  assert.equal(marked("id", "x"), null);
});

test("contrast is that of WCAG, with the ink as it is seen", () => {
  const [black, white] = [[0, 0, 0, 1] as const, [255, 255, 255, 1] as const];
  assert.equal(contrast(black, white), 21);
  assert.equal(contrast(white, white), 1);
  assert.ok(Math.abs(contrast([0, 0, 0, 0.87], white) - 16.1) < 0.1);
  assert.deepEqual([isDark([30, 33, 41, 1]), isDark([245, 245, 220, 1])], [true, false]);
});
