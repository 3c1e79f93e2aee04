// The module of every picker (`_esm`). It is sent again with each one, so it only fetches the
// bundle: from the page's cache, from the kernel's shared asset, or at last from the picker itself.
// anywidget gives it two seconds, and loses later messages: hence nothing is awaited at the top.

import { loader as words } from "../../lr_widget/common/sentences.json";
import { clock } from "./base/clock.ts";
import { height_px } from "./base/width.ts";
import type { Inbox, Model } from "./source/anywidget.ts";
import { fetched, fromAsset } from "./source/fetched.ts";
import type { Bytes, Message } from "./source/types.ts";
import { unpack } from "./source/unpack.ts";

interface Bundle {
  render(options: { inbox: Inbox; el: HTMLElement; signal: AbortSignal }): void;
}

const CACHE = Symbol.for("lr_widget.bundles");

function open(model: Model): Inbox {
  const inbox: Inbox = { model, waiting: [], deliver: null };
  model.on("msg:custom", (content: Message["content"], buffers: Bytes[]) => {
    const message = { content, buffers: buffers ?? [] };
    if (inbox.deliver) inbox.deliver(message);
    else inbox.waiting.push(message);
  });
  return inbox;
}

function fromPicker(model: Model): Promise<Bytes> {
  return new Promise((resolve) => {
    const look = () => {
      const bytes = model.get("_bundle") as Bytes | null;
      if (bytes?.byteLength) resolve(bytes);
      return bytes?.byteLength;
    };
    if (look()) return;
    model.on("change:_bundle", look);
    model.send({ type: "bundle" });
  });
}

function load(model: Model): Promise<Bundle> {
  const page = globalThis as unknown as Record<symbol, Map<unknown, Promise<unknown>>>;
  page[CACHE] ??= new Map();
  const asset = () => fromAsset(model, model.get("_bundle_id") as string, clock);
  const picker = () => fromPicker(model);
  return fetched(page[CACHE], model.get("_bundle_hash"), asset, picker, unpack) as Promise<Bundle>;
}

export default () => {
  let inbox: Inbox | undefined;
  return {
    initialize({ model }: { model: Model }) {
      inbox = open(model);
    },
    async render({ model, el, signal }: { model: Model; el: HTMLElement; signal?: AbortSignal }) {
      inbox ??= open(model);
      const view = new AbortController();
      signal?.addEventListener("abort", () => view.abort());
      const place = document.createElement("div");
      place.style.fontSize = "var(--jp-ui-font-size1,13px)";
      place.textContent = words.loading;
      el.classList.add("lrw-host"); // what a box of widgets lays out: theme.css
      el.append(place);
      // As high as the widget will be, so that the page does not jump. Hosts put it on the page later,
      // and JupyterLab tells of sizes some time after they were so.
      let waiting = true;
      const observer = new ResizeObserver(() => {
        if (!waiting || !place.isConnected) return;
        const fontSize_px = parseFloat(getComputedStyle(place).fontSize);
        place.style.minHeight = `${height_px(place.clientWidth, fontSize_px)}px`;
      });
      observer.observe(place);
      load(inbox.model)
        .then((bundle) => {
          if (!signal?.aborted && !view.signal.aborted) {
            bundle.render({ inbox: inbox!, el: place, signal: view.signal });
          }
        })
        .catch((error) => {
          place.textContent = words.failed.replace("{error}", String(error));
          console.error("lr_widget:", error);
          model.send({ type: "error", text: String(error) });
        })
        .finally(() => {
          waiting = false;
          observer.disconnect();
          place.style.minHeight = "";
        });
      return () => view.abort();
    },
  };
};
