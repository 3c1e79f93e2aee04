// The line in which a guess is handed in: the twin of lr_widget/practice/answers.py.

import { formatLr } from "../math/scale.ts";
import type { Guess } from "../source/types.ts";

const FORM = "lr1";
const NO_CASE = "sweep";

/** "lr1 collab 1.4e-3 1.4e-2"; `name` is that of the case, empty where there is none. */
export function answerLine(name: string, { lo, hi }: Guess): string {
  return `${FORM} ${name || NO_CASE} ${formatLr(lo)} ${formatLr(hi)}`;
}
