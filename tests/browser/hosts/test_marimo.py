"""marimo: cells and an interrupt of its own, but neither IPython nor a Jupyter kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.marimo import marimo_app, marimo_editor
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.browser.app import App, AppPage

# The first gate lets a page come while the sweep runs already; from the second one on, all of it
# has to be there.
RUNNING = sweep(0.03, ", num_it=150", gates=(5, 110))
FOLLOWED = "handles = mo.ui.anywidget(picker)"
# Runs again whenever marimo takes `handles` for changed.
FOLLOWING = """
mo.md(f"seen {next(seen)}: {handles.value['value']}, {picker.status}, {untouched()}")
"""
CELLS = [
    "import marimo as mo",
    "seen = __import__('itertools').count(1)",
    SYNTHETIC,
    RUNNING,
    FOLLOWED,
    FOLLOWING,
]
HOSTS = {"run": marimo_app, "edit": marimo_editor}


def told(app: AppPage, text: str) -> None:
    """Waits for the words of the last cell."""
    app.page.get_by_text(text).wait_for()


@pytest.mark.parametrize("host", HOSTS)
def test_a_cell_shows_its_sweep_while_it_runs_and_reacts_to_the_pick_alone(
    host: str, serve: Callable[[App], AppPage], tmp_path: Path
):
    shown = serve(HOSTS[host](tmp_path, CELLS))
    if host == "edit":
        shown.page.get_by_role("button", name="Run all").click()
    picker = PickerPage(shown, shown.page.locator(".lrw-root")).wait()
    shown.release(5)
    shown.wait_until(lambda: picker.points() > 90, "no points while the sweep runs")
    picker.scope.get_by_text("of 150").first.wait_for()
    shown.release(110)
    told(shown, "seen 1: (")
    picker.drag(picker.hi, 1e-2)
    told(shown, "seen 2: (")
