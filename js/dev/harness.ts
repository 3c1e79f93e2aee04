// The widget in a plain page, without Jupyter: a fake kernel replays a recorded sweep.
// Built by `npm run dev`; looked at with dev/look.py.

import { pickerOf, show } from "../src/index.ts";
import type { Group, State } from "../src/source/types.ts";
import { encode, FakeSource, pointsMessage, trialMessage } from "../test/support/fake-source.ts";
import sweep from "./sweep.json";
import { lossesOf, trialsOf } from "./trials.ts";

const { lrs } = sweep;
const losses = sweep.losses.map((loss) => loss ?? NaN);
const groups: Group[] = ["body", "middle", "head"].map((name) => ({ name, frozen: false }));
const OUTCOME = `Finished at step ${lrs.length} of 100, where the loss diverged. Your model is as it was.`;
const NO_PICK = "No pick yet. It is set when the sweep ends; drag a handle to choose one now.";

const RUN = { _groups: groups, _no_pick: NO_PICK } satisfies Partial<State>;
const END = {
  status: "finished",
  _outcome: OUTCOME,
  _groups: groups,
  _curve: { run: "a", points: encode(lrs, losses) },
} satisfies Partial<State>;

function start(state: Partial<State>, width_px: number, target: string) {
  const source = new FakeSource(state);
  const el = document.querySelector<HTMLElement>(target)!;
  el.style.width = `${width_px}px`;
  const view = new AbortController();
  const picker = pickerOf(source);
  show(picker, el, view.signal);
  return { source, picker, view, el };
}

/** Sends points `from` to `to` as the kernel would. */
function stream(source: FakeSource, from: number, to: number, run = "a"): void {
  source.kernelSends(pointsMessage(run, from, lrs.slice(from, to), losses.slice(from, to)));
}

/** Sends the losses of a candidate's batches `from` to `to` as the kernel would. */
function train(
  source: FakeSource,
  index: number,
  candidate: number,
  from: number,
  to: number,
): void {
  source.kernelSends(trialMessage("t1", index, from, lossesOf(candidate, 0).slice(from, to)));
}

Object.assign(window, {
  lrw: { start, stream, train, trialsOf, show, RUN, END, lrs, losses, encode, pointsMessage },
});
