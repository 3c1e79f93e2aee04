// The door of what only practice needs: a module of its own, which a view asks for when there is
// something to practise (view/practice-slot.ts), and a worksheet at once.

import { Parts } from "./practice/parts.ts";
import css from "./practice/practice.css";
import type { PracticeHost, PracticeParts } from "./view/practice-slot.ts";

export { worksheet } from "./practice/worksheet.ts";

export function attach(host: PracticeHost, signal: AbortSignal): PracticeParts {
  host.style(css);
  return new Parts(host, signal);
}
