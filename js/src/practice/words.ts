// What practice says: words of their own file, which most pages never need.

import words from "../../../lr_widget/common/practice.json" with { type: "json" };

export { words };

/** Keeps a number and its % on one line. The twin of `unbroken` in lr_widget/common/sentences.py. */
export function unbroken(sentence: string): string {
  return sentence.replace(/(\d) %/g, "$1\u00a0%");
}
