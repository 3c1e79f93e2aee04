// What a pick gives up, in numbers and in words: the twin of lr_widget/practice/score.py, for pages
// without a kernel, where a guess is made that nobody knew before.

import { say } from "../base/sentences.ts";
import { clamp, formatLr } from "../math/scale.ts";
import { numberOf } from "../source/decode.ts";
import type { Truth } from "../source/types.ts";
import { words } from "./words.ts";

/** Of a training that failed, and the most of any other. */
const WORST = 2;
const NEAR_DECADES = 0.05;
const NEXT_TO_NOTHING = 0.005;

/** The losses as numbers, NaN where training failed. */
export function lossesOf({ valid_losses }: Truth): number[] {
  return valid_losses.map((loss) => numberOf(loss) ?? NaN);
}

export function lowestLoss(truth: Truth): number {
  return Math.min(...lossesOf(truth).filter(Number.isFinite));
}

/** The share of what training gains that a rate gives up, from 0 to 2. */
export function regret(truth: Truth, lr: number): number {
  const { lrs, init_valid_loss } = truth;
  const best = lowestLoss(truth);
  const regrets = lossesOf(truth).map((loss) => {
    const share = (loss - best) / (init_valid_loss - best);
    return Number.isNaN(share) ? WORST : Math.min(share, WORST);
  });
  const x = Math.log10(clamp(lr, lrs[0]!, lrs.at(-1)!));
  const right = Math.max(
    1,
    lrs.findIndex((each) => Math.log10(each) >= x),
  );
  if (lrs.length === 1) return regrets[0]!;
  const [from, to] = [Math.log10(lrs[right - 1]!), Math.log10(lrs[right]!)];
  const [low, high] = [regrets[right - 1]!, regrets[right]!];
  return low + ((x - from) / (to - from)) * (high - low);
}

/** Whether the training whose rate is nearest ended without a loss. */
function failsAt(truth: Truth, lr: number): boolean {
  const away = truth.lrs.map((each) => Math.abs(Math.log10(each) - Math.log10(lr)));
  return Number.isNaN(lossesOf(truth)[away.indexOf(Math.min(...away))]);
}

function kindOf(truth: Truth, lr: number): "failed" | "all" | "worse" | "next_to_nothing" | "some" {
  const given = regret(truth, lr);
  if (given >= 1) {
    if (failsAt(truth, lr)) return "failed";
    return given < 1.05 ? "all" : "worse";
  }
  return given < NEXT_TO_NOTHING ? "next_to_nothing" : "some";
}

function readAt(truth: Truth, hi: number): string {
  const decades = Math.log10(hi) - Math.log10(truth.best_lr); // their ratio may be no number
  const rates = { hi: formatLr(hi), best: formatLr(truth.best_lr) };
  if (Math.abs(decades) < NEAR_DECADES) return say(words.score.read_at_best, rates);
  const side = decades > 0 ? words.score.above : words.score.below;
  return say(words.score.read_at, { ...rates, side, decades: Math.abs(decades).toFixed(1) });
}

/** The sentences about a pick whose last layers get `hi`: what `who` stands for. */
export function scoreLines(truth: Truth, hi: number, who: string): string[] {
  const { lrs, good, misreadings } = truth;
  const percent = (100 * regret(truth, hi)).toFixed(0);
  const sentences = [
    say(words.score[kindOf(truth, hi)], { who, percent, hi: formatLr(hi) }),
    ...misreadings,
    readAt(truth, hi),
    say(words.score.good, { lo: formatLr(good[0]), hi: formatLr(good[1]) }),
  ];
  const edge = clamp(hi, lrs[0]!, lrs.at(-1)!);
  if (edge !== hi) {
    sentences.push(say(words.score.beyond, { hi: formatLr(hi), edge: formatLr(edge) }));
  }
  return sentences;
}
