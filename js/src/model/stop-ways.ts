// How a page can interrupt its kernel. A message to the kernel would wait for the end of the cell.

import { hostKind, jupyterConfig } from "../dom/host-kind.ts";
import type { HostKernel } from "../source/types.ts";

/** Asks for one interrupt; true if it was sent. */
export type StopWay = () => Promise<boolean>;

/** Where a Jupyter page says how to reach its server. */
export interface Server {
  readonly baseUrl: string;
  readonly token: string;
  readonly xsrf: string;
}

/**
 * The ways that there are on a page, to be tried in this order:
 *
 * 1. What the widget manager's kernel offers (JupyterLab, Notebook). VS Code has it too, but there it
 *    asks a Jupyter server that is none: its proxy (vscode-jupyter, webview-side/ipywidgets/kernel/
 *    kernel.ts) is a connection to "BOGUS_PVSC" whose messages alone are passed on.
 * 2. An interrupt request on that kernel's control channel, which ipykernel answers by itself.
 * 3. The Jupyter server's address.
 *
 * Voila has them all, but they fail: its server has no such address, and drops such messages
 * (`allowed_message_types` in voila/app.py).
 */
export function stopWays(
  kernel: HostKernel | null,
  kernelId: string,
  page: Document,
  post: typeof interrupt = interrupt,
): StopWay[] {
  const host = hostKind(page);
  if (host === "voila") return [];
  const ways: StopWay[] = [];
  if (kernel?.interrupt && host !== "vscode") {
    ways.push(() => succeeds(() => kernel.interrupt!()));
  }
  if (kernel?.sendControlMessage) {
    ways.push(() => succeeds(() => kernel.sendControlMessage!(interruptRequest(kernel))));
  }
  const server = jupyterServer(page);
  if (server && kernelId) ways.push(() => post(server, kernelId));
  return ways;
}

/** A kernel that offers what it does not have says so by an error: then there are other ways. */
async function succeeds(ask: () => unknown): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch {
    return false;
  }
}

/** The message as jupyter_client's "Messaging in Jupyter" has it, version 5.3. */
function interruptRequest({ clientId, username }: HostKernel): object {
  return {
    channel: "control",
    header: {
      msg_id: crypto.randomUUID?.() ?? String(Math.random()), // not on a page without https
      msg_type: "interrupt_request",
      session: clientId ?? "",
      username: username ?? "",
      date: new Date().toISOString(),
      version: "5.3",
    },
    parent_header: {},
    metadata: {},
    content: {},
    buffers: [],
  };
}

/**
 * Reads the page's Jupyter configuration; null where there is none (VS Code, Colab, exported
 * pages).
 */
export function jupyterServer(page: Document): Server | null {
  const config = jupyterConfig(page);
  if (typeof config?.baseUrl !== "string") return null;
  const xsrf = /(?:^|;\s*)_xsrf=([^;]*)/.exec(page.cookie)?.[1] ?? "";
  return {
    baseUrl: config.baseUrl.replace(/\/*$/, "/"),
    token: typeof config.token === "string" ? config.token : "",
    xsrf: decodeURIComponent(xsrf),
  };
}

/** Asks the server to interrupt a kernel; true if it did. */
export async function interrupt(
  server: Server,
  kernelId: string,
  send: typeof fetch = fetch,
): Promise<boolean> {
  const headers: Record<string, string> = {};
  if (server.xsrf) headers["X-XSRFToken"] = server.xsrf;
  if (server.token) headers.Authorization = `token ${server.token}`;
  try {
    const url = `${server.baseUrl}api/kernels/${encodeURIComponent(kernelId)}/interrupt`;
    const answer = await send(url, { method: "POST", headers, credentials: "same-origin" });
    return answer.ok;
  } catch {
    return false; // the server cannot be reached: the caller says what else to do
  }
}
