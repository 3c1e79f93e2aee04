"""The rig itself: what the other browser tests rely on, tried with ipywidgets' own slider."""

from __future__ import annotations

import json
import math

import pytest
from playwright.sync_api import expect

SLIDER = """
from ipywidgets import FloatSlider
slider = FloatSlider(min=0, max=10, step=0.1, value=3)
slider
"""


def test_slider_moved_in_the_page_changes_the_kernel(lab):
    lab.open("slider", ["print('free' + 'dom')", SLIDER])
    assert lab.run(0) == "freedom\n"
    lab.run(1)
    lab.output(1).get_by_role("slider").focus()
    lab.page.keyboard.press("ArrowRight")
    lab.wait_for_value("slider.value", 3.1)

    lab.kernel.execute("slider.value = 7.5")
    expect(lab.output(1).locator(".widget-readout")).to_have_text("7.50")
    view = lab.new_view(1)
    expect(view.locator(".widget-readout")).to_have_text("7.50")
    view.get_by_role("slider").focus()
    lab.page.keyboard.press("ArrowRight")
    expect(lab.output(1).locator(".widget-readout")).to_have_text("7.60")

    lab.reload()
    expect(lab.output(1).locator(".widget-readout")).to_have_text("7.60")


def test_values_come_exactly_and_leave_no_trace(lab):
    lab.open("exact", ["import math; x = [0.1 + 0.2, math.nan, math.inf, b'\\x00']", "1"])
    lab.run(0)
    value = lab.value("x")
    assert value[0] == 0.1 + 0.2
    assert math.isnan(value[1])
    assert value[2:] == [math.inf, b"\x00"]
    with pytest.raises(RuntimeError, match="NameError"):
        lab.value("no_such_name")
    lab.run(1)
    assert [lab.prompt(0), lab.prompt(1)] == ["[1]:", "[2]:"]


def test_run_all_and_interrupt(lab):
    lab.open("busy", ["import time", "print('on' + 'ce')\nwhile True: time.sleep(0.01)", "2"])
    lab.run_all()
    lab.wait_until(lambda: lab.text(1) == "once\n", "the loop did not start")
    assert lab.prompt(1) == "[*]:"
    lab.interrupt()
    lab.wait(1, check=False)
    assert lab.error(1).startswith("KeyboardInterrupt")
    assert lab.prompt(2) == "[ ]:"  # what is queued behind an error does not run
    assert lab.run(2) == "2"


def test_errors_and_bytes_are_noticed(lab):
    lab.open("errors", ["from IPython.display import Javascript", "Javascript('no_such_thing()')"])
    lab.run(0)
    lab.traffic.clear()
    lab.run(1)
    assert 1_000 < lab.traffic.received_bytes < 100_000
    assert 100 < lab.traffic.sent_bytes < 100_000
    lab.page.evaluate("console.error('told')")
    lab.page.evaluate("setTimeout(() => { throw new Error('thrown') })")
    lab.wait_until(lambda: "thrown" in str(lab.console.errors), "no error seen")
    assert "told" in str(lab.console.errors)
    lab.console.errors.clear()


def test_theme_switches_and_is_light_again_for_the_next_page(lab):
    lab.open("theme", ["1"])
    lab.theme("dark")
    background = "getComputedStyle(document.body).getPropertyValue('--jp-layout-color0')"
    assert lab.page.evaluate(background).strip() in {"#111111", "#111"}
    lab.server.reset_settings()
    lab.reload()
    assert lab.page.locator("body").get_attribute("data-jp-theme-light") == "true"


def test_saved_notebook_holds_outputs(lab):
    lab.open("saved", ["print(6 * 7)"])
    lab.run(0)
    lab.save()
    saved = json.loads((lab.server.root / "saved.ipynb").read_text())
    assert saved["cells"][0]["outputs"][0]["text"] == ["42\n"]


def test_notebook_7(notebook7):
    notebook7.open("seven", ["print('free' + 'dom')", SLIDER, "while True: pass"])
    assert notebook7.run(0) == "freedom\n"
    notebook7.run(1)
    # With the mouse: Notebook 7 takes the arrow keys away from ipywidgets' slider.
    notebook7.output(1).locator(".noUi-base").click()
    notebook7.wait_for_value("slider.value", 5.0)
    notebook7.start(2)
    notebook7.interrupt()
    notebook7.wait(2, check=False)
    assert notebook7.error(2).startswith("KeyboardInterrupt")
    notebook7.theme("dark")
    notebook7.reload()
    expect(notebook7.output(1).locator(".widget-readout")).to_have_text("5.00")
