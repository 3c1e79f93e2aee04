"""marimo: cells and an interrupt of its own, but neither IPython nor a Jupyter kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.marimo import interrupt, marimo_app, marimo_editor, run_all
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.browser.app import App, AppPage

HOSTS = {"run": marimo_app, "edit": marimo_editor}
WORDS_FOR_STOP = {
    "run": "Cannot be stopped in an app",
    "edit": "To stop: marimo's interrupt button",
}
SETUP = ["import marimo as mo", "seen = __import__('itertools').count(1)", SYNTHETIC]
# The first gate lets a page come while the sweep runs already; at the second one all that came
# before has to be there.
RUNNING = sweep(0.03, ", num_it=150", gates=(5, 110))
ENDLESS = sweep(0.03, ", num_it=10_000")
# Runs again whenever marimo takes `handles` for changed.
REACTIVE = [
    "handles = mo.ui.anywidget(picker)",
    "mo.md(f'seen {next(seen)}: {handles.value[\"value\"][1]:.0e}, kept {len(picker.kept)}')",
]
PRACTICE = """
import lr_widget
picker = lr_widget.LRPicker(lr_widget.gallery("collab"), guess=True)
"""
FOLLOWING = """
pick = handles.value["value"]
mo.md(f"seen {next(seen)}: {pick and format(pick[1], '.0e')}")
"""
GUESSED = ["handles = mo.ui.anywidget(picker)\nhandles", FOLLOWING]
ENDED = "mo.md(f'{picker.status}, {untouched()}')"


@pytest.mark.parametrize("host", ["run", pytest.param("edit", marks=pytest.mark.hosts)])
def test_a_cell_shows_its_sweep_while_it_runs(
    host: str, serve: Callable[[App], AppPage], tmp_path: Path
):
    shown = serve(HOSTS[host](tmp_path, [*SETUP, RUNNING, *REACTIVE, ENDED]))
    if host == "edit":
        run_all(shown.page)
    picker = PickerPage(shown, shown.page.locator(".lrw-root")).wait()
    shown.release(5)
    shown.wait_until(lambda: picker.points() > 90, "no points while the sweep runs")
    picker.scope.get_by_text("of 150").first.wait_for()
    expect(picker.scope.get_by_text(WORDS_FOR_STOP[host])).to_be_visible()
    expect(picker.stop).to_have_count(0)
    shown.release(110)
    shown.page.get_by_text("finished, True").wait_for()
    assert picker.trace()["x"][0] == pytest.approx(1e-7)
    # What the page sends beside the pick runs no cell again: the first that does is the pick.
    picker.keep.click()
    picker.drop.wait_for()
    picker.drag(picker.hi, 1e-2)
    shown.page.get_by_text("seen 2: 1e-02, kept 1").wait_for()


def test_a_cell_that_follows_the_pick_runs_at_the_guess_and_not_before(
    serve: Callable[[App], AppPage], tmp_path: Path
):
    shown = serve(marimo_app(tmp_path, [*SETUP, PRACTICE, *GUESSED]))
    picker = PickerPage(shown, shown.page.locator(".lrw-root")).wait()
    shown.page.get_by_text("seen 1: None").wait_for()
    picker.drag(picker.hi, 1e-1)
    picker.drag(picker.hi, 1e-2)
    picker.scope.get_by_role("textbox", name="Why?").fill("the cliff")
    picker.scope.get_by_role("button", name="This is my pick").click()
    picker.scope.get_by_text("Why: the cliff").wait_for()
    shown.page.get_by_text("seen 2: 1e-02").wait_for()
    picker.drag(picker.hi, 1e-1)
    shown.page.get_by_text("seen 3: 1e-01").wait_for()


@pytest.mark.hosts
def test_the_editors_own_interrupt_stops_the_sweep_and_the_last_line_draws_no_second_one(
    serve: Callable[[App], AppPage], tmp_path: Path
):
    shown = serve(marimo_editor(tmp_path, [*SETUP, f"{ENDLESS}\npicker", ENDED]))
    run_all(shown.page)
    picker = PickerPage(shown, shown.page.locator(".lrw-root")).wait()
    interrupt(shown.page)
    shown.page.get_by_text("stopped, True").wait_for()
    expect(picker.scope).to_have_count(1)
    picker.wait().scope.get_by_text("Stopped").first.wait_for()
