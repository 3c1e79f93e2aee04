"""What a saved notebook shows to whoever opens it later, without the kernel that ran it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from nbconvert import HTMLExporter

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.picker import PickerPage
from tests.support.browser.server import SAVES_STATE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.browser.lab import Lab


PRACTICE = """
from lr_widget import LRPicker, gallery
picker = LRPicker(gallery("collab"), guess=True)
picker
"""


def run_and_save(lab: Lab, name: str) -> Path:
    lab.open(name, [SYNTHETIC, sweep()])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() == lab.value("len(picker.sweep)"), "not whole")
    lab.wait_for_value("picker._renewals", 1)
    lab.save()
    return lab.server.root / f"{name}.ipynb"


@pytest.mark.own_page
def test_with_its_state_it_shows_the_chart_without_the_kernel_that_ran(lab: Lab):
    lab.server.reset_settings(SAVES_STATE)
    path = run_and_save(lab, "with-state")
    saved = nbformat.read(path, as_version=4)
    assert "application/vnd.jupyter.widget-state+json" in saved.metadata.widgets
    steps = PickerPage(lab, lab.output(1)).points()
    lab.load_saved("with-state")
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() == steps, "the saved curve is not shown")
    before = picker.spoken()
    picker.hi.press("PageDown")  # works in the page alone
    lab.wait_until(lambda: picker.spoken() != before, "the handle is dead")


@pytest.mark.own_page
def test_a_guess_that_was_still_wanted_cannot_be_handed_in_without_the_kernel(lab: Lab):
    lab.server.reset_settings(SAVES_STATE)
    lab.open("guess-saved", [PRACTICE])
    lab.run(0)
    PickerPage(lab, lab.output(0)).wait().scope.get_by_role("textbox", name="Why?").wait_for()
    lab.save()
    lab.load_saved("guess-saved")
    picker = PickerPage(lab, lab.output(0)).wait()
    picker.scope.get_by_text("The kernel that showed this curve is gone").wait_for()
    picker.type(picker.hi_field, "1.4e-2")
    picker.scope.get_by_text("lr1 collab 1.4e-3 1.4e-2").wait_for()  # can still be voted with
    picker.scope.get_by_role("button", name="This is my pick").click()
    picker.scope.get_by_text("The kernel that showed this curve is gone").wait_for()
    assert picker.scope.get_by_text("waiting for the kernel").count() == 0


def test_as_html_it_has_the_picture(lab: Lab):
    path = run_and_save(lab, "as-html")
    html, _ = HTMLExporter().from_filename(path)
    page = lab.page.context.new_page()
    page.set_content(html)
    picture = page.locator("img[src^='data:image/png']")
    picture.wait_for()
    assert picture.evaluate("(img) => img.naturalWidth") == 840
    page.close()
