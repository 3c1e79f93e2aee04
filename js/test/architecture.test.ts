// The tree says the architecture: imports, those of types too, go down the folders, and nowhere in a
// circle.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/** From the top down. What stands in `src` itself, the doors, is above all of them. */
const FOLDERS = [
  "practice",
  "view",
  "trials",
  "rows",
  "overlay",
  "chart",
  "model",
  "source",
  "dom",
  "math",
  "base",
];
/** What is not ours, and who may import it. */
const THIRD_PARTIES: Readonly<Record<string, readonly string[]>> = {
  "plotly.js-basic-dist-min/plotly-basic.min.js": ["chart", "trials"],
};
/** Files of ours that only these folders and the doors may import. */
const CONFINED: Readonly<Record<string, readonly string[]>> = {
  "source/anywidget.ts": ["source"],
  "chart/plotly.ts": ["chart", "trials"],
};
/** Outside of `src` only the words and the look, which Python reads too. */
const SHARED = /\/lr_widget\/.*(sentences|look|practice)\.json$/;
const MOST_LINES = 400;

const SRC = fileURLToPath(new URL("../src", import.meta.url));
const TEST = fileURLToPath(new URL(".", import.meta.url));

function filesIn(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => pathIn(root, join(parentPath, name))).sort();
}

/** With slashes on every system. */
function pathIn(root: string, path: string): string {
  return relative(root, path).split(sep).join("/");
}

/** "" for a door. */
function folderOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : "";
}

function levelOf(file: string): number {
  return FOLDERS.indexOf(folderOf(file));
}

/** All that a file imports: of ours as paths in `src`, of others by name. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), "utf8").replace(/^\s*(\/\/|\/?\*).*$/gm, "");
  const found = text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*"([^"]+)"/g);
  return [...found].map(([, name]) => {
    const ours = name!.startsWith(".");
    return ours ? pathIn(SRC, join(SRC, folderOf(file), name!)) : name!;
  });
}

const FILES = filesIn(SRC);
const SOURCES = FILES.filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
const GRAPH = new Map(SOURCES.map((file) => [file, importsOf(file)]));
const EDGES = SOURCES.flatMap((file) => GRAPH.get(file)!.map((target) => ({ file, target })));

test("every file has its folder, and every folder its files", () => {
  assert.deepEqual([...new Set(FILES.map(folderOf))].filter(Boolean).sort(), FOLDERS.toSorted());
  assert.deepEqual(
    FILES.filter((file) => file.split("/").length > 2),
    [],
  );
  const known = ["", "support", ...FOLDERS];
  assert.deepEqual(
    filesIn(TEST).filter((file) => !known.includes(folderOf(file))),
    [],
  );
});

test("imports go downwards only, and find their file", () => {
  const ours = EDGES.filter(({ target }) => FILES.includes(target));
  assert.ok(ours.length > SOURCES.length);
  assert.deepEqual(
    ours.filter(({ file, target }) => levelOf(target) < levelOf(file)),
    [],
  );
});

test("nothing is imported but what is ours, the words, and what a folder may", () => {
  const strange = EDGES.filter(({ file, target }) => {
    if (FILES.includes(target) || SHARED.test(target)) return false;
    return !THIRD_PARTIES[target]?.includes(folderOf(file));
  });
  assert.deepEqual(strange, []);
  for (const name of Object.keys(THIRD_PARTIES)) {
    assert.ok(
      EDGES.some(({ target }) => target === name),
      name,
    );
  }
});

test("only those who need them know anywidget and Plotly", () => {
  for (const [confined, folders] of Object.entries(CONFINED)) {
    assert.ok(FILES.includes(confined), confined);
    const knowing = EDGES.filter(({ target }) => target === confined);
    assert.deepEqual(
      knowing.filter(({ file }) => folderOf(file) && !folders.includes(folderOf(file))),
      [],
    );
  }
});

test("no files import each other, however far around", () => {
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): void => {
    assert.ok(!way.includes(file), [...way, file].join(" -> "));
    if (done.has(file)) return;
    for (const target of GRAPH.get(file) ?? []) walk(target, [...way, file]);
    done.add(file);
  };
  for (const file of SOURCES) walk(file, []);
});

test("a file can be read in one go", () => {
  for (const file of SOURCES) {
    const lines = readFileSync(join(SRC, file), "utf8").trimEnd().split("\n").length;
    assert.ok(lines <= MOST_LINES, `${file} has ${lines} lines`);
  }
});
