"""`picker.figure` is the picture that the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab

TRACES = "[(list(map(float, t.x)), list(map(float, t.y))) for t in picker.figure.data[:3]]"


def test_it_has_the_points_line_carets_axes_and_notes_of_the_page(lab: Lab):
    lab.open("figure", [SYNTHETIC, sweep()])
    lab.run(0)
    lab.run(1)
    page = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: page.points() == lab.value("len(picker.sweep)"), "not whole")
    for index, (x, y) in enumerate(lab.value(TRACES)):
        shown = page.trace(index)
        assert shown["x"] == pytest.approx(x, rel=1e-12)
        assert shown["y"] == pytest.approx(y, rel=1e-9)
    assert len(lab.value(TRACES)[2][0]) > 0  # some are above the scale
    low, high = lab.value("picker.figure.layout.yaxis.range")
    lab.wait_until(lambda: page.y_range() == pytest.approx((low, high), rel=1e-9), "another range")
    assert page.tick_labels() == list(lab.value("picker.figure.layout.xaxis.ticktext"))
    notes = lab.value("[note.text for note in picker.figure.layout.annotations]")
    assert notes[0].startswith("up to ")
    assert notes[1] == "too slow"  # and the other zones
    for note in filter(None, notes):
        page.scope.get_by_text(note, exact=True).first.wait_for()
    page.scope.get_by_text("lowest, already too high").wait_for()


def test_a_loss_that_is_no_number_is_marked_at_its_rate(lab: Lab):
    cell = (
        "count = iter(range(100))\n"
        "picker = lr_find(step=lambda: float('nan') if next(count) == 78 else 2.0,"
        " optimizer=optimizer, model=model)"
    )
    lab.open("nan", [SYNTHETIC, cell])
    lab.run(0)
    lab.run(1)
    page = PickerPage(lab, lab.output(1)).wait()
    page.scope.get_by_text("NaN at 2e-1", exact=True).wait_for()
    left = page.scope.locator(".lrw-bad-line").evaluate("(el) => el.getBoundingClientRect().left")
    assert left == pytest.approx(page.px_of(lab.value("float(picker.sweep.lrs[-1])")), abs=1.0)
