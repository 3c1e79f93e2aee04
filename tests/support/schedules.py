"""Reading the schedules that the page draws."""

from __future__ import annotations

from itertools import pairwise

from lr_widget.loops.shown import Schedule


def share_at(schedule: Schedule, time: float) -> float:
    """The straight line between the points."""
    for (begin, low), (end, high) in pairwise(schedule):
        if begin <= time <= end:
            return low + (high - low) * (time - begin) / (end - begin)
    raise AssertionError(time)
