"""A host that isolates every output and has no other models: the picker brings the bundle."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from lr_widget import LRPicker, Sweep
from lr_widget.widget import assets

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

# The least that anywidget promises of a model, in a frame of an origin of its own.
HOST = """
<body><div id="place" style="width:820px"></div><script type="module">
const state = STATE;
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
state._curve = { run: state._curve.run, points: bytes(state._curve.points) };
const listeners = {};
const tell = (name, ...args) => (listeners[name] ?? []).forEach((listener) => listener(...args));
const model = {
  get: (name) => state[name],
  set: (name, value) => { state[name] = value; tell(`change:${name}`); },
  save_changes: () => window.kernel(JSON.stringify({ value: state.value })),
  send: async (content) => {
    const answer = await window.kernel(JSON.stringify({ content }));
    if (answer) { state._bundle = bytes(answer); tell("change:_bundle"); }
  },
  on: (name, listener) => (listeners[name] ??= []).push(listener),
  off: (name, gone) => (listeners[name] = (listeners[name] ?? []).filter((l) => l !== gone)),
};
const url = URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" }));
const widget = (await import(url)).default();
// the driver reaches a frame of another origin some time after its script has begun
while (!window.kernel) await new Promise((resolve) => setTimeout(resolve, 10));
widget.initialize({ model });
widget.render({ model, el: document.getElementById("place") });
</script></body>
"""
PAGE = '<iframe sandbox="allow-scripts" style="width:860px;height:700px;border:0"></iframe>'


def state_of(picker: LRPicker) -> str:
    state = {name: value for name, value in picker.get_state().items() if name != "layout"}
    curve = state["_curve"]
    state["_curve"] = {**curve, "points": base64.b64encode(curve["points"]).decode()}
    state["_bundle"] = None
    return json.dumps(state).replace("</", "<\\/")


def test_the_bundle_comes_with_the_picker(context: BrowserContext):
    lrs = np.geomspace(1e-7, 10, 100)
    losses = 2.5 - 1.6 / (1 + np.exp(-3 * (np.log10(lrs) + 3)))
    picker = LRPicker(Sweep(lrs, losses), value=(1e-4, 1e-3))
    asked: list[Any] = []

    def kernel(_source: Any, text: str) -> str | None:
        message = json.loads(text)
        asked.append(message)
        if message.get("content", {}).get("type") == "bundle":
            picker._on_page_message(picker, message["content"], [])
            return base64.b64encode(picker._bundle).decode()
        if "value" in message:
            picker.value = message["value"]
        return None

    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.expose_binding("kernel", kernel)
    page.set_content(PAGE)
    host = HOST.replace("STATE", state_of(picker))
    page.locator("iframe").evaluate("(frame, html) => (frame.srcdoc = html)", host)
    frame = page.frame_locator("iframe")
    thumb = frame.get_by_role("slider", name="last layers (head)")
    thumb.wait_for()
    frame.locator(".js-plotly-plot .xtick text").first.wait_for()
    assert [m["content"]["type"] for m in asked if "content" in m] == ["bundle"]
    assert picker._bundle == assets.bundle()
    thumb.press("PageDown")
    frame.locator('[aria-label="last layers (head)"][aria-valuetext="1e-4"]').wait_for()
    assert picker.value == (1e-4, 1e-4)
    assert errors == []
    page.close()
