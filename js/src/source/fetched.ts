// Modules that a page fetches from the kernel once: from the widget that holds one for all pickers,
// or, on hosts that cannot reach it, from the picker that needs it.

import type { Timer } from "../base/clock.ts";
import type { Bytes } from "./types.ts";
import type { Model } from "./widget-model.ts";

const LATE_MS = 3000;

/** The bytes in the shared widget of an id; a host that hangs over it is given up. */
export async function fromAsset(model: Model, id: string, timer: Timer): Promise<Bytes> {
  const asset = model.widget_manager!.get_model(id); // throws before there is anything to wait for
  const late = new Promise<never>((_, reject) =>
    timer.after(LATE_MS, () => reject(new Error("the shared widget did not answer"))),
  );
  return (await Promise.race([asset, late])).get("bundle") as Bytes;
}

/** The module that is kept under a key; else the first way that leads to it, kept unless none does. */
export function fetched(
  kept: Map<unknown, Promise<unknown>>,
  key: unknown,
  asset: () => Promise<Bytes>,
  picker: () => Promise<Bytes>,
  unpack: (bytes: Bytes) => Promise<unknown>,
): Promise<unknown> {
  let module = kept.get(key);
  if (!module) {
    module = asset()
      .then(unpack)
      .catch((first) =>
        picker()
          .then(unpack)
          .catch((error) => fail(error, first)),
      );
    kept.set(key, module);
    module.catch(() => kept.delete(key));
  }
  return module;
}

/** Fails by an error, and says why there was need for a second way. */
function fail(error: unknown, first: unknown): never {
  if (error instanceof Error) error.cause ??= first;
  throw error;
}
