// Style sheets where a view stands: in the page, or in a shadow root, which the page's own sheets do
// not reach (marimo, Panel). A sheet is shared by all views of a root and goes with the last of them.

/** Where a view of any bundle on the page finds what there is; the newest bundle's text counts. */
const SHEETS = Symbol.for("lr_widget.sheets");

interface Adopted {
  readonly sheet: CSSStyleSheet;
  text: string;
  views: number;
}

type Root = (Document | ShadowRoot) & { [SHEETS]?: Map<string, Adopted> };

interface Wanted {
  readonly root: Root;
  readonly name: "ours" | "registered" | "plotly" | "late";
  readonly text: string;
}

/** The sheets of one view, until `signal` aborts. */
export class RootStyles {
  readonly #css: string;
  /** What came after the view was made, and stands behind `#css`; null as long as nothing has. */
  #late: string | null = null;
  readonly #signal: AbortSignal;
  #held: readonly Wanted[] = [];

  constructor(css: string, signal: AbortSignal) {
    this.#css = css;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#hold([]));
  }

  /**
   * Puts the sheets where `element` stands now: hosts put a view on the page later, and move it.
   * What is not yet on a page counts as being in its document. Also takes over what Plotly, which
   * knows its document only, has added to its style there since.
   */
  follow(element: HTMLElement): void {
    if (!this.#signal.aborted) this.#hold(wantedIn(rootOf(element), this.#css, this.#late));
  }

  /** Puts one more sheet where `element` stands, for parts that come late. */
  add(css: string, element: HTMLElement): void {
    this.#late = css;
    this.follow(element);
  }

  #hold(wanted: readonly Wanted[]): void {
    const before = this.#held;
    this.#held = wanted;
    for (const each of wanted) {
      const held = before.some((old) => isSame(old, each));
      const adopted = adopt(each.root, each.name);
      if (!held) adopted.views += 1;
      // The text of a newer bundle's view stays.
      if (!held || each.name === "plotly") fill(adopted, each.text);
    }
    for (const old of before) {
      if (!wanted.some((each) => isSame(old, each))) release(old.root, old.name);
    }
  }
}

function isSame(one: Wanted, other: Wanted): boolean {
  return one.root === other.root && one.name === other.name;
}

function isShadow(root: Node): root is ShadowRoot {
  return root.nodeType === Node.DOCUMENT_FRAGMENT_NODE && "host" in root;
}

function rootOf(element: HTMLElement): Root {
  const root = element.getRootNode();
  return isShadow(root) ? root : element.ownerDocument;
}

function wantedIn(root: Root, css: string, late: string | null): Wanted[] {
  const ours: Wanted[] = [{ root, name: "ours", text: css }];
  if (late !== null) ours.push({ root, name: "late", text: late });
  if (!isShadow(root)) return ours;
  // @property registers nothing in a shadow root, so the page gets those rules
  // (css-properties-values-api-1, "Determining the Registration").
  const registered = (css.match(/@property[^{]*\{[^}]*\}/g) ?? []).join("");
  return [
    { root: root.ownerDocument, name: "registered", text: registered },
    { root, name: "plotly", text: plotlyRules() },
    ...ours,
  ];
}

/** What plotly.js inserts by `insertRule`, so that no text of its style elements has it. */
function plotlyRules(): string {
  const styles = document.querySelectorAll<HTMLStyleElement>('style[id^="plotly.js-style-"]');
  return Array.from(styles, ({ sheet }) =>
    Array.from(sheet?.cssRules ?? [], (rule) => rule.cssText),
  )
    .flat()
    .join("\n");
}

/** The sheet of that name, which stands in the root from now on. */
function adopt(root: Root, name: string): Adopted {
  root[SHEETS] ??= new Map();
  let adopted = root[SHEETS].get(name);
  if (!adopted) {
    // A sheet belongs to the document whose window has made it.
    const window = (root.ownerDocument ?? (root as Document)).defaultView ?? globalThis;
    adopted = { sheet: new window.CSSStyleSheet(), text: "", views: 0 };
    root[SHEETS].set(name, adopted);
  }
  // A host that sets sheets of its own may have taken ours away.
  if (!root.adoptedStyleSheets.includes(adopted.sheet)) {
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, adopted.sheet];
  }
  return adopted;
}

function fill(adopted: Adopted, text: string): void {
  if (text === adopted.text) return;
  adopted.sheet.replaceSync(text);
  adopted.text = text;
}

/** One view less; with the last one the sheet goes. */
function release(root: Root, name: string): void {
  const adopted = root[SHEETS]?.get(name);
  if (!adopted) return;
  adopted.views -= 1;
  if (adopted.views > 0) return;
  root[SHEETS]?.delete(name);
  root.adoptedStyleSheets = root.adoptedStyleSheets.filter((sheet) => sheet !== adopted.sheet);
}
