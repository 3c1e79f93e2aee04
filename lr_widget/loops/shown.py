"""What the page shows of a loop: its line of code, and how its rates move over a training.

Needs no torch: a picker over recorded sweeps, which has no loop, shows the same two.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from lr_widget.common.numbers import format_lr
from lr_widget.records.pick import spread

Schedule = Sequence[tuple[float, float]]

BLANK = re.compile(r"\{(lo|hi|group_lrs)\}")
# What lines of code ask a picker or `trials.best`, and the same as blanks.
ASKED = {
    "max_lr.stop": "{hi}",
    "max_lr": "slice({lo}, {hi})",
    "value[1]": "{hi}",
    "pick.slice": "slice({lo}, {hi})",
    "pick.hi": "{hi}",
    "pick.lo": "{lo}",
}
_NAMES = "|".join(map(re.escape, (*ASKED, "group_lrs")))
ASKING = re.compile(rf"(?<![\w.])(?:picker|trials\.best)\.({_NAMES})(?!\w)")
NEEDS_KERNEL = re.compile(r"(?<![\w.])(?:picker|trials)(?!\w)")
PICK_ONLY = "max_lr = slice({lo}, {hi})"
MOST_POINTS = 200
STEPS = 120  # of the grid that a schedule of ours is read at
TOLERANCE_DECADES = 0.004  # by which a line through fewer points may be off: a fifth of a px
BEST_PICK = "trials.best.pick"  # the line of code after trials, where no loop has a better one


class Shown(NamedTuple):
    """What the page shows of a loop.

    Attributes:
        code: the line that trains with the pick, a template: see `fill_code`.
        schedule: points (share of the training, share of the highest rate), joined by straight
            lines; None where it is not known.
    """

    code: str
    schedule: Schedule | None

    @classmethod
    def checked(cls, code: Any, schedule: Any) -> Shown:
        """Return what a loop's `code_line()` and `schedule()` have answered, as the page takes it.

        Raises:
            TypeError: the code is no string, or the schedule no list of pairs of numbers.
            ValueError: the code is not one line; or the schedule does not go from 0 to 1, falls
                back, has no share of 1, has one outside of 0 to 1, or too many points.
        """
        if not isinstance(code, str):
            raise TypeError(f"code_line() must return a string, got {code!r}")
        if not code.strip() or len(code.splitlines()) > 1:
            raise ValueError(f"code_line() must return one line of code, got {code!r}")
        return cls(code, None if schedule is None else _checked_schedule(schedule))


def fill_code(code: str, pick: tuple[float, float] | None, n_groups: int) -> str:
    """Return a line of code with its blanks filled, as the page shows it.

    `{lo}` and `{hi}` become the rates of the pick, `{group_lrs}` a list with the rate of every
    parameter group, all as `format_lr` writes them. Where there is none (no pick, or for the list
    no known groups) the blank's name stands. All other braces stay as they are. `fillCode` in
    `js/src/rows/pick-readout.ts` does the same.

    Args:
        code: the template.
        pick: `(lo, hi)`, or None.
        n_groups: how many parameter groups there are; 0 if they are not known.
    """
    words = {}
    if pick is not None:
        words = {"lo": format_lr(pick[0]), "hi": format_lr(pick[1])}
        if n_groups:
            words["group_lrs"] = f"[{', '.join(map(format_lr, spread(*pick, n_groups)))}]"
    # in one pass: what fills one blank is not searched for others
    return BLANK.sub(lambda blank: words.get(blank[1], blank[1]), code)


def without_kernel(code: str, n_groups: int, *, one_rate: bool = False) -> str:
    """Return a line of code with blanks for what it asks a picker or its trials.

    So it stays true on a page that has left its kernel. A line that asks for anything else, or for
    the rates of groups that are not known, gives way to one that only names the pick.

    Args:
        code: the line, a template.
        n_groups: how many parameter groups there are; 0 if they are not known.
        one_rate: the groups are no layers: all get the rate `hi`.
    """
    group_lrs = f"[{', '.join(['{hi}'] * n_groups)}]" if one_rate else "{group_lrs}"
    blanks = {**ASKED, "group_lrs": group_lrs if n_groups else ""}
    alone = ASKING.sub(lambda asked: blanks[asked[1]] or asked[0], code)
    return PICK_ONLY if NEEDS_KERNEL.search(alone) else alone


def one_cycle(peak: float, start: float, end: float) -> Schedule:
    """Return the one-cycle schedule: up and down again, each by half a cosine.

    Args:
        peak: share of the training after which the rate is highest.
        start: how many times lower than that the first rate is.
        end: how many times lower the last one is.
    """

    def share(time: float) -> float:
        if time < peak:
            lo, way = 1 / start, time / peak
        else:
            lo, way = 1 / end, (1 - time) / (1 - peak)
        return lo + (1 - lo) * (1 - math.cos(math.pi * way)) / 2

    times = sorted({peak, *(step / STEPS for step in range(STEPS + 1))})
    kept = _thinned([(time, share(time)) for time in times], peak)
    return [(round(time, 5), float(f"{share:.4g}")) for time, share in kept]


def _thinned(points: Schedule, peak: float) -> Schedule:
    """Leave out the points that a straight line between others passes by."""
    kept, last = [points[0]], 0
    for i in range(2, len(points)):
        if points[i - 1][0] == peak or not _is_straight(points[last : i + 1]):
            last = i - 1
            kept.append(points[last])
    return [*kept, points[-1]]


def _is_straight(points: Schedule) -> bool:
    (begin, low), *between, (end, high) = points
    for time, share in between:
        line = low + (high - low) * (time - begin) / (end - begin)
        if abs(math.log10(line / share)) > TOLERANCE_DECADES:
            return False
    return True


def _checked_schedule(schedule: Any) -> Schedule:
    try:
        points = [(float(time), float(share)) for time, share in schedule]
    except (TypeError, ValueError) as error:
        raise TypeError(
            "schedule() must return pairs (share of the training, share of the highest rate), got "
            f"{schedule!r:.200}"
        ) from error
    if not 2 <= len(points) <= MOST_POINTS:
        raise ValueError(f"schedule() must return 2 to {MOST_POINTS} points, got {len(points)!r}")
    times, shares = zip(*points, strict=True)
    if (times[0], times[-1]) != (0, 1) or not all(a <= b for a, b in pairwise(times)):
        raise ValueError(f"schedule() must go from 0 to 1 without a step back, got {times!r:.200}")
    if not all(0 <= share <= 1 for share in shares) or max(shares) != 1:
        raise ValueError(
            f"schedule() must return shares of the highest rate, up to 1, got {shares!r:.200}"
        )
    return points


# fastai 2.8.12, `fit_one_cycle`: pct_start, div, div_final
FIT_ONE_CYCLE = one_cycle(peak=0.25, start=25, end=1e5)
# PyTorch 2.14, `OneCycleLR`: pct_start, div_factor, div_factor * final_div_factor
ONE_CYCLE_LR = one_cycle(peak=0.3, start=25, end=25e4)

# A picker over recorded sweeps, which has no loop.
RECORDED = Shown("learn.fit_one_cycle(2, slice({lo}, {hi}))", FIT_ONE_CYCLE)
