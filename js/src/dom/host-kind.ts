// Which host a page belongs to, by what it says of itself. Read in the sources of Voila 0.5.13
// (voila/utils.py), of marimo 0.25.2 (marimo/_templates.py), and of @vscode/webview-ui-toolkit 1.4.0
// (applyTheme.js, for VS Code), and in googlecolab/colabtools#6 (for Colab). VS Code and Colab are
// untried.

export type HostKind =
  | "jupyter"
  | "voila"
  | "marimo"
  | "marimo_app"
  | "vscode"
  | "colab"
  | "unknown";

interface Marks {
  readonly __MARIMO_MOUNT_CONFIG__?: { readonly mode?: string };
  readonly google?: { readonly colab?: unknown };
}

/** What a Jupyter server tells its pages; null on others. */
export function jupyterConfig(page: Document): Record<string, unknown> | null {
  const text = page.getElementById("jupyter-config-data")?.textContent;
  if (!text) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null; // some other page's element of that name
  }
}

export function hostKind(page: Document): HostKind {
  const marks = (page.defaultView ?? {}) as Marks;
  const marimo = marks.__MARIMO_MOUNT_CONFIG__;
  // "read" for an app, "edit" for a notebook
  if (marimo) return marimo.mode === "read" ? "marimo_app" : "marimo";
  if (page.body?.dataset.vscodeThemeKind) return "vscode";
  if (marks.google?.colab) return "colab";
  const config = jupyterConfig(page);
  if (typeof config?.baseUrl !== "string") return "unknown";
  return String(config.appUrl ?? "").startsWith("voila") ? "voila" : "jupyter";
}
