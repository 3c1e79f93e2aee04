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


def test_as_html_it_has_the_picture(lab: Lab):
    path = run_and_save(lab, "as-html")
    html, _ = HTMLExporter().from_filename(path)
    page = lab.page.context.new_page()
    page.set_content(html)
    picture = page.locator("img[src^='data:image/png']")
    picture.wait_for()
    assert picture.evaluate("(img) => img.naturalWidth") == 840
    page.close()
