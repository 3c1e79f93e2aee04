// The loader as it is sent, with a bundle that is in the page's cache already.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import type { Inbox, Model } from "../src/source/anywidget.ts";

interface Widget {
  initialize(options: { model: Model }): void;
  render(options: { model: Model; el: unknown; signal?: AbortSignal }): Promise<() => void>;
}

const CACHE = Symbol.for("lr_widget.bundles");
const page = globalThis as unknown as Record<string | symbol, unknown>;
let makeWidget: () => Widget;

class Place {
  style: Record<string, string> = {};
  textContent = "";
  clientWidth = 0;
  isConnected = true;
}

class FakeObserver {
  static readonly all: FakeObserver[] = [];
  readonly notify: () => void;

  constructor(notify: () => void) {
    this.notify = notify;
    FakeObserver.all.push(this);
  }

  observe(): void {}

  disconnect(): void {
    FakeObserver.all.splice(FakeObserver.all.indexOf(this), 1);
  }
}

before(async () => {
  const result = await build({
    entryPoints: [new URL("../src/loader.ts", import.meta.url).pathname],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  const { text } = result.outputFiles[0]!;
  assert.ok(
    text.length < 2500,
    `the loader has ${text.length} bytes, and is sent with every picker`,
  );
  makeWidget = (await import(`data:text/javascript,${encodeURIComponent(text)}`)).default;
  page.document = { createElement: () => new Place() };
  page.getComputedStyle = () => ({ fontSize: "26px" });
  page.ResizeObserver = FakeObserver;
});

after(() => {
  delete page.document;
  delete page.getComputedStyle;
  delete page.ResizeObserver;
  delete page[CACHE];
});

class FakeModel implements Model {
  readonly sent: unknown[] = [];
  readonly traits: Record<string, unknown>;
  readonly #listeners = new Map<string, ((...args: never[]) => void)[]>();

  constructor(traits: Record<string, unknown>) {
    this.traits = traits;
  }

  get(name: string): unknown {
    return this.traits[name];
  }

  set(): void {}

  save_changes(): void {}

  send(content: unknown): void {
    this.sent.push(content);
  }

  on(name: string, listener: (...args: never[]) => void): void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
  }

  off(): void {}

  emit(name: string, ...args: unknown[]): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(...(args as never[]));
  }
}

function cached(hash: string) {
  const rendered: { inbox: Inbox; el: unknown; signal: AbortSignal }[] = [];
  const bundle = { render: (options: (typeof rendered)[number]) => void rendered.push(options) };
  page[CACHE] = new Map([[hash, Promise.resolve(bundle)]]);
  return rendered;
}

function elOf() {
  const places: Place[] = [];
  return {
    places,
    classList: { add() {} },
    append: (place: Place) => void places.push(place),
  };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

test("messages that come before the bundle are kept, in order", async () => {
  const rendered = cached("h");
  const widget = makeWidget();
  const model = new FakeModel({ _bundle_hash: "h" });
  widget.initialize({ model });
  model.emit("msg:custom", { type: "points", start: 0 }, [new DataView(new ArrayBuffer(16))]);
  model.emit("msg:custom", { type: "points", start: 1 }, undefined);
  await widget.render({ model, el: elOf() });
  await settle();
  const { inbox } = rendered[0]!;
  assert.deepEqual(
    inbox.waiting.map(({ content }) => content.start),
    [0, 1],
  );
  assert.deepEqual(inbox.waiting[1]?.buffers, []);
  const later: unknown[] = [];
  inbox.deliver = ({ content }) => void later.push(content.start);
  model.emit("msg:custom", { type: "points", start: 2 }, []);
  assert.deepEqual(later, [2]);
});

test("until the bundle comes the place is as high as the widget will be, in the host's font", async () => {
  let come = (_: unknown) => {};
  page[CACHE] = new Map([["h", new Promise((resolve) => (come = resolve))]]);
  const el = elOf();
  await makeWidget().render({ model: new FakeModel({ _bundle_hash: "h" }), el });
  const place = el.places[0]!;
  for (const [width_px, height_px] of [
    [840, 1164], // narrow, since the font is twice as large
    [1680, 1144],
  ] as const) {
    place.clientWidth = width_px;
    FakeObserver.all.at(-1)!.notify();
    assert.equal(place.style.minHeight, `${height_px}px`);
  }
  const late = FakeObserver.all.at(-1)!;
  place.isConnected = false;
  place.clientWidth = 0;
  late.notify();
  assert.equal(place.style.minHeight, "1144px", "what is off the page has no size");
  come({ render() {} });
  await settle();
  place.isConnected = true;
  late.notify();
  assert.equal(place.style.minHeight, "", "a host may tell of a size when the widget has come");
  assert.equal(FakeObserver.all.length, 0);
});

test("two views share one inbox, two models do not", async () => {
  const rendered = cached("h");
  const [one, two] = [makeWidget(), makeWidget()];
  const model = new FakeModel({ _bundle_hash: "h" });
  one.initialize({ model });
  two.initialize({ model: new FakeModel({ _bundle_hash: "h" }) });
  await one.render({ model, el: elOf() });
  await one.render({ model, el: elOf() });
  await two.render({ model: new FakeModel({ _bundle_hash: "h" }), el: elOf() });
  await settle();
  assert.equal(rendered[0]?.inbox, rendered[1]?.inbox);
  assert.notEqual(rendered[0]?.inbox, rendered[2]?.inbox);
});

test("a view that is gone before the bundle came is not drawn", async () => {
  const rendered = cached("h");
  const widget = makeWidget();
  const model = new FakeModel({ _bundle_hash: "h" });
  const view = new AbortController();
  const rendering = widget.render({ model, el: elOf(), signal: view.signal });
  view.abort();
  await rendering;
  await settle();
  assert.equal(rendered.length, 0);
});

test("the returned function ends a view on hosts without signals", async () => {
  const rendered = cached("h");
  const widget = makeWidget();
  const cleanUp = await widget.render({ model: new FakeModel({ _bundle_hash: "h" }), el: elOf() });
  await settle();
  assert.equal(rendered[0]?.signal.aborted, false);
  cleanUp();
  assert.equal(rendered[0]?.signal.aborted, true);
});

test("where the shared asset cannot be reached the picker is asked, and a broken bundle is said in words", async (t) => {
  page[CACHE] = new Map();
  const errors = t.mock.method(console, "error", () => {});
  const widget = makeWidget();
  const model = new FakeModel({ _bundle_hash: "other", _bundle: null });
  const el = elOf();
  await widget.render({ model, el });
  await settle();
  assert.deepEqual(model.sent, [{ type: "bundle" }]);
  model.traits._bundle = new DataView(new TextEncoder().encode("no gzip").buffer);
  model.emit("change:_bundle");
  // The unpacking of nonsense fails on a thread of its own.
  for (let i = 0; i < 100 && model.sent.length < 2; i++) await settle();
  assert.match(el.places[0]!.textContent, /could not be loaded/);
  assert.equal(errors.mock.callCount(), 1);
  assert.deepEqual(
    model.sent.map((content) => (content as { type: string }).type),
    ["bundle", "error"],
  );
  assert.equal((page[CACHE] as Map<string, unknown>).size, 0, "the next view tries again");
});
