// What the page uses of the host's side of a widget.

import type { HostKernel } from "./types.ts";

/** What the page uses of anywidget's model. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(callbacks?: unknown): void;
  send(content: unknown): void;
  on(name: string, listener: (...args: never[]) => void): void;
  off(name: string, listener: (...args: never[]) => void): void;
  widget_manager?: {
    /** ipywidgets' models know whether their kernel still has them. */
    get_model(
      id: string,
    ): Promise<{ get(name: string): unknown; readonly comm_live?: boolean | undefined }>;
    readonly kernel?: HostKernel | null;
  };
}
