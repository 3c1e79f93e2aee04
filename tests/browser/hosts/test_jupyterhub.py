"""JupyterHub: JupyterLab under a path of its own, behind a proxy, with the hub's cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.hub import HubServer
from tests.support.browser.lab import Lab
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.hosts


def test_a_sweep_is_live_and_stops_and_its_handles_work(
    new_page: Callable[[], Page], tmp_path: Path
):
    server = HubServer(tmp_path)
    try:
        lab = Lab(new_page(), server)
        server.log_in(lab.page)
        lab.open("hub", [SYNTHETIC, sweep(0.03, ", num_it=1000", gates=(60,)), sweep(name="whole")])
        lab.run(0)
        lab.start(1)
        lab.start(2)
        picker = PickerPage(lab, lab.output(1)).wait()
        lab.wait_until(lambda: picker.points() > 30, "no points while the sweep runs")
        picker.stop.click()
        lab.wait(2)
        assert lab.value("(picker.status, untouched())") == ("stopped", True)
        whole = PickerPage(lab, lab.output(2)).wait()
        whole.type(whole.hi_field, "2e-2")
        lab.wait_for_value("whole.value[1]", 2e-2)
        assert lab.console.errors == []
        lab.close()
    finally:
        server.stop()
