// A module that comes as the bytes of its gzip: from the kernel's shared widgets, or from a picker.

import type { Bytes } from "./types.ts";

export async function unpack(bytes: Bytes): Promise<unknown> {
  const text = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip"));
  const url = URL.createObjectURL(
    new Blob([await new Response(text).blob()], { type: "text/javascript" }),
  );
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}
