// Brings a module of the page, once: it stands in the page itself, or in a script beside it.
const brought = new Map();
const unpack = async (name) => {
  const text = globalThis.lr_widget?.[name] ?? document.getElementById(name)?.textContent;
  if (!text) throw new Error({{missing}});
  const packed = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const code = new Blob([await new Response(stream).blob()], { type: "text/javascript" });
  return import(URL.createObjectURL(code));
};
const unpacked = (name) => {
  if (!brought.has(name)) brought.set(name, unpack(name));
  return brought.get(name);
};
