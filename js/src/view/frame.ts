// The rows of the widget, empty. Their heights are fixed from the start, so that nothing moves when
// the sweep starts, ends or is read.

import { sentences } from "../base/sentences.ts";
import { make } from "../dom/elements.ts";
import { row } from "../rows/row.ts";

export interface Frame {
  readonly root: HTMLElement;
  readonly status: HTMLElement;
  /** Chart, tick labels and track, with one system of coordinates. */
  readonly stage: HTMLElement;
  readonly chart: HTMLElement;
  /** Labels and hairline of the track. */
  readonly track: HTMLElement;
  /** Spans the whole width, as the stage does: its marks stand at learning rates. */
  readonly rules: HTMLElement;
  /** Hidden where there is one sweep only. */
  readonly sweepsRow: HTMLElement;
  readonly sweeps: HTMLElement;
  readonly reading: HTMLElement;
  readonly pick: HTMLElement;
  readonly groups: HTMLElement;
  readonly thisPick: HTMLElement;
  readonly next: HTMLElement;
}

export function makeFrame(): Frame {
  const words = sentences.rows;
  const status = make("div", "row-status");
  const chart = make("div", "chart", { role: "figure", "aria-label": sentences.chart.label });
  const track = make("div", "track", { "aria-hidden": "true" });
  const lr = make(
    "span",
    "axis-lr",
    {},
    make("span", "if-wide", {}, words.lr),
    make("span", "if-narrow", {}, words.lr_narrow),
  );
  const stage = make(
    "div",
    "stage",
    {},
    chart,
    make("span", "axis-loss", {}, words.loss),
    lr,
    track,
  );
  const rules = make(
    "div",
    "row-rules",
    {},
    make("span", "row-label rules-label", {}, words.rules),
  );
  const sweeps = row("sweeps", words.sweeps);
  const reading = row("reading", words.reading);
  const pick = row("pick", words.pick);
  const groups = row("groups", words.groups);
  const thisPick = row("this-pick", words.this_pick);
  const next = row("next", words.next);
  const root = make(
    "div",
    "root",
    { role: "group", "aria-label": words.title },
    status,
    stage,
    rules,
    sweeps.row,
    reading.row,
    pick.row,
    groups.row,
    thisPick.row,
    next.row,
  );
  return {
    root,
    status,
    stage,
    chart,
    track,
    rules,
    sweepsRow: sweeps.row,
    sweeps: sweeps.content,
    reading: reading.content,
    pick: pick.content,
    groups: groups.content,
    thisPick: thisPick.content,
    next: next.content,
  };
}
