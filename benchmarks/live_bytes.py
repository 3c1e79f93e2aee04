"""A picker is painted within 1 s and 480 kB, a further one within 0.2 s and 11 kB; points are lean.

A real JupyterLab in a real Chromium; a new page and kernel for each round. Bytes are those of the
websocket from the kernel to the page. Time runs from the key that starts the cell to the frame in
which its chart has tick labels, the picker's own or Plotly's; bytes are those heard until then, but
for messages of points, of which there are more the longer the first paint takes. Then 1,000 points
come, 50 a second. For the picker those are its messages of points: 16 bytes a point and at most 20 messages a
second of about 0.7 kB. For FigureWidget, and in the line below for the picker too, it is whatever
came over the widgets' comms after the first paint: state at the end, echoes, all of it.

    python benchmarks/live_bytes.py [--quick] [--rounds N]
"""

from __future__ import annotations

import re
from collections import defaultdict
from statistics import median
from typing import Any

from live import HEADER, begin, in_cell, notebooks, plot, row
from live_cells import CALL, FIGURE, PAINTED, PICKER
from timing import arguments, table

STEP_S = 0.02
POINT_BYTES, MESSAGES_PER_S, MESSAGE_BYTES = 16, 20, 700
FIRST, FURTHER, STREAM = 1, 2, 3  # cells
LABEL = ":is(.xtick, .lrw-first-lr)"  # of a learning rate: Plotly's, and ours before it stands
POINTS = re.compile(rb'"type": ?"points"')  # in a message of points
Found = dict[str, dict[str, list[float]]]


def main() -> None:
    """Start JupyterLab and Chromium, measure, and print."""
    args = arguments(__doc__)
    points, rounds = (100, 1) if args.quick else (1000, args.rounds or 3)
    found: Found = {name: defaultdict(list) for name in (PICKER, FIGURE)}
    with notebooks() as open_notebook:
        if open_notebook is None:
            return
        for number in range(rounds):
            for name in (PICKER, FIGURE) if number % 2 == 0 else (FIGURE, PICKER):
                few = f"{CALL[name]}(60, rest({STEP_S}))"
                cells = [few, few, f"{CALL[name]}({points}, rest({STEP_S}))"]
                lab = open_notebook(f"{name}-{number}", cells)
                for key, value in measured(lab, points).items():
                    found[name][key].append(value)
    table(f"Bytes to the page, {points} points streamed, {rounds} round(s)", HEADER, rows(found))


def measured(lab: Any, points: int) -> dict[str, float]:
    """Run the cells of a notebook."""
    found: dict[str, float] = {}
    for cell in (FIRST, FURTHER, STREAM):
        lab.traffic.clear()
        begin(lab, cell)
        found[f"ms {cell}"] = lab.page.evaluate(PAINTED, f"{in_cell(cell)} {LABEL}")
        streamed = [frame.size for frame in lab.traffic.received if POINTS.search(frame.payload)]
        found[f"kB {cell}"] = (lab.traffic.received_bytes - sum(streamed)) / 1e3
        before = len(lab.traffic.received)
        lab.wait(cell, 120)
        lab.page.wait_for_timeout(2000)
    frames = [frame for frame in lab.traffic.received[before:] if b'"comm_msg"' in frame.payload]
    found["all"] = sum(frame.size for frame in frames) / points
    found["messages"] = len(frames)
    ours = [frame for frame in lab.traffic.received if POINTS.search(frame.payload)]
    found["points"] = sum(frame.size for frame in ours) / points if ours else found["all"]
    if ours:
        found["message"] = (sum(f.size for f in ours) - POINT_BYTES * points) / len(ours)
    lasted = lab.value("stamps[-1] - stamps[0]")
    found["bound"] = POINT_BYTES + MESSAGES_PER_S * lasted * MESSAGE_BYTES / points
    found["lost"] = points - lab.page.evaluate(
        "(selector) => document.querySelector(selector).data[0].x.length", plot(STREAM)
    )
    return found


def rows(found: Found) -> list[list[str]]:
    """Return the table."""
    ours, theirs = found[PICKER], found[FIGURE]

    def line(measure: str, key: str, unit: str, bound: float | None = None) -> list[str]:
        return row(measure, ours[key], theirs[key], unit, bound)

    return [
        line("bytes until the first is painted", f"kB {FIRST}", "kB", 480),
        line("time until the first is painted", f"ms {FIRST}", "ms", 1000),
        line("bytes until a further one is painted", f"kB {FURTHER}", "kB", 11),
        line("time until a further one is painted", f"ms {FURTHER}", "ms", 200),
        line("bytes streamed per point", "points", "B", median(ours["bound"])),
        line("a message of points, beside its points", "message", "B"),
        line("all bytes of the sweep per point", "all", "B"),
        line("all messages of the sweep", "messages", ""),
        line("points that never came", "lost", ""),
    ]


if __name__ == "__main__":
    main()
