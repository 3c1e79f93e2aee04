// The widget's style sheet: those of all folders, from the lowest up, so that of equal rules the one of
// the upper folder counts.

import { lengthProperties } from "../base/lengths.ts";
import { lookProperties } from "../base/look.ts";
import chartCss from "../chart/chart.css";
import themeCss from "../dom/theme.css";
import overlayCss from "../overlay/overlay.css";
import rowsCss from "../rows/rows.css";
import trialsCss from "../trials/trials.css";
import viewCss from "./view.css";

export const STYLE_SHEET = [
  lookProperties(),
  lengthProperties(),
  themeCss,
  chartCss,
  overlayCss,
  rowsCss,
  trialsCss,
  viewCss,
].join("\n");
