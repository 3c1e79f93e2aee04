"""A picker in a page without Jupyter: in the page itself, or in shadow roots, as in marimo."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lr_widget import LRPicker
from lr_widget.widget import assets
from tests.support.browser.records import recorded_sweep
from tests.support.browser.watch import Console

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator

EMPTY = '<!doctype html><html lang="en"><meta charset="utf-8"><body style="margin:16px"></body>'
# Makes places by name, in a shadow root each where that is asked for, and shows pickers in them.
SETUP = """
async ([packed, practice, state]) => {
    const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    const text = new Blob([bytes(packed)]).stream().pipeThrough(new DecompressionStream("gzip"));
    const code = new Blob([await new Response(text).blob()], { type: "text/javascript" });
    const { render } = await import(URL.createObjectURL(code));
    const revive = (_, value) => value?.$bytes !== undefined ? bytes(value.$bytes) : value;
    const views = {}, inboxes = {}, changes = {};
    window.bare = {
        root: (name) => document.getElementById(name)?.shadowRoot ?? document,
        place(name, inShadow) {
            const host = document.createElement("div");
            host.id = name;
            document.body.append(host);
            if (inShadow) host.attachShadow({ mode: "open" });
        },
        show(view, name, width_px, others) {
            const host = document.getElementById(name);
            const el = document.createElement("div");
            el.dataset.view = view;
            el.style.width = `${width_px}px`;
            const traits = { ...JSON.parse(state, revive), ...others };
            const told = (changes[view] = new EventTarget());
            const model = { get: (key) => traits[key], set: (key, value) => (traits[key] = value),
                            save_changes() {},
                            on: (event, listener) => told.addEventListener(event, listener),
                            off: (event, listener) => told.removeEventListener(event, listener),
                            send({ type }) {
                                if (type !== "practice") return;
                                inbox.deliver({ content: { type }, buffers: [bytes(practice)] });
                            } };
            views[view] = new AbortController();
            const inbox = (inboxes[view] = { model, waiting: [], deliver: null });
            render({ inbox, el, signal: views[view].signal });
            (host.shadowRoot ?? host).append(el);
        },
        send(view, start, lrs, losses) {
            const points = new Float64Array(lrs.flatMap((lr, i) => [lr, losses[i]]));
            const content = { type: "points", run: "live", start };
            inboxes[view].deliver({ content, buffers: [points.buffer] });
        },
        set(view, name, value) {
            inboxes[view].model.set(name, value);
            changes[view].dispatchEvent(new Event(`change:${name}`));
        },
        end: (view) => views[view].abort(),
    };
}
"""


def recorded_picker() -> LRPicker:
    """A picker over a sweep that falls, turns and diverges, with a pick."""
    return LRPicker(recorded_sweep(), value=(1e-4, 1e-3))


class BarePage:
    """An empty page in which pickers are shown."""

    def __init__(self, context: BrowserContext, folder: Path, picker: LRPicker) -> None:
        path = folder / "saved.html"
        picker.save_html(path)
        state = re.search(
            r'<script type="application/json" id="state">(.*?)</script>', path.read_text("utf-8")
        )
        assert state is not None
        self.page = context.new_page()
        self.console = Console(self.page)
        (folder / "bare.html").write_text(EMPTY, encoding="utf-8")
        self.page.goto((folder / "bare.html").as_uri())
        modules = assets.bundle(), assets.practice()
        packed = [base64.b64encode(module).decode() for module in modules]
        self.page.evaluate(SETUP, [*packed, state[1]])

    def place(self, name: str, *, in_shadow: bool) -> None:
        """Makes a place for views."""
        self.page.evaluate("([name, shadow]) => bare.place(name, shadow)", [name, in_shadow])

    def show(
        self, view: str, place: str, width_px: int = 840, *, waits: bool = True, **traits: Any
    ) -> Locator:
        """Shows a picker of its own in a place; returned when Plotly's chart is drawn.

        Args:
            view: name of the view.
            place: in which it stands.
            width_px: its width.
            waits: False to return at once.
            traits: those that are not as in the picker.
        """
        self.page.evaluate("(args) => bare.show(...args)", [view, place, width_px, traits])
        shown = self.page.locator(f"[data-view={view}]")
        if waits:
            shown.locator(".xtick text").first.wait_for()
        return shown

    def send(self, view: str, start: int, lrs: list[float], losses: list[float]) -> None:
        """Sends points of a running sweep to a view, as its kernel would."""
        self.page.evaluate("(args) => bare.send(...args)", [view, start, lrs, losses])

    def set(self, view: str, name: str, value: Any) -> None:
        """Sets a trait of a view's picker, as its kernel would."""
        self.page.evaluate("(args) => bare.set(...args)", [view, name, value])

    def end(self, view: str) -> None:
        """Ends a view, as a host does that takes it off the page."""
        self.page.evaluate("(view) => bare.end(view)", view)

    def sheets(self, place: str) -> Any:
        """How many rules each sheet has that was put into a place's root."""
        return self.page.evaluate(
            "(name) => bare.root(name).adoptedStyleSheets.map((sheet) => sheet.cssRules.length)",
            place,
        )
