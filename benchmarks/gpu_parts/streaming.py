"""What streaming costs the training thread, and how many steps behind training the points come.

Without a kernel, so a message is made and handed over, but goes nowhere: `with_browser.py` measures
the rest, on a machine with JupyterLab.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import Any
from unittest import mock

from timing import holds, milliseconds, seconds
from work import END_LR, LR, Work

from gpu_parts.row import Row, Setting
from lr_widget import lr_find
from lr_widget.engine.range_test import LAG
from lr_widget.widget.sweep_feed import SweepFeed
from lr_widget.widget.wire import FLUSH_SECONDS, PointStream

MS = 3
SHARE = 0.025
BEHIND = LAG + 1  # losses up to LAG steps back have been waited for, before the step that is made


def rows(setting: Setting) -> Iterator[Row]:
    """Sweep with a clock around every message."""
    steps, rounds = (30, 1) if setting.quick else (300, 5)
    work = Work(setting.device, MS)
    counted = [0]
    loss_fn = work.loss_fn

    def counting(*given: Any) -> Any:
        counted[0] += 1
        return loss_fn(*given)

    form = (work.model, work.optimizer, counting, work.loader(steps))
    plan = {"start_lr": LR, "end_lr": END_LR, "num_it": steps, "stop_div": False, "show": False}
    taken, spent, behind, messages = [], [], [], []
    flush = PointStream.flush

    def timed_flush(stream: PointStream, *columns: Any) -> None:
        behind.append(counted[0] - len(columns[0]))
        start = time.perf_counter()
        flush(stream, *columns)
        spent[-1] += time.perf_counter() - start

    # a sweep that nobody looks at sends nothing: this one behaves as one that is on a page
    shown = mock.patch.object(SweepFeed, "shown", new=True)
    with shown, mock.patch.object(PointStream, "flush", timed_flush):
        for _ in range(rounds + 1):  # the first one warms up
            counted[0] = 0
            behind.clear()
            spent.append(0.0)
            taken.append(seconds(lambda: lr_find(*form, **plan), setting.device))
            messages.append(len(behind))
    share = median(each / whole for each, whole in zip(spent[1:], taken[1:], strict=True))
    what = f"{steps} steps of {MS} ms"
    yield Row(
        f"{what}: messages' share of the sweep",
        f"{share:.2%}, {milliseconds(median(spent[1:]))}",
        f"{SHARE:.1%}",
        holds(share, SHARE),
    )
    yield Row(f"{what}: steps that a message is behind", *_behind(behind))
    rate = max(n / whole for n, whole in zip(messages[1:], taken[1:], strict=True))
    yield Row(f"{what}: messages a second", f"{rate:.1f}", f"{1 / FLUSH_SECONDS:g}", "")


def _behind(steps: list[int]) -> tuple[str, str, str]:
    found = f"median {median(steps):g}, most {max(steps)}"
    return found, f"{BEHIND}", holds(max(steps), BEHIND)
