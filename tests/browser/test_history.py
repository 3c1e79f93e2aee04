"""Earlier sweeps lie under the present one, and a legend switches them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.picker import PickerPage
from tests.support.browser.server import SAVES_STATE

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab

FREEZE = "for p in model['body'].parameters(): p.requires_grad_(False)"
UNFREEZE = "for p in model['body'].parameters(): p.requires_grad_(True)"


def lines(picker: PickerPage) -> list[dict[str, Any]]:
    """The lines after the chart's own three, as Plotly has them."""
    found: list[dict[str, Any]] = picker.scope.locator(".js-plotly-plot").first.evaluate(
        "(plot) => plot.data.slice(3).map((t) => ({y: Array.from(t.y), dash: t.line.dash,"
        " visible: t.visible !== false}))"
    )
    return found


def shown(picker: PickerPage) -> list[bool]:
    return [line["visible"] for line in lines(picker)]


def height(picker: PickerPage) -> float:
    box = picker.scope.locator(".lrw-root").bounding_box()
    assert box is not None
    return box["height"]


def test_the_second_sweep_lies_over_the_first_and_a_button_switches_it(lab: Lab):
    first = f"{FREEZE}\n{sweep(0.0, name='first')}\n{UNFREEZE}"
    lab.open("history", [SYNTHETIC, first, sweep()])
    for cell in range(3):
        lab.run(cell)
    picker = PickerPage(lab, lab.output(2)).wait()
    lab.wait_until(lambda: shown(picker) == [True], "no line of the first sweep")
    assert lab.value("[s.label for s in picker.sweeps]") == ["frozen", "unfrozen"]
    assert PickerPage(lab, lab.output(1)).scope.get_by_role("button", name="frozen").count() == 0
    button = picker.scope.get_by_role("button", name="frozen", exact=True)
    assert button.get_attribute("aria-pressed") == "true"
    picker.scope.get_by_text("unfrozen", exact=True).wait_for()
    lab.wait_until(lambda: picker.points() == lab.value("len(picker.sweep)"), "not all points")
    y_range = picker.y_range()
    button.click()
    lab.wait_until(lambda: shown(picker) == [False], "the line is still there")
    assert button.get_attribute("aria-pressed") == "false"
    assert picker.y_range() == y_range
    button.focus()
    lab.page.keyboard.press("Enter")
    lab.wait_until(lambda: shown(picker) == [True], "the line does not come back")
    lab.theme("dark")
    lab.wait_until(lambda: shown(picker) == [True], "lost with the theme")


def test_the_page_draws_the_lines_that_the_figure_has(lab: Lab):
    lab.open("lines", [SYNTHETIC, sweep(name="first"), sweep(0.0, ", end_lr=0.3")])
    for cell in range(3):
        lab.run(cell)
    picker = PickerPage(lab, lab.output(2)).wait()
    lab.wait_until(lambda: shown(picker) == [True], "no line of the first sweep")
    (line,) = lines(picker)
    wanted = lab.value(
        "[list(map(float, t.y)) for t in picker.figure.data if t.line.width == 1.5][0]"
    )
    assert line["y"] == pytest.approx(wanted, rel=1e-9)
    low, high = lab.value("picker.figure.layout.yaxis.range")
    lab.wait_until(
        lambda: picker.y_range() == pytest.approx((low, high), rel=1e-9), "another range"
    )


def test_nothing_jumps_when_repeats_become_earlier_ones(lab: Lab):
    lab.open("repeats", [SYNTHETIC, sweep(0.06, ", repeats=3, num_it=40", gates=(20,))])
    lab.run(0)
    lab.start(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    picker.scope.get_by_text("unfrozen, run 1", exact=True).first.wait_for()
    before = height(picker)
    lab.release(20)
    lab.wait(1)
    lab.wait_until(lambda: shown(picker) == [True, True], "not both")
    assert height(picker) == before
    for run in (1, 2):
        picker.scope.get_by_role("button", name=f"unfrozen, run {run}").wait_for()
    picker.scope.get_by_text("unfrozen, run 3", exact=True).wait_for()


def test_a_reloaded_page_and_a_second_view_have_them_too(lab: Lab):
    lab.open("again", [SYNTHETIC, sweep(name="first"), sweep()])
    for cell in range(3):
        lab.run(cell)
    picker = PickerPage(lab, lab.output(2)).wait()
    lab.wait_until(lambda: shown(picker) == [True], "no line")
    second = PickerPage(lab, lab.new_view(2)).wait()
    lab.wait_until(lambda: shown(second) == [True], "no line in the second view")
    second.scope.get_by_role("button", name="unfrozen", exact=True).click()
    lab.wait_until(lambda: shown(second) == [False], "still shown")
    assert shown(picker) == [True]
    lab.reload()
    again = PickerPage(lab, lab.output(2)).wait()
    lab.wait_until(lambda: shown(again) == [True], "no line after the reload")


@pytest.mark.own_page
def test_a_notebook_saved_with_its_state_has_them_too(lab: Lab):
    lab.server.reset_settings(SAVES_STATE)
    lab.open("kept", [SYNTHETIC, sweep(name="first"), sweep()])
    for cell in range(3):
        lab.run(cell)
    picker = PickerPage(lab, lab.output(2)).wait()
    lab.wait_until(lambda: shown(picker) == [True], "no line")
    lab.wait_for_value("picker._renewals", 1)
    (line,) = lines(picker)
    lab.save()
    lab.load_saved("kept")
    again = PickerPage(lab, lab.output(2)).wait()
    lab.wait_until(lambda: shown(again) == [True], "no line in the saved notebook")
    assert lines(again) == [line]


def test_sweeps_of_any_origin_share_an_axis_and_the_oldest_of_many_wait(lab: Lab):
    cell = (
        "rates = [10 ** (-6 + i / 20) for i in range(100)]\n"
        "LRPicker([Sweep([r * 10 ** (k - 3) for r in rates], [2 + k / 10 - i / 100 for i in"
        " range(100)], label='<b>batch</b>' if k == 2 else None) for k in range(6)])"
    )
    lab.open("compared", [SYNTHETIC, cell])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: len(shown(picker)) == 5, "not all lines")
    assert shown(picker) == [False, True, True, True, True]
    assert len({line["dash"] for line in lines(picker)}) == 5
    picker.scope.get_by_role("button", name="<b>batch</b>").wait_for()
    assert picker.tick_labels()[0] == "1e-9"
    picker.scope.get_by_role("button", name="sweep 1").click()
    lab.wait_until(lambda: shown(picker) == [True] * 5, "not shown by hand")
