// Small help with elements. Text always goes in as text nodes: names from models are never HTML.

type Attributes = Readonly<Record<string, string>>;

function classes(name: string): string {
  return name
    .split(" ")
    .map((part) => `lrw-${part}`)
    .join(" ");
}

/** Makes an element with a class `lrw-<name>`, attributes and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = classes(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Makes a part of a drawing with a class `lrw-<name>`, or none for "", and attributes. */
export function makeSvg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  name = "",
  attributes: Readonly<Record<string, string | number>> = {},
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  if (name) element.setAttribute("class", classes(name));
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** Sets text only if it differs, so that nothing is laid out or read aloud again for nothing. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets an attribute, or takes it away for null. */
export function setAttribute(element: Element, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Says whether a press does anything. The attribute `disabled` would take the focus from who has just
 * pressed it, so whoever listens to the press looks for itself.
 */
export function setUsable(button: HTMLButtonElement, usable: boolean): void {
  setAttribute(button, "aria-disabled", usable ? null : "true");
}

export function setX(element: HTMLElement, x_px: number): void {
  element.style.transform = `translateX(${x_px}px)`;
}

/** Puts the middle of an element at a place of the picture, in px from its top left corner. */
export function place(element: HTMLElement, left_px: number, top_px: number): void {
  element.style.left = `${left_px}px`;
  element.style.top = `${top_px}px`;
}

/**
 * Puts a text to the right of a place if it ends before `right_px` there, else to the left,
 * `away_px` further from it.
 */
export function placeBeside(
  text: HTMLElement,
  left_px: number,
  gap_px: number,
  right_px: number,
  away_px = 0,
): void {
  const width_px = text.offsetWidth;
  const fits = left_px + gap_px + width_px <= right_px;
  text.style.left = `${fits ? left_px + gap_px : left_px - gap_px - away_px - width_px}px`;
}
