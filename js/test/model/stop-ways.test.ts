import assert from "node:assert/strict";
import { test } from "node:test";
import { hostKind } from "../../src/dom/host-kind.ts";
import { interrupt, jupyterServer, type Server, stopWays } from "../../src/model/stop-ways.ts";
import type { HostKernel } from "../../src/source/types.ts";

const server: Server = { baseUrl: "/user/me/", token: "secret", xsrf: "2|ab" };

interface Marks {
  readonly config?: string;
  readonly cookie?: string;
  readonly window?: object;
  readonly body?: Record<string, string>;
}

function pageOf({ config, cookie = "", window = {}, body = {} }: Marks): Document {
  return {
    cookie,
    body: { dataset: body },
    defaultView: window,
    getElementById: () => (config === undefined ? null : { textContent: config }),
  } as unknown as Document;
}

const HOSTS = {
  jupyter: pageOf({ config: '{"baseUrl": "/deep/base/", "appUrl": "/lab"}' }),
  voila: pageOf({ config: '{"baseUrl": "/", "appUrl": "voila/"}' }),
  marimo: pageOf({ window: { __MARIMO_MOUNT_CONFIG__: { mode: "edit" } } }),
  marimo_app: pageOf({ window: { __MARIMO_MOUNT_CONFIG__: { mode: "read" } } }),
  vscode: pageOf({ body: { vscodeThemeKind: "vscode-dark" } }),
  colab: pageOf({ window: { google: { colab: {} } } }),
  unknown: pageOf({}),
} as const;

/** Asks each way that there is; what came of it, in order. */
async function askAll(kernel: HostKernel | null, page: Document, kernelId = "k1") {
  const heard: unknown[] = [];
  const post = async ({ baseUrl }: Server, id: string) => {
    heard.push(`POST ${baseUrl} ${id}`);
    return true;
  };
  const listening = kernel && {
    ...kernel,
    ...(kernel.interrupt && {
      interrupt: () => {
        heard.push("interrupt");
        return kernel.interrupt!();
      },
    }),
    ...(kernel.sendControlMessage && {
      sendControlMessage: (message: object) => {
        heard.push(message);
        return kernel.sendControlMessage!(message);
      },
    }),
  };
  const answers = [];
  for (const way of stopWays(listening, kernelId, page, post)) answers.push(await way());
  return { heard, answers };
}

const full: HostKernel = {
  clientId: "client",
  username: "ada",
  interrupt: async () => undefined,
  sendControlMessage: () => ({ done: Promise.resolve() }),
};

test("each host is known by its own marks", () => {
  for (const [name, page] of Object.entries(HOSTS)) assert.equal(hostKind(page), name);
  assert.equal(hostKind(pageOf({ config: "no json" })), "unknown");
});

test("JupyterLab: its kernel, that one's control channel, the server", async () => {
  const { heard, answers } = await askAll(full, HOSTS.jupyter);
  assert.equal(heard[0], "interrupt");
  assert.equal(heard[2], "POST /deep/base/ k1");
  assert.deepEqual(answers, [true, true, true]);
});

test("an interrupt request has what the protocol asks for", async () => {
  const { heard } = await askAll(full, HOSTS.vscode);
  const { channel, header, content } = heard[0] as Record<string, Record<string, string>>;
  assert.equal(channel, "control");
  assert.deepEqual(content, {});
  const { msg_id, date, ...rest } = header!;
  assert.ok(msg_id!.length > 10 && !Number.isNaN(Date.parse(date!)));
  const expected = { msg_type: "interrupt_request", session: "client", username: "ada" };
  assert.deepEqual(rest, { ...expected, version: "5.3" });
});

test("VS Code: messages alone, since its kernel's interrupt asks a server that is none", async () => {
  const { heard, answers } = await askAll(full, HOSTS.vscode);
  assert.deepEqual([heard.length, answers], [1, [true]]);
});

test("Voila: nothing, since its server takes neither", async () => {
  assert.deepEqual(await askAll(full, HOSTS.voila), { heard: [], answers: [] });
});

test("marimo, Colab and what is not known: nothing without a kernel of the manager's", async () => {
  for (const name of ["marimo", "marimo_app", "colab", "unknown"] as const) {
    assert.deepEqual(await askAll(null, HOSTS[name]), { heard: [], answers: [] });
  }
  assert.deepEqual((await askAll(full, HOSTS.unknown)).answers, [true, true]);
});

test("a page whose manager shows no kernel has the server, if the kernel's id is known", async () => {
  assert.deepEqual((await askAll(null, HOSTS.jupyter)).heard, ["POST /deep/base/ k1"]);
  assert.deepEqual((await askAll(null, HOSTS.jupyter, "")).heard, []);
});

test("a kernel that does not have what it offers is a no", async () => {
  const empty: HostKernel = {
    interrupt: () => Promise.reject(new Error("404")),
    sendControlMessage: () => {
      throw new Error("not implemented");
    },
  };
  assert.deepEqual((await askAll(empty, HOSTS.jupyter)).answers, [false, false, true]);
});

test("the request carries what Jupyter asks for", async () => {
  const calls: [string, RequestInit | undefined][] = [];
  const send = (async (url: string, init?: RequestInit) => {
    calls.push([url, init]);
    return { ok: true };
  }) as unknown as typeof fetch;
  assert.equal(await interrupt(server, "id/with slash", send), true);
  const [url, init] = calls[0]!;
  assert.equal(url, "/user/me/api/kernels/id%2Fwith%20slash/interrupt");
  assert.equal(init?.method, "POST");
  assert.deepEqual(init?.headers, { "X-XSRFToken": "2|ab", Authorization: "token secret" });
});

test("a server that cannot be reached or refuses is a no", async () => {
  const refuses = (async () => ({ ok: false })) as unknown as typeof fetch;
  const fails = (async () => assert.fail("unreachable")) as unknown as typeof fetch;
  assert.equal(await interrupt(server, "k", refuses), false);
  assert.equal(await interrupt(server, "k", fails), false);
});

test("the page's configuration tells where the server is", () => {
  const found = jupyterServer(
    pageOf({
      config: '{"baseUrl": "/lab-base", "token": "t"}',
      cookie: "a=1; _xsrf=2%7Cab; b=2",
    }),
  );
  assert.deepEqual(found, { baseUrl: "/lab-base/", token: "t", xsrf: "2|ab" });
  assert.equal(jupyterServer(pageOf({})), null);
  assert.equal(jupyterServer(pageOf({ config: "no json" })), null);
  assert.equal(jupyterServer(pageOf({ config: "{}" })), null);
});
