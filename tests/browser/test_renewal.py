"""What stays in the notebook after a sweep, and that renewing the output goes unseen."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab

CHARTS = ".js-plotly-plot"
WIDGET = "application/vnd.jupyter.widget-view+json"


def test_the_output_ends_as_widget_picture_and_sentence(lab: Lab):
    lab.open("still", [SYNTHETIC, sweep()])
    lab.run(0)
    lab.run(1)
    (output,) = lab.outputs(1)
    data = output["data"]
    assert {WIDGET, "image/png", "text/plain"} <= set(data)
    assert base64.b64decode("".join(data["image/png"])).startswith(b"\x89PNG")
    assert "Your model is as it was. Suggested:" in "".join(data["text/plain"])


def zoom(lab: Lab, picker: PickerPage) -> None:
    """Pulls a box from 1e-5 to 1e-1."""
    box = lab.page.locator(CHARTS).bounding_box()
    assert box is not None
    left, right = picker.px_of(1e-5), picker.px_of(1e-1)
    lab.page.mouse.move(left, box["y"] + 120)
    lab.page.mouse.down()
    lab.page.mouse.move(right, box["y"] + 121, steps=6)
    lab.page.mouse.up()


def test_a_renewed_output_keeps_the_view_with_zoom_and_focus(lab: Lab):
    lab.open("renewal", [SYNTHETIC, sweep(0.06, gates=(20,))])
    lab.run(0)
    lab.start(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() > 5, "no points")
    lab.page.evaluate(f"document.querySelector('{CHARTS}').dataset.first = 'yes'")
    zoom(lab, picker)
    picker.hi.focus()
    lab.release(20)
    lab.wait(1)
    lab.wait_for_value("picker._renewals", 1)
    chart = lab.page.locator(CHARTS)
    lab.wait_until(lambda: chart.count() == 1, "not one chart")
    assert chart.get_attribute("data-first") == "yes"
    low, high = chart.evaluate("(el) => el.layout.xaxis.range")
    assert (round(low), round(high)) == (-5, -1)
    lab.wait_until(
        lambda: picker.hi.evaluate("(el) => document.activeElement === el"), "the focus is lost"
    )
    picker.hi.press("PageDown")
    lab.wait_until(lambda: lab.value("picker.value is not None"), "the view is dead")


def test_a_drag_goes_on_while_the_output_is_renewed(lab: Lab):
    lab.open("renewal-drag", [SYNTHETIC, sweep(0.06, gates=(20,))])
    lab.run(0)
    lab.start(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() > 5, "no points")
    x, y = picker.grab(picker.hi)
    lab.page.mouse.move(x - 60, y)
    lab.release(20)
    lab.wait(1)
    lab.page.mouse.move(x - 120, y)
    lab.page.mouse.up()
    lab.wait_until(lambda: lab.value("picker.value is not None"), "nothing was picked")
    edge = picker.edge_px(picker.hi)
    assert lab.value("picker.value")[1] < 1.0
    assert abs(edge - picker.edge_px(picker.hi)) < 1
