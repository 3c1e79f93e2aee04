"""The traits in which a picker shows earlier sweeps under the present one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from traitlets import Dict, Float, List, Unicode

from lr_widget.records.history import Run, names, run_of
from lr_widget.records.plan import plan_of
from lr_widget.records.sweep import Sweep
from lr_widget.widget.explanation import Explained
from lr_widget.widget.wire import encode_points

Floats = npt.NDArray[np.float64]

MOST_POINTS = 1000
MOST = 12  # more lines, and more buttons, than that help nobody


class Compared(Explained):
    """The part of a picker that compares. Python writes all of it."""

    _earlier = List(Dict(), help="name and points, as on the wire, of each earlier sweep.").tag(
        sync=True, echo_update=False
    )
    _coming = List(Unicode(), help="Names of those that will be earlier ones at the end.").tag(
        sync=True
    )
    _name = Unicode(help="What the present sweep is called.").tag(sync=True)
    _span = List(Float(), help="Ends of the axis where it is wider than the plan; or none.").tag(
        sync=True
    )

    sweeps: tuple[Sweep, ...]
    _n_before = 0  # sweeps of earlier calls
    _compared: tuple[tuple[str, Sweep], ...] = ()  # those of `_earlier`

    @property
    def sweep(self) -> Sweep | None:
        """The sweep shown, or None before the first one of this picker's own has ended."""
        return self.sweeps[-1] if len(self.sweeps) > self._n_before else None

    def _compare(self, earlier: Sequence[Sweep], present: Run, *, more_come: bool = False) -> None:
        """Name all sweeps, and lay the earlier ones that have a curve under the present one."""
        numbers = range(present.number + 1, present.of + 1) if more_come else ()
        later = [present._replace(number=number) for number in numbers]
        named = names([*map(run_of, earlier), present, *later])
        drawn = [pair for pair in zip(named, earlier, strict=False) if _has_curve(pair[1])]
        self._compared = tuple(drawn[-MOST:])
        self._name = named[len(earlier)]
        self._coming = named[len(earlier) : -1]
        self._earlier = [
            {"name": name, "points": encode_points(*_thinned(sweep))}
            for name, sweep in self._compared
        ]

    def _span_all(self, sweeps: Sequence[Sweep]) -> None:
        """Make the axis as wide as all of these sweeps, where that is wider than the last one."""
        plans = [plan_of(sweep) for sweep in sweeps if len(sweep) or sweep is sweeps[-1]]
        ends = [min(plan.start_lr for plan in plans), max(plan.end_lr for plan in plans)]
        own = plan_of(sweeps[-1])
        self._span = [] if ends == [own.start_lr, own.end_lr] else ends


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
