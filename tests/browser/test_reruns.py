"""A cell that is run again and again: neither the page nor the kernel grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab

WIDGETS = "len(__import__('ipywidgets').widgets.widget._instances)"
# what is held: cycles that nobody has collected yet come and go by tens of MB
RSS = "(__import__('gc').collect(), __import__('psutil').Process().memory_info().rss / 1e6)[1]"


def page_counts(lab: Lab) -> dict[str, float]:
    """What the page holds, after its garbage is gone."""
    session = lab.page.context.new_cdp_session(lab.page)
    session.send("HeapProfiler.collectGarbage")
    counts = session.send("Memory.getDOMCounters")
    heap = session.send("Runtime.getHeapUsage")
    session.detach()
    return {"nodes": counts["nodes"], "listeners": counts["jsEventListeners"], **heap}


@pytest.mark.own_page
def test_fifty_runs_leave_one_view_one_chart_and_one_picker(lab: Lab):
    lab.open("reruns", [SYNTHETIC, sweep()])
    lab.run(0)

    def run(times: int) -> None:
        for _ in range(times):
            lab.run(1)
            PickerPage(lab, lab.output(1)).wait()

    run(10)
    lab.wait_for_value("picker._renewals", 1)
    widgets, before = lab.value(WIDGETS), page_counts(lab)
    run(15)  # matplotlib's arenas grow by some 20 MB until here, and not at all later
    rss = lab.value(RSS)
    run(25)
    lab.wait_for_value("picker._renewals", 1)
    assert lab.page.locator(".js-plotly-plot").count() == 1
    assert lab.value(WIDGETS) == widgets
    after = page_counts(lab)
    assert lab.value(RSS) - rss < 20
    assert after["nodes"] < before["nodes"] * 1.3, (before, after)
    assert after["listeners"] < before["listeners"] * 1.3, (before, after)
    assert after["usedSize"] < before["usedSize"] * 1.3, (before, after)
