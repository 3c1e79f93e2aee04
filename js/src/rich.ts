// A sentence with marks: `**` around what stands out, backticks around code.

export interface Piece {
  readonly kind: "text" | "strong" | "code";
  readonly text: string;
}

/** The pieces of a sentence. A mark without its partner stays as it is. */
export function pieces(sentence: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of sentence.matchAll(/\*\*(.+?)\*\*|`(.+?)`/g)) {
    if (match.index > from) found.push({ kind: "text", text: sentence.slice(from, match.index) });
    found.push(match[1] ? { kind: "strong", text: match[1] } : { kind: "code", text: match[2] ?? "" });
    from = match.index + match[0].length;
  }
  if (from < sentence.length) found.push({ kind: "text", text: sentence.slice(from) });
  return found;
}

/** The sentence without its marks. */
export function plain(sentence: string): string {
  return pieces(sentence)
    .map(({ text }) => text)
    .join("");
}

/** Puts a sentence into an element, as text and elements, unless it is there already. */
export function setRich(element: HTMLElement, sentence: string): void {
  if (element.dataset["said"] === sentence) return;
  element.dataset["said"] = sentence;
  element.replaceChildren(
    ...pieces(sentence).map(({ kind, text }) => {
      if (kind === "text") return text;
      const part = document.createElement(kind);
      part.className = `lrw-${kind}`;
      part.textContent = text;
      return part;
    }),
  );
}
