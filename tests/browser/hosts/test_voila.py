"""Voila: a page of outputs, which comes when all cells have run; live is what a button starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.picker import PickerPage
from tests.support.browser.voila import voila_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.browser.app import App, AppPage

TOLD = """
from ipywidgets import Button, Label, Output, VBox
told = Label()

def follow(picker):
    def tell(_change):
        lo, hi = picker.value
        told.value = f"pick {lo:.0e} to {hi:.0e}, {picker.status}, {untouched()}"
    picker.observe(tell, "value")
    tell(None)
"""
RUNNING = sweep(0.03, ", num_it=150", gates=(5, 110))
BUTTON = f"""
button, place = Button(description="Sweep"), Output()

def start(_button):
    with place:
        {RUNNING}
    follow(picker)

button.on_click(start)
VBox([button, place, told])
"""


def test_a_sweep_that_a_button_starts_is_live(serve: Callable[[App], AppPage], tmp_path: Path):
    shown = serve(voila_app(tmp_path, [SYNTHETIC, TOLD, BUTTON]))
    shown.page.get_by_role("button", name="Sweep").click()
    picker = PickerPage(shown, shown.page.locator(".lrw-root")).wait()
    shown.release(5)
    shown.wait_until(lambda: picker.points() > 90, "no points while the sweep runs")
    picker.scope.get_by_text("of 150").first.wait_for()
    expect(picker.scope.get_by_text("Cannot be stopped from this page")).to_be_visible()
    expect(picker.stop).to_have_count(0)
    shown.release(110)
    shown.page.get_by_text("finished, True").wait_for()
    picker.drag(picker.hi, 1e-2)
    shown.page.get_by_text("to 1e-02, finished, True").wait_for()


def test_one_that_runs_while_the_page_loads_is_there_when_it_has_ended(
    serve: Callable[[App], AppPage], tmp_path: Path
):
    shown = serve(voila_app(tmp_path, [SYNTHETIC, TOLD, sweep(), "follow(picker)\ntold"]))
    picker = PickerPage(shown, shown.page.locator(".lrw-root")).wait()
    shown.page.get_by_text("finished, True").wait_for()
    assert picker.points() > 80
    picker.drag(picker.hi, 1e-2)
    shown.page.get_by_text("to 1e-02, finished, True").wait_for()
