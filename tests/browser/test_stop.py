"""Stop, the host's interrupt, and the moment in which a sweep ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.lab import PANEL
from tests.support.browser.picker import PickerPage
from tests.support.pace import patient

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab, Notebook7

QUEUED = "print('the queued cell ran')"


# A step of 0.05 s, and a bare loop of as long rounds, which count those after a click.
COUNTED = """
clicked = pathlib.Path("clicked")
made = {"steps": 0, "rounds": 0}
step = stepper(0.05)
def counted():
    made["steps"] += clicked.exists()
    return step()
"""
BARE = """
clicked.unlink(missing_ok=True)
try:
    print("looping", flush=True)
    while True:
        made["rounds"] += clicked.exists()
        time.sleep(0.05)
except KeyboardInterrupt:
    clicked.unlink()
"""
SWEPT = """
picker = lr_find(step=counted, optimizer=optimizer, model=model, num_it=10_000)
"""


@pytest.mark.parametrize("host", ["lab", "notebook7"])
def test_stop_is_as_quick_as_the_hosts_interrupt_and_queued_cells_run(
    host: str, request: pytest.FixtureRequest
):
    lab: Lab | Notebook7 = request.getfixturevalue(host)
    lab.open("stop", [SYNTHETIC, COUNTED, BARE, SWEPT, QUEUED])
    lab.run(0)
    lab.run(1)
    clicked = lab.server.root / "clicked"
    lab.start(2)
    lab.wait_until(lambda: lab.text(2) == "looping\n", "the bare loop did not start")
    clicked.touch()
    lab.interrupt()
    lab.wait(2)
    lab.start(3)
    lab.start(4)
    picker = PickerPage(lab, lab.output(3)).wait()
    lab.wait_until(lambda: picker.points() > 5, "no points")
    clicked.touch()
    picker.stop.click()
    assert lab.wait(4) == "the queued cell ran\n"
    assert not lab.error(3)
    made = lab.value("made")
    # the click itself takes a page some frames, with a chart in it some more: a second in all
    assert made["steps"] <= 3 * made["rounds"] + 20, made
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


def check_the_button_stops(lab: Lab):
    """Run the cells of a sweep, press Stop in it, and see that the queued cell runs."""
    lab.run(0)
    lab.start(1)
    lab.start(2)
    picker = PickerPage(lab, lab.output(1)).wait()
    picker.stop.click()
    assert lab.wait(2) == "the queued cell ran\n"
    assert lab.value("(picker.status, untouched())") == ("stopped", True)


# Takes ways to the kernel away from the page, the first ones first.
WITHOUT = """
(count) => {
    const panel = %s;
    const kernel = Object.getPrototypeOf(panel.sessionContext.session.kernel);
    const { interrupt, sendControlMessage } = kernel;
    const refuse = () => {
        window.rigRefused = (window.rigRefused ?? 0) + 1;
        throw new Error("no");
    };
    kernel.interrupt = function () {
        return count > 0 ? refuse() : interrupt.call(this);
    };
    kernel.sendControlMessage = function (message, ...rest) {
        if (count > 1 && message.header.msg_type === "interrupt_request") refuse();
        return sendControlMessage.call(this, message, ...rest);
    };
}
"""


@pytest.mark.own_page
@pytest.mark.parametrize("refused", [0, 1, 2])
def test_each_way_to_interrupt_stops_a_sweep(lab: Lab, refused: int):
    lab.open("ways", [SYNTHETIC, sweep(gates=(5,)), QUEUED])
    lab.page.evaluate(WITHOUT % PANEL.strip(), refused)
    posted: list[str] = []
    lab.page.on("request", lambda each: posted.append(each.url) if each.method == "POST" else None)
    check_the_button_stops(lab)
    assert lab.page.evaluate("window.rigRefused ?? 0") == refused
    interrupts = [url for url in posted if url.split("?")[0].endswith("/interrupt")]
    assert len(interrupts) == (0 if refused == 1 else 1), "the control channel needs no address"


def test_stop_breaks_a_step_that_hangs(lab: Lab):
    lab.open("hang", [SYNTHETIC, sweep(gates=(1,)), QUEUED])
    check_the_button_stops(lab)


# Clicks Stop by itself once the status row has come to a step, and some milliseconds later.
CLICK_AT = """
([step, delay_ms]) => {
    window.rigClicks = 0;
    const round = window.rigRound = {};
    const look = () => {
        if (round !== window.rigRound) return;  // the next round has begun
        const button = [...document.querySelectorAll("button")].find(
            (each) => each.textContent.trim() === "Stop" && each.checkVisibility()
        );
        const now = /step (\\d+) of/.exec(button?.closest("[role=group]")?.innerText ?? "");
        if (!now || Number(now[1]) < step) return requestAnimationFrame(look);
        setTimeout(() => {
            if (button.isConnected && !button.ariaDisabled && button.checkVisibility()) {
                window.rigClicks += 1;
                button.click();
            }
        }, delay_ms);
    };
    look();
}
"""


def test_a_stop_as_the_sweep_ends_never_interrupts_the_next_cell(lab: Lab):
    # how long an interrupt may be on its way grows with the machine's slowness, and so does here
    # how long one is taken for a late Stop
    grace = f"from lr_widget.hosts import interrupts\ninterrupts.GRACE_SECONDS = {patient(4.0)}"
    next_cell = "for _ in range(100):\n    time.sleep(0.01)\nprint('whole')"
    cells = [SYNTHETIC, grace, sweep(0.03, ", num_it=30, stop_div=False"), next_cell]
    lab.open("last-moment", cells, new_kernel=True)
    lab.run(0)
    lab.run(1)
    in_time, lead, rounds = 0, 2, 0
    while in_time < 8:
        assert rounds < 60, f"only {in_time} of {rounds} clicks came in time"
        step, delay_ms = 30 - lead, 12 * (rounds % 14)
        lab.page.evaluate(CLICK_AT, [step, delay_ms])
        lab.start(2)
        lab.start(3)
        assert lab.wait(3) == "whole\n", f"clicked {delay_ms} ms after step {step} of 30"
        assert not lab.error(2)
        assert lab.value("untouched()")
        clicks = lab.page.evaluate("window.rigClicks")
        # the page shows a step some time after it was made: earlier, where a click was too late
        lead = max(2, lead - 1) if clicks else min(28, lead + 2)
        in_time += clicks
        rounds += 1
