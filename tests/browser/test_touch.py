"""A finger drags a thumb; anywhere else it scrolls the notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import CDPSession, Locator

    from tests.support.browser.lab import Lab

SCROLLED = "() => document.querySelector('.jp-WindowedPanel-outer').scrollTop"


@pytest.fixture
def hand(lab: Lab) -> Iterator[CDPSession]:
    session = lab.page.context.new_cdp_session(lab.page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 1})
    yield session
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    session.detach()


@pytest.fixture
def picker(lab: Lab, hand: CDPSession) -> PickerPage:
    lab.open("touch", [SYNTHETIC, sweep(), *["# more\n" * 30] * 3])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() > 50, "no points")
    return picker


def centre(part: Locator) -> tuple[float, float]:
    box = part.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def touch(hand: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    at = [{"x": x, "y": y} for x, y in points]
    hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})


def swipe_up(hand: CDPSession, x: float, y: float) -> None:
    touch(hand, "touchStart", (x, y))
    for moved in range(20, 220, 20):
        touch(hand, "touchMove", (x, y - moved))
    touch(hand, "touchEnd")


def test_a_finger_drags_a_thumb_and_scrolls_nothing(picker: PickerPage, hand: CDPSession):
    lab = picker.lab
    picker.hi.scroll_into_view_if_needed()
    before = lab.page.evaluate(SCROLLED)
    x, y = centre(picker.hi)
    distance = picker.px_of(0.1) - picker.edge_px(picker.hi)
    touch(hand, "touchStart", (x, y))
    for share in (0.3, 0.7, 1.0):
        touch(hand, "touchMove", (x + share * distance, y + 40 * share))
    touch(hand, "touchEnd")
    lab.wait_until(lambda: picker.spoken()[1] == "1e-1", f"it stands at {picker.spoken()}")
    assert lab.page.evaluate(SCROLLED) == before


@pytest.mark.parametrize("part", [".nsewdrag", ".lrw-row-reading", ".lrw-bar"])
def test_elsewhere_a_finger_scrolls_the_notebook(picker: PickerPage, hand: CDPSession, part: str):
    lab = picker.lab
    before = lab.page.evaluate(SCROLLED)
    value = lab.value("picker.value")
    swipe_up(hand, *centre(picker.scope.locator(part).first))
    lab.wait_until(lambda: lab.page.evaluate(SCROLLED) > before + 50, "nothing has scrolled")
    assert lab.value("picker.value") == value
