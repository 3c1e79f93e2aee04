// The widget's style sheet: those of all folders, from the lowest up, so that of equal rules the one of
// the upper folder counts; within a folder the one that is named like it comes first.

import { lengthProperties } from "../base/lengths.ts";
import { lookProperties } from "../base/look.ts";
import chartCss from "../chart/chart.css";
import themeCss from "../dom/theme.css";
import annotationsCss from "../overlay/annotations.css";
import candidateBarsCss from "../overlay/candidate-bars.css";
import handlesCss from "../overlay/handles.css";
import overlayCss from "../overlay/overlay.css";
import ruleMarksCss from "../overlay/rule-marks.css";
import zonesCss from "../overlay/zones.css";
import copyableCodeCss from "../rows/copyable-code.css";
import groupsRowCss from "../rows/groups-row.css";
import pickRowCss from "../rows/pick-row.css";
import readingRowCss from "../rows/reading-row.css";
import rowsCss from "../rows/rows.css";
import schedulePlotCss from "../rows/schedule-plot.css";
import statusRowCss from "../rows/status-row.css";
import sweepsRowCss from "../rows/sweeps-row.css";
import trialsCss from "../trials/trials.css";
import viewCss from "./view.css";

const OVERLAY = [overlayCss, annotationsCss, zonesCss, ruleMarksCss, handlesCss, candidateBarsCss];

const ROWS = [
  rowsCss,
  statusRowCss,
  sweepsRowCss,
  readingRowCss,
  pickRowCss,
  groupsRowCss,
  copyableCodeCss,
  schedulePlotCss,
];

export const STYLE_SHEET = [
  lookProperties(),
  lengthProperties(),
  themeCss,
  chartCss,
  ...OVERLAY,
  ...ROWS,
  trialsCss,
  viewCss,
].join("\n");
