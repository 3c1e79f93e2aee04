"""Earlier sweeps under the present one: what each is called, and the lines that are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lr_widget.records.arithmetic import quietly
from lr_widget.records.history import Run, names, run_of
from lr_widget.records.plan import plan_of
from lr_widget.records.read_only import Floats
from lr_widget.records.sweep import Sweep
from lr_widget.widget.wire import encode_points

MOST_POINTS = 1000
MOST = 12  # more lines, and more buttons, than that help nobody


@dataclass(frozen=True)
class Comparison:
    """The present sweep among others.

    Attributes:
        name: what it is called.
        drawn: name and record of each earlier sweep that has a line.
        coming: names of those that will be earlier ones at the end.
    """

    name: str = ""
    drawn: tuple[tuple[str, Sweep], ...] = ()
    coming: tuple[str, ...] = ()

    def state(self) -> dict[str, Any]:
        """Return the traits that show this, by name."""
        earlier = [
            {"name": name, "points": encode_points(*_thinned(sweep))} for name, sweep in self.drawn
        ]
        return {"_name": self.name, "_coming": list(self.coming), "_earlier": earlier}


def compare(earlier: Sequence[Sweep], present: Run, *, more_come: bool = False) -> Comparison:
    """Name all sweeps, and lay the earlier ones that have a curve under the present one.

    Args:
        earlier: the others, oldest first.
        present: which run the present one is.
        more_come: its later repeats will follow.
    """
    numbers = range(present.number + 1, present.of + 1) if more_come else ()
    later = [present._replace(number=number) for number in numbers]
    named = names([*map(run_of, earlier), present, *later])
    drawn = [pair for pair in zip(named, earlier, strict=False) if _has_curve(pair[1])]
    return Comparison(
        name=named[len(earlier)],
        drawn=tuple(drawn[-MOST:]),
        coming=tuple(named[len(earlier) : -1]),
    )


def span_of(sweeps: Sequence[Sweep]) -> list[float]:
    """Return the ends of an axis for all of these sweeps, [] where the last one's will do."""
    plans = [plan_of(sweep) for sweep in sweeps if len(sweep) or sweep is sweeps[-1]]
    ends = [min(plan.start_lr for plan in plans), max(plan.end_lr for plan in plans)]
    own = plan_of(sweeps[-1])
    return [] if ends == [own.start_lr, own.end_lr] else ends


def checked_sweeps(sweeps: Any) -> tuple[Sweep, ...]:
    """Return one sweep or several as a tuple.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(sweeps, Sweep):
        return (sweeps,)
    if not isinstance(sweeps, (list, tuple)):
        raise TypeError(f"sweeps must be a Sweep or a list of them, got {sweeps!r}")
    for sweep in sweeps:
        if not isinstance(sweep, Sweep):
            raise TypeError(f"sweeps must hold Sweep objects only, got {sweep!r}")
    return tuple(sweeps)


@quietly
def _thinned(sweep: Sweep) -> tuple[Floats, Floats]:
    """Return at most `MOST_POINTS` points, means of neighbours: only a line is drawn of them."""
    every = -(-len(sweep) // MOST_POINTS)
    if every <= 1:
        return sweep.lrs, sweep.losses
    bins = np.arange(len(sweep)) // every
    known = np.isfinite(sweep.losses)
    counts = np.bincount(bins, weights=known)
    filled = counts > 0
    sums = np.bincount(bins, weights=np.where(known, sweep.losses, 0.0))
    log10_lrs = np.bincount(bins, weights=np.log10(sweep.lrs)) / np.bincount(bins)
    return 10 ** log10_lrs[filled], sums[filled] / counts[filled]


def _has_curve(sweep: Sweep) -> bool:
    return int(np.isfinite(sweep.losses).sum()) > 1
