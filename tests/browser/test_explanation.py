"""The chart says why: zones, the rules' marks, the reading, and a sentence about this pick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.support.browser.lab import Lab


@pytest.fixture
def picker(lab: Lab) -> PickerPage:
    lab.open("why", [SYNTHETIC, sweep()])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() > 50, "no points")
    return picker


def left(part: Locator) -> float:
    return float(part.evaluate("(el) => el.getBoundingClientRect().left"))


def height(picker: PickerPage) -> float:
    box = picker.scope.locator(".lrw-root").bounding_box()
    assert box is not None
    return box["height"]


def test_zones_stand_at_the_borders_that_the_rule_used(picker: PickerPage, lab: Lab):
    zones = lab.value("[(z['name'], z['lo']) for z in picker._zones]")
    assert [name for name, _ in zones] == ["too_slow", "learning", "edge", "diverging"]
    for name, lr in zones:
        zone = picker.scope.locator(f".lrw-zone-{name}")
        assert left(zone) == pytest.approx(picker.px_of(lr), abs=1.0)
    picker.scope.get_by_text("learning", exact=True).first.wait_for()
    picker.scope.get_by_text("not reached").wait_for()


def test_a_rule_says_how_it_reads_the_curve_and_sets_the_handles(picker: PickerPage, lab: Lab):
    mark = lab.value("next(m for m in picker._marks if m['rule'] == 'valley')")
    valley = picker.scope.get_by_role("button", name="valley")
    valley.focus()
    picker.scope.get_by_text(mark["says"]).wait_for()
    lab.page.keyboard.press("Enter")
    lab.wait_for_value("picker.value", tuple(mark["pick"]))
    assert picker.hi_field.input_value() == picker.hi.get_attribute("aria-valuetext")
    valley.blur()
    assert picker.scope.get_by_text(mark["says"]).count() == 0
    picker.scope.get_by_role("button", name="ours").click()
    lab.wait_for_value("picker.value", tuple(lab.value("picker.suggestions['ours'].pick")))


def test_the_reading_is_a_live_region_and_what_print_shows(picker: PickerPage, lab: Lab):
    reading = lab.value("picker._reading.replace('**', '').replace('`', '')")
    assert reading.startswith("Clear: falls from")
    assert reading in lab.value("str(picker)")
    live = picker.scope.get_by_role("status").filter(has_text=reading)
    live.wait_for()


def test_moving_a_handle_says_what_this_pick_means(picker: PickerPage):
    picker.drag(picker.hi, 0.2)
    picker.scope.get_by_text("likely too high").wait_for()
    picker.drag(picker.hi, 3e-3)
    picker.scope.get_by_text("Last layers inside learning").wait_for()


def test_nothing_jumps_when_the_sweep_ends_and_all_of_it_can_be_left_out(lab: Lab):
    calm = sweep(0.05, gates=(10, 40))
    lab.open("calm", [SYNTHETIC, calm, sweep(0.0, ", explain=False", "plain")])
    lab.run(0)
    lab.start(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    picker.scope.get_by_text("marked when the sweep ends").wait_for()
    running = height(picker)
    lab.release(10)
    picker.scope.get_by_text("Falling since").wait_for()  # one of the readings on its way
    assert height(picker) == running
    lab.release(40)
    lab.wait(1)
    picker.scope.get_by_role("button", name="valley").wait_for()
    assert height(picker) == running
    lab.run(2)
    bare = PickerPage(lab, lab.output(2)).wait()
    lab.wait_until(lambda: bare.points() > 50, "no points")
    assert bare.scope.get_by_role("button", name="valley").count() == 0
    assert bare.scope.locator(".lrw-zone").count() == 0
    assert height(bare) < running
    assert lab.value("plain.value") == lab.value("picker.value")


def test_repeated_sweeps_draw_themselves_in_one_place(lab: Lab):
    lab.open("repeats", [SYNTHETIC, sweep(0.01, ", repeats=3"), "picker.value"])
    lab.run_all()
    lab.wait(2)
    picker = PickerPage(lab, lab.output(1)).wait()
    assert lab.value("[len(each) for each in picker.sweeps]") == 3 * [
        lab.value("len(picker.sweep)")
    ]
    lab.wait_until(lambda: picker.points() == lab.value("len(picker.sweep)"), "not whole")
    assert lab.output(1).locator(".lrw-root").count() == 1
    assert lab.value("picker._renewals") == 1
    ours = picker.scope.get_by_role("button", name="ours")
    ours.focus()
    picker.scope.get_by_text("mean of 3 sweeps with other shuffles").wait_for()
    assert lab.value("untouched()")
