"""A running sweep is drawn before plotly.js stands, which then takes over without a jump.

Its points stay on the canvas until it ends.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tests.support.browser.bare import BarePage, recorded_picker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator

# Holds plotly.js back until `go()`: it comes as a module of a megabyte.
HOLD = """
() => {
    const make = URL.createObjectURL.bind(URL);
    const gate = new Promise((resolve) => (window.go = resolve));
    window.gate = gate;
    URL.createObjectURL = (blob) => blob.size < 1e6 ? make(blob) : make(new Blob(
        [`import plotly from "${make(blob)}"; await window.gate; export default plotly;`],
        { type: "text/javascript" }));
}
"""
# In each frame: the words on the axes that can be seen, and where they stand.
LABELS = """
(view) => {
    const origin = view.getBoundingClientRect();
    const texts = [...view.querySelectorAll(
        ".lrw-first-axes text, .js-plotly-plot .xtick text, .js-plotly-plot .ytick text")];
    return texts.filter((el) => el.checkVisibility({ visibilityProperty: true })).map((el) => {
        const { left, top, width, height } = el.getBoundingClientRect();
        return [el.textContent, left - origin.left, top - origin.top, width, height];
    }).sort((a, b) => a[1] - b[1] || a[2] - b[2]);
}
"""
WATCH = f"""
(view) => {{
    window.frames_seen = [];
    const look = () => {{
        window.frames_seen.push(({LABELS})(view));
        requestAnimationFrame(look);
    }};
    look();
}}
"""
# In each frame: whether the canvas can be seen, and how many points of Plotly's.
DRAWN_BY = """
(view) => {
    window.frames_seen = [];
    const look = () => {
        const seen = [...view.querySelectorAll(".scatterlayer .trace:first-child .point")]
            .filter((el) => getComputedStyle(el).opacity !== "0");
        window.frames_seen.push([!view.querySelector(".lrw-trail").hidden, seen.length]);
        requestAnimationFrame(look);
    };
    look();
}
"""
IN_PLOTLY = "(view) => view.querySelector('.js-plotly-plot')?.data?.[0].x.length"
LRS = np.geomspace(1e-7, 10, 100)
CURVES = {
    "usual": 2.5 - 0.01 * np.arange(100.0),
    "below zero": -3.0 - 0.02 * np.arange(100.0),
    "large": 4e5 - 3e3 * np.arange(100.0),
    "small": 2e-3 - 1e-5 * np.arange(100.0),
}


@pytest.fixture
def bare(context: BrowserContext, tmp_path: Path) -> Iterator[BarePage]:
    """A page in which plotly.js is held back."""
    bare = BarePage(context, tmp_path, recorded_picker())
    bare.page.evaluate(HOLD)
    bare.place("flat", in_shadow=False)
    yield bare
    bare.page.close()
    assert bare.console.errors == []


def running(bare: BarePage, width_px: int = 840) -> Locator:
    empty = {"run": "live", "points": None}
    view = bare.show("a", "flat", width_px, waits=False, status="running", _curve=empty)
    view.locator(".lrw-first-axes text").first.wait_for()
    return view


def send(bare: BarePage, view: Locator, losses: np.ndarray, start: int, end: int) -> None:
    bare.send("a", start, LRS[start:end].tolist(), losses[start:end].tolist())
    view.locator(f".lrw-trail[data-points='{end}']").wait_for()


def pixels(view: Locator) -> Any:
    return np.asarray(Image.open(io.BytesIO(view.screenshot())).convert("RGB"), dtype=int)


def assert_same_labels(one: list[Any], other: list[Any]) -> None:
    assert [label[0] for label in one] == [label[0] for label in other]
    for left, right in zip(one, other, strict=True):
        assert left[1:] == pytest.approx(right[1:], abs=0.1), left[0]


@pytest.mark.parametrize("width_px", [840, 360])
@pytest.mark.parametrize("curve", CURVES)
def test_plotly_takes_over_without_a_jump(bare: BarePage, curve: str, width_px: int):
    losses = CURVES[curve]
    view = running(bare, width_px)
    send(bare, view, losses, 0, 30)
    assert view.locator(".js-plotly-plot").count() == 0
    view.get_by_text("step 30 of").wait_for()
    before, labels = pixels(view), view.evaluate(LABELS)
    assert len(labels) > 5
    view.evaluate(WATCH)
    bare.page.evaluate("go()")
    view.locator(".js-plotly-plot .xtick text").first.wait_for()
    view.locator(".lrw-first-axes").wait_for(state="detached")
    bare.page.wait_for_function("frames_seen.length > 3")
    seen = bare.page.evaluate("frames_seen")
    for frame in seen:
        assert_same_labels(frame, labels)
    assert view.evaluate(IN_PLOTLY) == 30
    bare.page.mouse.move(0, 0)
    after = pixels(view)
    assert before.shape == after.shape
    # points are drawn by other means: only the edges of dots may differ, and not by much
    differ = np.abs(before - after).max(axis=2)
    assert (differ > 8).mean() < 0.002
    assert differ.max() < 120


def test_points_that_come_meanwhile_are_on_the_canvas(bare: BarePage):
    losses = CURVES["usual"]
    view = running(bare)
    view.get_by_text("waiting for the first batch").wait_for()
    for start in (0, 1, 5):
        send(bare, view, losses, start, start + 4)
    thumb = view.get_by_role("slider", name="last layers (head)")
    thumb.press("PageDown")
    bare.page.evaluate("go()")
    view.locator(".js-plotly-plot .xtick text").first.wait_for()
    bare.page.wait_for_function(f"(view) => ({IN_PLOTLY})(view) === 9", arg=view.element_handle())
    send(bare, view, losses, 9, 20)


def test_points_of_a_running_sweep_are_pointed_at_on_the_canvas_and_plotlys_at_its_end(
    bare: BarePage,
):
    view = running(bare)
    send(bare, view, CURVES["usual"], 0, 30)
    bare.page.evaluate("go()")
    view.locator(".lrw-first-axes").wait_for(state="detached")
    bare.page.wait_for_function(f"(view) => ({IN_PLOTLY})(view) === 30", arg=view.element_handle())
    x, y = view.locator(".js-plotly-plot").evaluate(
        "(plot, [lr, loss]) => { const { left, top } = plot.getBoundingClientRect();"
        " const { xaxis, yaxis } = plot._fullLayout;"
        " return [left + xaxis._offset + xaxis.d2p(lr), top + yaxis._offset + yaxis.d2p(loss)]; }",
        [LRS[20], CURVES["usual"][20]],
    )
    bare.page.mouse.move(x, y)
    view.locator(".hoverlayer .hovertext").get_by_text("batch 21").wait_for()
    view.evaluate(DRAWN_BY)
    bare.set("a", "status", "finished")
    view.locator(".lrw-trail").wait_for(state="hidden")
    view.locator(".scatterlayer .point").nth(29).wait_for()
    bare.page.wait_for_function("frames_seen.at(-1)[1] === 30")
    frames = bare.page.evaluate("frames_seen")
    assert [True, 0] in frames, "the end came before the first look"
    assert {tuple(frame) for frame in frames} == {(True, 0), (False, 30)}


def test_a_width_that_changes_meanwhile_is_followed(bare: BarePage):
    view = running(bare)
    send(bare, view, CURVES["usual"], 0, 30)
    view.evaluate("(el) => (el.style.width = '600px')")
    bare.page.wait_for_function(
        f"(view) => ({LABELS})(view).at(-1)[1] < 600", arg=view.element_handle()
    )
    labels = view.evaluate(LABELS)
    bare.page.evaluate("go()")
    view.locator(".js-plotly-plot .xtick text").first.wait_for()
    view.locator(".lrw-first-axes").wait_for(state="detached")
    assert_same_labels(view.evaluate(LABELS), labels)


def test_a_view_that_goes_before_plotly_comes_leaves_nothing(bare: BarePage):
    view = running(bare)
    bare.end("a")
    bare.page.evaluate("go()")
    bare.page.evaluate("gate")
    assert view.locator("*").count() == 0
