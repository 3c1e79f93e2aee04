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
    found.push(
      match[1] ? { kind: "strong", text: match[1] } : { kind: "code", text: match[2] ?? "" },
    );
    from = match.index + match[0].length;
  }
  if (from < sentence.length) found.push({ kind: "text", text: sentence.slice(from) });
  return found;
}

/**
 * The text in parts, of which every second one is a rate like "2.4e-3", which must not break at its
 * minus.
 */
export function ratesApart(text: string): string[] {
  return text.split(/(\d[\d.]*e-\d+)/);
}

function nodesOf(text: string): (Node | string)[] {
  return ratesApart(text).map((part, i) => {
    if (i % 2 === 0) return part;
    const rate = document.createElement("span");
    rate.className = "lrw-rate";
    rate.textContent = part;
    return rate;
  });
}

/** Puts a sentence into an element, as text and elements, unless it is there already. */
export function setMarkup(element: HTMLElement, sentence: string): void {
  if (element.dataset.said === sentence) return;
  element.dataset.said = sentence;
  element.replaceChildren(
    ...pieces(sentence).flatMap(({ kind, text }) => {
      if (kind === "text") return nodesOf(text);
      const part = document.createElement(kind);
      part.className = `lrw-${kind}`;
      part.append(...nodesOf(text));
      return [part];
    }),
  );
}
