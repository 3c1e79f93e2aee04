// The bundle's door: what the loader, and a page that `picker.save_html` has written, call.

import { Picker } from "./model/picker.ts";
import { type Inbox, sourceOf } from "./source/anywidget.ts";
import { recordedSource, revive } from "./source/recorded.ts";
import type { Source } from "./source/types.ts";
import { PickerView } from "./view/picker-view.ts";

/** Shows a picker in `el` until `signal` aborts. Views of one source pass the same picker. */
export function show(picker: Picker, el: HTMLElement, signal: AbortSignal): void {
  if (signal.aborted) return;
  const old = [...picker.views].find((view) => view.outdated);
  if (old) old.moveTo(el, signal);
  else new PickerView(picker, el, signal);
}

export function pickerOf(source: Source): Picker {
  return new Picker(source);
}

/** Called by the loader for each view of a model. */
export function render(options: { inbox: Inbox; el: HTMLElement; signal: AbortSignal }): void {
  const { inbox, el, signal } = options;
  inbox.shared ??= new Picker(sourceOf(inbox));
  show(inbox.shared as Picker, el, signal);
}

/**
 * Called by a saved page for each picker in it, with the JSON of its state. `practice` brings what
 * only practice needs, where the page has it. Returns where the state is.
 */
export function open(state: string, el: HTMLElement, practice?: () => Promise<unknown>): Source {
  const source = recordedSource(JSON.parse(state, revive), practice);
  show(pickerOf(source), el, new AbortController().signal);
  return source;
}
