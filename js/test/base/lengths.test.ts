import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { LENGTHS_PX, lengthProperties, thumbWidth_px, unitOf } from "../../src/base/lengths.ts";
import { lookProperties } from "../../src/base/look.ts";

const SRC = fileURLToPath(new URL("../../src", import.meta.url));

function sheets(): string {
  const names = readdirSync(SRC, { recursive: true, encoding: "utf8" });
  const css = names.filter((name) => name.endsWith(".css"));
  return css.map((name) => readFileSync(join(SRC, name), "utf8")).join("");
}

function all(text: string, pattern: RegExp): Set<string> {
  return new Set([...text.matchAll(pattern)].map(([, name]) => name!));
}

test("every property that a sheet reads is set in one, by the lengths or by the look", () => {
  const css = sheets();
  const set = all(css + lengthProperties() + lookProperties(), /(--lrw-[\w-]+):/g);
  set.add("--lrw-backdrop"); // of the host: theme.ts
  const read = all(css, /var\((--lrw-[\w-]+)/g);
  assert.ok(read.size > 30);
  assert.deepEqual(
    [...read].filter((name) => !set.has(name)),
    [],
  );
});

test("every shared length is read by a sheet, and stands in none again", () => {
  const css = sheets();
  for (const name of Object.keys(LENGTHS_PX)) {
    assert.match(css, new RegExp(`var\\(--lrw-${name}\\)`));
    assert.doesNotMatch(css, new RegExp(`--lrw-${name}:`));
  }
});

test("a length is the same for an element whose font has another size than the root's", () => {
  const text = sheets() + lengthProperties();
  const registered = all(text, /@property (--lrw-[\w-]+)/g);
  const computed = all(text, /(--lrw-[\w-]+):\s*(?:calc|min)\(/g);
  assert.ok(computed.size > 10);
  assert.deepEqual(
    [...computed].filter((name) => !registered.has(name)),
    [],
  );
});

/** The elements that a rule is about: of each selector the last part, without states. */
function elementsOf(selectors: string): string[] {
  const plain = selectors.replace(/\/\*.*?\*\//gs, "");
  return plain.split(",").map(
    (each) =>
      each
        .replace(/(?<!:):[\w-]+/g, "")
        .trim()
        .split(/[ >+~]+/)
        .at(-1)!,
  );
}

test("a length in em is one of the font that its element has itself", () => {
  const rules = [...sheets().matchAll(/([^{}]+)\{([^{}]*)\}/g)].map(([, selectors, body]) => ({
    elements: elementsOf(selectors!),
    body: body!.replace(/font-size:[^;]*;/, ""),
    font: body!.match(/font-size: (?:calc\((\d+)em|var\(--lrw-(font-\w+))/),
  }));
  const fonts = new Map<string, number>();
  for (const { elements, font } of rules) {
    const px = font && Number(font[1] ?? LENGTHS_PX[font[2] as keyof typeof LENGTHS_PX]);
    for (const element of elements) if (px) fonts.set(element, px);
  }
  assert.ok(fonts.size > 15);
  const wrong = rules.flatMap(({ elements, body }) => {
    const own = new Set(elements.map((element) => fonts.get(element)).filter((px) => px));
    const said = [...body.matchAll(/em \/ (\d+)/g)].map(([, px]) => Number(px));
    return own.size === 1 && said.some((px) => !own.has(px)) ? [elements.join()] : [];
  });
  assert.deepEqual(wrong, []);
});

test("thumbs grow with the font until they would be in the way", () => {
  const widths_px = [13, 20.8, 26].map((size_px) => thumbWidth_px(unitOf(size_px)));
  assert.deepEqual(
    widths_px.map((px) => px.toFixed(3)),
    ["24.000", "38.400", "38.400"],
  );
});
