// Builds what the Python package ships: loader.js, bundle.js.gz and the licences of what is inside.

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "lr_widget", "static");

const options = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  format: "esm",
  loader: { ".min.js": "text" }, // plotly.js: chart/plotly.ts runs it
  target: "es2022",
  charset: "utf8",
  // The notices are kept in LICENSES.txt, in full.
  legalComments: "none",
  write: false,
  logLevel: "warning",
};

/** A style sheet goes in as text, without what only people read. */
const styleSheets = {
  name: "style sheets",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), {
        loader: "css",
        minify: true,
        charset: "utf8",
      });
      return { contents: code, loader: "text" };
    });
  },
};

async function bundled(entry, more = {}) {
  const result = await build({ ...options, entryPoints: [entry], ...more });
  return result.outputFiles[0].contents;
}

/** Another process may be reading the old file: a new one takes its place in one step. */
async function put(name, contents) {
  const path = join(out, name);
  await writeFile(`${path}.new`, contents);
  await rename(`${path}.new`, path);
  process.stdout.write(`${name}  ${contents.length} bytes\n`);
}

async function licenses() {
  const plotly = join(here, "node_modules", "plotly.js-basic-dist-min");
  const { version } = JSON.parse(await readFile(join(plotly, "package.json"), "utf8"));
  const own = await readFile(join(plotly, "LICENSE"), "utf8");
  const inside = await readFile(join(here, "licenses", "inside-plotly.txt"), "utf8");
  return Buffer.from(
    `bundle.js.gz contains plotly.js ${version} (basic bundle):\n\n${own}\n${inside}`,
  );
}

await mkdir(out, { recursive: true });
await put("loader.js", await bundled("src/loader.ts"));
const bundle = await bundled("src/index.ts", { plugins: [styleSheets] });
await put("bundle.js.gz", gzipSync(bundle, { level: 9 }));
const practice = await bundled("src/practice.ts", { plugins: [styleSheets] });
await put("practice.js.gz", gzipSync(practice, { level: 9 }));
await put("LICENSES.txt", await licenses());
