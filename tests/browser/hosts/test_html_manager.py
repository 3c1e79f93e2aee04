"""A notebook as HTML with its widgets' state: ipywidgets' html-manager shows them, no kernel."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from lr_widget import LRPicker
from tests.support.browser.html_manager import save_as_html
from tests.support.browser.picker import PickerPage
from tests.support.browser.records import planned_sweep
from tests.support.browser.watch import Console

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page


pytestmark = pytest.mark.hosts


def test_the_handles_work_without_a_kernel(new_page: Callable[[], Page], tmp_path: Path):
    picker = LRPicker(planned_sweep(), value=(1e-4, 1e-3))
    file = tmp_path / "notebook.html"
    save_as_html(picker, file)
    page = new_page()
    console = Console(page)
    page.goto(file.as_uri())
    shown = PickerPage(SimpleNamespace(page=page), page.locator(".lrw-root")).wait()
    assert shown.points() == 92
    shown.drag(shown.hi, 1e-2)
    shown.lo.press("PageDown")
    assert shown.spoken()[0] == "1e-5"
    assert float(shown.spoken()[1]) == pytest.approx(1e-2, rel=0.05)
    assert console.errors == []
