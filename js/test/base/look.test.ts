import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { lookProperties } from "../../src/base/look.ts";

const SRC = fileURLToPath(new URL("../../src", import.meta.url));

test("every colour that a style sheet takes from the look is there, light and dark", () => {
  const sheets = readdirSync(SRC, { recursive: true, encoding: "utf8" });
  const css = sheets.filter((name) => name.endsWith(".css"));
  const text = css.map((name) => readFileSync(join(SRC, name), "utf8")).join("");
  const wanted = new Set([...text.matchAll(/var\((--lrw-own-[\w-]+)/g)].map(([, name]) => name));
  assert.ok(wanted.size > 10);
  const [light, dark] = lookProperties().split(".lrw-root.lrw-dark");
  for (const name of wanted) {
    assert.match(light!, new RegExp(`${name}:[^;]+;`));
    assert.match(dark!, new RegExp(`${name}:[^;]+;`));
  }
});
