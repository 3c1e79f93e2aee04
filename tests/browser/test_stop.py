"""Stop, the host's interrupt, and the moment in which a sweep ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab, Notebook7

QUEUED = "print('the queued cell ran')"


@pytest.mark.parametrize("host", ["lab", "notebook7"])
def test_stop_ends_the_sweep_within_two_seconds_and_queued_cells_run(
    host: str, request: pytest.FixtureRequest
):
    lab: Lab | Notebook7 = request.getfixturevalue(host)
    lab.open("stop", [SYNTHETIC, sweep(0.05, ", num_it=1000"), QUEUED])
    lab.run(0)
    lab.start(1)
    lab.start(2)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() > 5, "no points")
    picker.stop.click()
    clicked = time.monotonic()
    assert lab.wait(2) == "the queued cell ran\n"
    assert time.monotonic() - clicked < 2.0
    assert not lab.error(1)
    status, reason, steps = lab.value(
        "(picker.status, picker.sweep.stop_reason, len(picker.sweep))"
    )
    assert (status, reason) == ("stopped", "stopped")
    assert lab.value("untouched()")
    assert lab.value("picker.value") is None, "a curve that has not turned sets no pick"
    lab.wait_until(lambda: picker.points() == steps, f"{picker.points()} of {steps} points")
    picker.stop.wait_for(state="hidden")


def test_the_kernels_own_stop_button_counts_as_stop(lab: Lab):
    lab.open("interrupt", [SYNTHETIC, sweep(0.05, ", num_it=1000"), QUEUED])
    lab.run(0)
    lab.start(1)
    lab.start(2)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() > 5, "no points")
    lab.interrupt()
    assert lab.wait(2) == "the queued cell ran\n"
    assert lab.value("(picker.status, untouched())") == ("stopped", True)


def test_stop_breaks_a_step_that_hangs(lab: Lab):
    lab.open("hang", [SYNTHETIC, sweep(60.0), QUEUED])
    lab.run(0)
    lab.start(1)
    lab.start(2)
    picker = PickerPage(lab, lab.output(1)).wait()
    picker.stop.click()
    clicked = time.monotonic()
    assert lab.wait(2) == "the queued cell ran\n"
    assert time.monotonic() - clicked < 2.5
    assert lab.value("(picker.status, untouched())") == ("stopped", True)


# Clicks Stop by itself once the status row has come to a step, and some milliseconds later.
CLICK_AT = """
([step, delay_ms]) => {
    window.rigClicks = 0;
    const look = () => {
        const button = [...document.querySelectorAll("button")].find(
            (each) => each.textContent.trim() === "Stop" && each.checkVisibility()
        );
        const now = /step (\\d+) of/.exec(button?.closest("[role=group]")?.innerText ?? "");
        if (!now || Number(now[1]) < step) return requestAnimationFrame(look);
        setTimeout(() => {
            if (button.isConnected && !button.disabled && button.checkVisibility()) {
                window.rigClicks += 1;
                button.click();
            }
        }, delay_ms);
    };
    look();
}
"""


def test_a_stop_as_the_sweep_ends_never_interrupts_the_next_cell(lab: Lab):
    rounds = 14
    next_cell = "for _ in range(100):\n    time.sleep(0.01)\nprint('whole')"
    lab.open(
        "last-moment",
        [SYNTHETIC, *[sweep(0.05, ", num_it=30, stop_div=False"), next_cell] * rounds],
    )
    lab.run(0)
    clicks = 0
    for i in range(rounds):
        first, second = 1 + 2 * i, 2 + 2 * i
        step, delay_ms = 23 + i % 5, 10 * i
        lab.page.evaluate(CLICK_AT, [step, delay_ms])
        lab.start(first)
        lab.start(second)
        assert lab.wait(second) == "whole\n", f"clicked {delay_ms} ms after step {step} of 30"
        assert not lab.error(first)
        assert lab.value("untouched()")
        clicks += lab.page.evaluate("window.rigClicks")
    assert clicks >= rounds // 2, "too few clicks came in time to prove anything"
