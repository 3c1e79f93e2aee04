// The sheet of what only practice needs stands behind the main one, which knows nothing of it: no
// class of practice's may be one that another sheet speaks of.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SRC = fileURLToPath(new URL("../../src", import.meta.url));
const SHEETS = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".css"))
  .map((file) => ({ file, text: withoutComments(readFileSync(join(SRC, file), "utf8")) }));

function withoutComments(css: string): string {
  return css.replace(/\/\*[\s\S]*?\*\//g, "");
}

function classesIn(text: string): string[] {
  return [...text.matchAll(/\.(lrw-[\w-]+)/g)].map(([, name]) => name!);
}

/** Classes that a sheet says the look of, wherever their elements stand. */
function declared(css: string): string[] {
  const selectors = [...css.matchAll(/([^{};]+)\{/g)].flatMap(([, list]) => list!.split(","));
  return selectors.flatMap((each) => {
    const own = /^(?:\.lrw-root )?(\.lrw-[\w-]+)(?:::?[\w-]+(?:\([^)]*\))?)*$/.exec(each.trim());
    return own ? classesIn(own[1]!) : [];
  });
}

test("no class of practice's is declared or spoken of in another sheet", () => {
  const practice = SHEETS.find(({ file }) => file.endsWith("practice.css"))!;
  const own = declared(practice.text);
  assert.ok(own.includes("lrw-guess-button") && own.includes("lrw-truth-line"), String(own));
  for (const { file, text } of SHEETS) {
    if (file === practice.file) continue;
    const others = new Set(classesIn(text));
    assert.deepEqual(
      own.filter((name) => others.has(name)),
      [],
      file,
    );
  }
});
