"""What the pick means over time: a plot that is closed at first and follows the handles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.browser.axe import violations
from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab

HEIGHT = "(el) => el.getBoundingClientRect().height"


def test_the_note_opens_a_plot_of_every_groups_rate_over_time(lab: Lab):
    lab.open("over-time", [SYNTHETIC, sweep()])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_for_value("picker.value is not None", True)
    button = picker.scope.get_by_role("button", name="spread over layers, not over time")
    plot = picker.scope.get_by_role("img", name="Rates over the coming training")
    root = picker.scope.locator(".lrw-root")
    closed = root.evaluate(HEIGHT)
    assert plot.count() == 0
    button.press("Enter")
    plot.wait_for()
    assert button.get_attribute("aria-expanded") == "true"
    assert root.evaluate(HEIGHT) > closed + 100
    picker.type(picker.hi_field, "5e-3")
    said = "head 5e-3, each highest after 30 % of it"
    picker.scope.get_by_role("img", name=said).wait_for()
    plot.get_by_text("head 5e-3").wait_for()
    assert violations(lab) == []
    button.click()
    plot.wait_for(state="hidden")
    assert root.evaluate(HEIGHT) == closed


def test_in_a_narrow_widget_the_plot_has_a_button_without_words(lab: Lab):
    lab.page.set_viewport_size({"width": 700, "height": 1000})
    lab.open("over-time-narrow", [SYNTHETIC, sweep()])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    picker.scope.get_by_role("button", name="Show the rates over time").click()
    picker.scope.get_by_role("img", name="Rates over the coming training").wait_for()


def test_a_loops_own_line_of_code_and_schedule_are_shown(lab: Lab):
    lab.open("own-schedule", [SYNTHETIC, sweep()])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_for_value("picker.value is not None", True)
    lab.value("picker.set_trait('_code', 'fit(dict({hi}), lrs={group_lrs})')")
    lab.value("picker.set_trait('value', (1e-4, 1e-3))")
    picker.scope.get_by_text("fit(dict(1e-3), lrs=[1e-4, 3.2e-4, 1e-3])").wait_for()
    picker.type(picker.hi_field, "5e-3")
    picker.scope.get_by_text("fit(dict(5e-3), lrs=[1e-4, 7.1e-4, 5e-3])").wait_for()
    lab.value("picker.set_trait('_schedule', [(0, 0), (0.1, 1), (1, 0)])")
    button = picker.scope.get_by_role("button", name="spread over layers, not over time")
    button.click()
    plot = picker.scope.get_by_role("img", name="each highest after 10 % of it")
    plot.wait_for()
    assert plot.locator(".lrw-over-time-axis").inner_text().split("\n") == [
        "start: 0",
        "highest after 10 %",
        "end: 0",
    ]
    lab.value("picker.set_trait('_schedule', None)")
    plot.wait_for(state="hidden")
    assert button.is_disabled()
    assert button.get_attribute("aria-expanded") == "false"
