"""A thumb dragged over 10,000 points takes 17 ms a frame (p95), and never more than 34.

A real JupyterLab in a real Chromium; a new page and kernel for each round. The mouse moves the
right thumb to and fro for 3 s; a `requestAnimationFrame` loop records the time from frame to frame,
and the time from a frame's begin until it is painted ("work"). The same moves with no button
pressed say what the machine can do. FigureWidget has nothing to drag.

    python benchmarks/live_drag.py [--quick] [--rounds N]
"""

from __future__ import annotations

import math
from collections import defaultdict
from statistics import quantiles
from time import monotonic
from typing import Any

from live import HEADER, begin, notebooks, row
from timing import arguments, table

POINTS = 10_000
REACH_PX, PERIOD_S = 120, 1.0
CELL = f"""
lrs = np.geomspace(1e-7, 10, {POINTS})
noise = np.random.default_rng(0).normal(0, 0.05, {POINTS})
picker = LRPicker(Sweep(lrs, [curve(lr) for lr in lrs] + noise), value=(1e-5, 1e-3))
picker
"""
RECORD = """() => {
    Object.assign(live, { on: true, frames: [], work: [] });
    const { port1, port2 } = new MessageChannel();
    let last = null, began = 0;
    port1.onmessage = () => live.work.push(performance.now() - began);
    const frame = (now) => {
        if (!live.on) return port1.close();
        if (last !== null) live.frames.push(now - last);
        last = now;
        began = performance.now();
        port2.postMessage(null);
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}"""


def main() -> None:
    """Start JupyterLab and Chromium, measure, and print."""
    args = arguments(__doc__)
    lasts_s, rounds = (1.0, 1) if args.quick else (3.0, args.rounds or 3)
    found: dict[str, list[float]] = defaultdict(list)
    with notebooks() as open_notebook:
        if open_notebook is None:
            return
        for number in range(rounds):
            lab = open_notebook(f"drag-{number}", [CELL])
            for key, value in measured(lab, lasts_s).items():
                found[key].append(value)
    rows = [
        row("frame time while dragging, p95", found["p95"], [], "ms", 17),
        row("... longest", found["longest"], [], "ms", 34),
        row("... work in a frame, p95", found["work"], [], "ms"),
        row("same moves, nothing held: frame time, p95", found["rest p95"], [], "ms"),
        row("... longest", found["rest longest"], [], "ms"),
        row("... work in a frame, p95", found["rest work"], [], "ms"),
        row("moves of the thumb a second", found["moves"], [], ""),
    ]
    title = f"A drag over {POINTS:,} points, {lasts_s:g} s, {rounds} round(s)"
    table(title, HEADER, rows)


def measured(lab: Any, lasts_s: float) -> dict[str, float]:
    """Show the picker, move the mouse with the button pressed, and without."""
    from tests.support.browser.picker import PickerPage

    begin(lab, 1)
    lab.wait(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() == POINTS, "the points are not drawn")
    lab.page.wait_for_timeout(2000)
    at = picker.grab(picker.hi)
    before = picker.hi.get_attribute("aria-valuenow")
    drag, work, moves = moved(lab, at, lasts_s)
    if picker.hi.get_attribute("aria-valuenow") == before:
        raise RuntimeError("the thumb did not move")
    lab.page.mouse.up()
    lab.page.wait_for_timeout(1000)
    rest, rest_work, _ = moved(lab, at, lasts_s)
    return {
        "p95": p95(drag),
        "longest": max(drag),
        "work": p95(work),
        "rest p95": p95(rest),
        "rest longest": max(rest),
        "rest work": p95(rest_work),
        "moves": moves / lasts_s,
    }


def moved(
    lab: Any, at: tuple[float, float], lasts_s: float
) -> tuple[list[float], list[float], int]:
    """Move the mouse to and fro; frame times, work per frame, and how many moves there were."""
    lab.page.evaluate(RECORD)
    start, moves = monotonic(), 0
    while (passed := monotonic() - start) < lasts_s:
        lab.page.mouse.move(at[0] + REACH_PX * math.sin(math.tau * passed / PERIOD_S), at[1])
        moves += 1
    frames, work = lab.page.evaluate("() => { live.on = false; return [live.frames, live.work]; }")
    return frames, work, moves


def p95(values: list[float]) -> float:
    """Return the value that 95 % do not exceed."""
    return quantiles(values, n=20)[-1]


if __name__ == "__main__":
    main()
