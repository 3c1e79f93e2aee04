// Every word the widget says stands in one file that Python reads too.

import sentences from "../../../lr_widget/common/sentences.json" with { type: "json" };

export { sentences };

/** Fills the `{name}` places of a sentence. A place without a value stays as it is. */
export function say(
  sentence: string,
  values: Readonly<Record<string, string | number>> = {},
): string {
  return sentence.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
