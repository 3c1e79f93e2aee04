"""Panel, Solara and Shiny show a recorded sweep; what a hand does to its handles reaches Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.picker import PickerPage
from tests.support.browser.recorded_apps import RECORDED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.browser.app import App, AppPage

pytestmark = pytest.mark.hosts


@pytest.mark.parametrize("host", RECORDED)
def test_a_recorded_sweep_is_shown_and_its_pick_arrives(
    host: str, serve: Callable[[App], AppPage], tmp_path: Path
):
    shown = serve(RECORDED[host].serve(tmp_path))
    picker = PickerPage(shown, shown.page.locator(".lrw-root")).wait()
    assert picker.points() == 92
    picker.drag(picker.hi, 1e-2)
    shown.page.get_by_text("pick 1e-04 to 1e-02").wait_for()
    picker.lo.press("PageDown")
    shown.page.get_by_text("pick 1e-05 to 1e-02").wait_for()
