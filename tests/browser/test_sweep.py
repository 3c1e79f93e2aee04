"""The curve draws itself while the cell runs, and is whole at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab


def test_points_come_while_the_cell_runs_and_the_curve_is_whole_at_its_end(lab: Lab):
    gates = (15, 30, 45, 60, 75)
    lab.open("stream", [SYNTHETIC, sweep(0.06, gates=gates)])
    lab.run(0)
    lab.start(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    for gate in gates:
        # the losses of the last four steps have not been read yet
        lab.wait_until(lambda g=gate: g - 8 < picker.points() < g, "no paint before a gate")
        assert lab.prompt(1) == "[*]:"
        lab.release(gate)
    lab.wait(1)
    lrs, losses = lab.value("(picker.sweep.lrs.tolist(), picker.sweep.losses.tolist())")
    lab.wait_until(lambda: picker.points() == len(lrs), f"{picker.points()} of {len(lrs)} points")
    assert picker.trace() == {"x": lrs, "y": losses}


def test_the_axis_reads_in_powers_of_ten(lab: Lab):
    lab.open("ticks", [SYNTHETIC, sweep()])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    expected = ["1e-7", "1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1", "10"]
    lab.wait_until(lambda: picker.tick_labels() == expected, f"ticks: {picker.tick_labels()}")


def test_a_diverged_tail_does_not_flatten_the_descent(lab: Lab):
    lab.open("tail", [SYNTHETIC, sweep(more=", stop_div=False")])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() == 100, "not all points")
    assert max(picker.trace()["y"]) > 100

    def fits() -> bool:
        low, high = picker.y_range()
        return 0.0 <= low < 1.0 and 2.5 < high < 3.5

    lab.wait_until(fits, f"losses from {picker.y_range()}")


def test_right_after_the_sweep_the_value_is_the_suggested_pick(lab: Lab):
    lab.open("run-all", [SYNTHETIC, sweep(), "picker.max_lr, picker.group_lrs"])
    lab.run_all()
    text = " ".join(lab.wait(2).split())
    lo, hi = lab.value("picker.value")
    assert text == f"(slice({lo!r}, {hi!r}, None), {lab.value('picker.group_lrs')!r})"
    assert hi == pytest.approx(10 * lo)


def test_the_returned_picker_as_last_line_is_drawn_once(lab: Lab):
    lab.open("once", [SYNTHETIC, sweep() + "\npicker", "picker"])
    lab.run(0)
    lab.run(1)
    PickerPage(lab, lab.output(1)).wait()
    assert lab.output(1).get_by_role("slider").count() == 2
    assert len(lab.outputs(1)) == 1
    lab.run(2)
    PickerPage(lab, lab.output(2)).wait()
    assert lab.output(2).get_by_role("slider").count() == 2


def test_a_failed_sweep_keeps_its_curve_and_says_why(lab: Lab):
    cell = (
        "def failing(step=stepper(0.0), count=[0]):\n"
        "    count[0] += 1\n"
        "    if count[0] > 30:\n"
        "        raise RuntimeError('<img src=x onerror=alert(1)>')\n"
        "    return step()\n"
        "lr_find(step=failing, optimizer=optimizer, model=model)"
    )
    lab.open("fails", [SYNTHETIC, cell])
    lab.run(0)
    lab.start(1)
    lab.wait(1, check=False)
    assert lab.error(1).startswith("RuntimeError")
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() == 30, f"{picker.points()} points")
    words = picker.scope.get_by_text("Failed at step 30 of 100: RuntimeError: <img src=x")
    assert words.first.is_visible()
    assert picker.scope.locator("img").count() == 0
    assert lab.value("untouched()")
