// The few parts of plotly.js that the charts use, and how it is loaded.

export interface PlotlyAxis {
  _offset: number;
  _length: number;
  range: [number, number];
}

export interface PlotlyElement extends HTMLElement {
  data: { x: number[]; y: number[] }[];
  _fullLayout: { xaxis: PlotlyAxis; yaxis: PlotlyAxis };
  on(event: string, listener: (change?: Record<string, unknown>) => void): void;
  removeAllListeners(event?: string): void;
}

export interface Plotly {
  newPlot(el: HTMLElement, data: object[], layout: object, config: object): Promise<PlotlyElement>;
  react(el: HTMLElement, data: object[], layout: object, config: object): Promise<unknown>;
  relayout(el: HTMLElement, change: object): Promise<unknown>;
  update(el: HTMLElement, traces: object, layout: object, indices?: number[]): Promise<unknown>;
  animate(el: HTMLElement, frame: object, options: object): Promise<unknown>;
  restyle(el: HTMLElement, change: object, indices: number[]): Promise<unknown>;
  addTraces(el: HTMLElement, traces: object[]): Promise<unknown>;
  deleteTraces(el: HTMLElement, indices: number[]): Promise<unknown>;
  purge(el: HTMLElement): void;
  Icons: Record<string, object>;
}

let loading: Promise<Plotly> | undefined;

/**
 * Runs plotly.js once. It puts itself in `window.Plotly`; a page may have another version there,
 * so what stood there before is put back.
 */
export function loadPlotly(): Promise<Plotly> {
  loading ??= run();
  return loading;
}

/**
 * The bundle holds it as text, so that nobody waits for a megabyte to be read before the first points
 * are shown.
 */
async function runModule(text: string): Promise<{ default: Plotly }> {
  const parts = ["const module={exports:{}};", text, "\nexport default module.exports;"];
  const url = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function run(): Promise<Plotly> {
  const page = globalThis as { Plotly?: unknown };
  const before = Object.getOwnPropertyDescriptor(page, "Plotly");
  const { default: text } = await import("plotly.js-basic-dist-min/plotly-basic.min.js");
  const module = await runModule(text);
  if (before) Object.defineProperty(page, "Plotly", before);
  else delete page.Plotly;
  return module.default;
}
