"""What a curve says: where it falls, where it is lowest, where the loss gets worse; a turn.

One reading, from which the rule, the ring, the zones below the title and every sentence take their
numbers, while a sweep runs as at its end. Its places lie on the line that is drawn
(`smoothing.smooth`), and are found in the sweep's own units (`smoothing.Levels`), so that
multiplying every loss by a positive number moves none of them:

- the loss has got worse at the first rate past the lowest point of the line at which the running
  median that the line is made of is half a unit above it, or where a sweep ended on a loss that is
  not finite;
- the line falls if it ends up 4 times its own noise below the start;
- the curve has turned if the median of its last five losses is above the lowest point of the line
  by a quarter of the descent and by four times the noise of one loss.

The constants are round numbers chosen on the recorded tasks that `benchmarks/suggestions.py` prints
its table for, which also says what choosing them with each task left out costs.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from lr_widget.curves.smoothing import (
    Medians,
    line_places,
    medians_of,
    middle,
    sigma_decades,
    smooth_medians,
)
from lr_widget.records.arithmetic import quietly
from lr_widget.records.read_only import Floats
from lr_widget.records.stop_reason import StopReason
from lr_widget.records.sweep import Sweep

MIN_POINTS = 5  # fewer finite losses say nothing
RISEN = 0.5  # of the unit above the lowest loss: worse
FALL_NOISES = 4.0  # a fall of less than so many times the noise of the line is none
BEGUN, NEARLY_DONE = 0.1, 0.9  # of the fall: where it begins, and where little of it is left
TURNED_SHARE = 0.25  # of the descent that a curve must climb again to count as turned
TURNED_NOISES = 4.0  # and that many times its noise at least: 1 of 200 flat noisy curves does
ROUNDING = 1e-9  # of the unit: a smaller difference is that of rounding
LAST = 5  # losses whose median is how high the curve has come


class Reading(NamedTuple):
    """Places on a curve, as learning rates; None where there is no such place.

    Attributes:
        falls_from: a tenth of the fall is done.
        fastest: the line falls fastest here.
        half_way: half of the fall is done.
        edge_from: nine tenths of the fall are done; lower losses are hardly to be had.
        lowest: the lowest point of the line, whether or not it has risen since.
        turned: the loss has clearly risen since, so that this is its lowest point.
        worse_from: the loss has got worse; None if it never has.
        last: the last rate with a finite loss.
        start: loss before the fall.
        fall: how far the line falls below it.
        noise: standard deviation of one loss around the line.
    """

    falls_from: float | None
    fastest: float | None
    half_way: float | None
    edge_from: float | None
    lowest: float
    turned: bool
    worse_from: float | None
    last: float
    start: float
    fall: float
    noise: float

    @property
    def falls(self) -> bool:
        """Whether the line falls at all, beyond its noise."""
        return self.half_way is not None

    @property
    def ring(self) -> float | None:
        """The lowest point; None if it is not known to be one, since the loss has not risen."""
        return self.lowest if self.turned else None


@quietly
def read(lrs: Floats, losses: Floats) -> Reading | None:
    """Return what a curve says, or None if it is too short to say anything.

    Args:
        lrs: float64, shape `(n,)`, rising, above 0.
        losses: float64, shape `(n,)`: raw losses, may hold NaN and infinities.
    """
    if np.isfinite(losses).sum() < MIN_POINTS:
        return None
    log10_lrs = np.log10(lrs)
    found = medians_of(log10_lrs, losses)
    x, (start, noise, unit) = found.log10_lrs, found.levels
    if x[-1] <= x[0]:
        return None
    places = log10_lrs[line_places(losses)]
    line = smooth_medians(found, places)
    low = int(np.argmax(line <= line.min() + ROUNDING * unit))  # the first of a level line
    fall = start - float(line[low])
    worse = _worse_from(found, float(places[low]), float(line[low]) + RISEN * unit)
    if not np.isfinite(losses[-1]) and log10_lrs[-1] > places[low]:  # as good as worse
        worse = float(x[-1]) if worse is None else min(worse, float(x[-1]))
    falls = fall > FALL_NOISES * _line_noise(found) and fall > ROUNDING * unit

    def done(share: float) -> float | None:
        return _rate(_last_above(places, line, low, start - share * fall)) if falls else None

    fastest = None
    if falls and low:  # spikes at the start fall, too, but before the fall begins
        begins = _last_above(places, line, low, start - BEGUN * fall)
        slopes = np.where(places[: low + 1] < begins, np.inf, _slopes(places, line)[: low + 1])
        fastest = places[int(np.argmin(slopes))]
    return Reading(
        falls_from=done(BEGUN),
        fastest=_rate(fastest),
        half_way=done(0.5),
        edge_from=done(NEARLY_DONE),
        lowest=10 ** float(places[low]),
        turned=_has_risen(found, line, low),
        worse_from=_rate(worse),
        last=10 ** float(x[-1]),
        start=start,
        fall=fall,
        noise=noise,
    )


@lru_cache(maxsize=8)  # asked for several times of one sweep, whose record never changes
def reading_of(sweep: Sweep) -> Reading | None:
    """Return what the curve of a sweep says, or None if it is too short to say anything."""
    return read(sweep.lrs, sweep.losses)


def has_turned(sweep: Sweep) -> bool:
    """Tell whether the sweep has shown how high is too high.

    It has if the loss has clearly risen again, or if the sweep ended by itself on a loss that is
    not finite.
    """
    reading = reading_of(sweep)
    return sweep.stop_reason == StopReason.NON_FINITE_LOSS or (
        reading is not None and reading.turned
    )


def _line_noise(found: Medians) -> float:
    """Return the standard deviation of the line, if it were the mean of the losses alone."""
    losses_in_line = 2 * math.pi**0.5 * sigma_decades(found.log10_lrs) / found.spacing
    return found.levels.noise / math.sqrt(max(1.0, losses_in_line))


def _has_risen(found: Medians, line: Floats, low: int) -> bool:
    descent = float(np.max(line[: low + 1]) - line[low])
    rise = middle(found.losses[-LAST:]) - float(line[low])
    _, noise, unit = found.levels
    return rise > max(TURNED_SHARE * descent, TURNED_NOISES * noise, ROUNDING * unit)


def _slopes(x: Floats, line: Floats) -> Floats:
    """Return the slope of the line at each of its places, from its neighbours."""
    ahead, behind = np.append(x[1:], x[-1]), np.append(x[:1], x[:-1])
    rises = np.append(line[1:], line[-1]) - np.append(line[:1], line[:-1])
    width = ahead - behind
    slopes = np.zeros_like(line)
    np.divide(rises, width, out=slopes, where=width > 0)
    return slopes


def _rate(log10_lr: float | None) -> float | None:
    return None if log10_lr is None else 10 ** float(log10_lr)


def _worse_from(found: Medians, lowest: float, too_high: float) -> float | None:
    risen = np.flatnonzero((found.log10_lrs > lowest) & (found.medians > too_high))
    return float(found.log10_lrs[risen[0]]) if risen.size else None


def _last_above(grid: Floats, line: Floats, low: int, level: float) -> float:
    """Return the last place left of the lowest point at which the line crosses a level."""
    above = np.flatnonzero(line[:low] > level)
    if not above.size:
        return float(grid[0])
    k = int(above[-1])
    share = (line[k] - level) / (line[k] - line[k + 1])
    return float(grid[k] + share * (grid[k + 1] - grid[k]))
