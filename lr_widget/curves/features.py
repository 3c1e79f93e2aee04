"""What a curve says: where it falls, where it is lowest, where the loss gets worse; a turn.

One reading, from which the rule, the zones below the title and every sentence take their numbers.
All places are found in the sweep's own units, so that multiplying every loss by a positive number
moves none of them:

- the start is the median loss below 10^-4.5, or of the first half decade
  where that is clearly higher, or the sweep begins above;
- the smooth line is a centred Gaussian mean (0.15 decades) of a running median over 0.4 decades;
- the unit, what is much for this loss, is the largest of: the size of the start, the fall of the
  running median below it, 6 times the noise of one loss;
- the loss has got worse at the first rate past the lowest point of the line at which the running
  median is half a unit above it, or where a sweep ended on a loss that is not finite;
- the line falls if it ends up 4 times its own noise below the start.

The constants are round numbers chosen on the recorded tasks that `benchmarks/suggestions.py` prints
its table for, which also says what choosing them with each task left out costs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lr_widget.curves.smoothing import MAD_TO_STD, line_points, noise_std, running_median, smooth
from lr_widget.records.stop_reason import StopReason
from lr_widget.records.sweep import Sweep

Floats = npt.NDArray[np.float64]

MIN_POINTS = 5  # fewer finite losses say nothing
START_LOG10, START_DECADES = -4.5, 0.5
MEDIAN_DECADES = 0.4  # 5 of 100 steps over 8 decades
SIGMA_DECADES = 0.15
GRID_DECADES, MOST_GRID = 0.04, 400
NOISES = 6.0  # the unit is at least so many times the noise of one loss
FALLEN_NOISES = 3.0  # so far above the rest of the start: the fall has begun in it
RISEN = 0.5  # of the unit above the lowest loss: worse
FALL_NOISES = 4.0  # a fall of less than so many times the noise of the line is none
BEGUN, NEARLY_DONE = 0.1, 0.9  # of the fall: where it begins, and where little of it is left
TURNED_SHARE = 0.25  # of the descent that a curve must climb again to count as turned
TURNED_NOISES = 6.0  # and that many times its noise at least: 2 % of flat noisy curves do


class Reading(NamedTuple):
    """Places on a curve, as learning rates; None where there is no such place.

    Attributes:
        falls_from: a tenth of the fall is done.
        fastest: the line falls fastest here.
        half_way: half of the fall is done.
        edge_from: nine tenths of the fall are done; lower losses are hardly to be had.
        lowest: the lowest point of the line.
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
    worse_from: float | None
    last: float
    start: float
    fall: float
    noise: float

    @property
    def falls(self) -> bool:
        """Whether the line falls at all, beyond its noise."""
        return self.half_way is not None


def read(lrs: Floats, losses: Floats) -> Reading | None:
    """Return what a curve says, or None if it is too short to say anything.

    Args:
        lrs: float64, shape `(n,)`, rising, above 0.
        losses: float64, shape `(n,)`: raw losses, may hold NaN and infinities.
    """
    known = np.isfinite(losses)
    if known.sum() < MIN_POINTS:
        return None
    log10_lrs = np.log10(lrs)
    x, y = log10_lrs[known], losses[known]
    scale = float(np.max(np.abs(y))) or 1.0  # against overflow alone
    y = y / scale
    if x[-1] <= x[0]:
        return None
    spacing = float(x[-1] - x[0]) / (x.size - 1)
    noise = MAD_TO_STD * float(np.median(np.abs(np.diff(y)))) / 2**0.5
    start = _start(x, y, noise)
    half = max(1, int(MEDIAN_DECADES / 2 / spacing + 1e-9))
    medians = running_median(y, min(half, (y.size - 1) // 2))
    unit = max(abs(start), start - float(np.min(medians)), NOISES * noise)
    grid, line = _smooth(x, np.minimum(medians, start + unit))
    low = int(np.argmin(line))
    fall = start - float(line[low])
    worse = _worse_from(x, medians, float(grid[low]), float(line[low]) + RISEN * unit)
    if not known[-1] and log10_lrs[-1] > grid[low]:  # ended on NaN: as good as worse
        worse = float(x[-1]) if worse is None else min(worse, float(x[-1]))
    losses_in_line = max(1.0, 2 * np.pi**0.5 * SIGMA_DECADES / spacing)
    falls = fall > FALL_NOISES * noise / losses_in_line**0.5 and fall > 1e-9 * abs(start)

    def done(share: float) -> float | None:
        return _rate(_last_above(grid, line, low, start - share * fall)) if falls else None

    fastest = None
    if falls and low:  # spikes at the start fall, too, but before the fall begins
        slopes = np.gradient(line[: low + 1])
        begins = _last_above(grid, line, low, start - BEGUN * fall)
        fastest = grid[int(np.argmin(np.where(grid[: low + 1] < begins, np.inf, slopes)))]
    return Reading(
        falls_from=done(BEGUN),
        fastest=_rate(fastest),
        half_way=done(0.5),
        edge_from=done(NEARLY_DONE),
        lowest=10 ** float(grid[low]),
        worse_from=_rate(worse),
        last=10 ** float(x[-1]),
        start=start * scale,
        fall=fall * scale,
        noise=noise * scale,
    )


def has_turned(sweep: Sweep) -> bool:
    """Tell whether the sweep has shown how high is too high.

    It has if the loss has clearly risen again (`lowest_lr`), or if the sweep ended by itself on a
    loss that is not finite.
    """
    return sweep.stop_reason == StopReason.NON_FINITE_LOSS or lowest_lr(sweep) is not None


@lru_cache(maxsize=4)  # asked for several times of one sweep, whose record never changes
def lowest_lr(sweep: Sweep) -> float | None:
    """Return the rate at which the smooth line is lowest; None if it has not clearly risen since.

    The loss has risen if its running median ends above the lowest one by a quarter of the descent
    and by six times the noise.
    """
    medians = running_median(sweep.losses)[2:-2]  # those of five losses: the others are noisier
    if not medians.size:
        return None
    lowest = int(np.argmin(medians))
    descent = float(np.max(medians[: lowest + 1]) - medians[lowest])
    rise = float(medians[-1] - medians[lowest])
    if rise <= max(TURNED_SHARE * descent, TURNED_NOISES * noise_std(sweep.losses)):
        return None
    at = line_points(len(sweep))
    log10_lrs = np.log10(sweep.lrs)
    line = smooth(log10_lrs, sweep.losses, log10_lrs[at])
    return float(sweep.lrs[at[int(np.nanargmin(line))]])


def _start(x: Floats, y: Floats, noise: float) -> float:
    """Return the loss before the fall; a fall that begins below 10^-4.5 is not its level."""
    first = float(np.median(y[x <= max(x[0] + START_DECADES, x[2])]))
    level = float(np.median(y[x <= max(START_LOG10, x[0] + START_DECADES, x[2])]))
    return first if first > level + FALLEN_NOISES * noise else level


def _rate(log10_lr: float | None) -> float | None:
    return None if log10_lr is None else 10 ** float(log10_lr)


def _worse_from(x: Floats, medians: Floats, lowest: float, too_high: float) -> float | None:
    risen = np.flatnonzero((x > lowest) & (medians > too_high))
    return float(x[risen[0]]) if risen.size else None


def _last_above(grid: Floats, line: Floats, low: int, level: float) -> float:
    """Return the last place left of the lowest point at which the line crosses a level."""
    above = np.flatnonzero(line[:low] > level)
    if not above.size:
        return float(grid[0])
    k = int(above[-1])
    share = (line[k] - level) / (line[k] - line[k + 1])
    return float(grid[k] + share * (grid[k + 1] - grid[k]))


def _smooth(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return the centred Gaussian mean on an even grid: places and values."""
    points = round(float(x[-1] - x[0]) / GRID_DECADES) + 1
    grid = np.linspace(x[0], x[-1], max(2, min(MOST_GRID, points)))
    counts = np.ones(x.size)
    if x.size > MOST_GRID:  # a long sweep by its means over a quarter of that width
        x, y, counts = _binned(x, y, grid)
    apart = ((grid[:, None] - x[None, :]) / SIGMA_DECADES) ** 2
    # less the nearest one's: in a gap of the record, or of a linear schedule, it alone counts
    weights = counts * np.exp(-0.5 * (apart - apart.min(axis=1, keepdims=True)))
    return grid, weights @ y / weights.sum(axis=1)


def _binned(x: Floats, y: Floats, grid: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean place, mean loss and number of the losses nearest to each place of the grid."""
    bins = np.rint((x - grid[0]) / (grid[1] - grid[0])).astype(np.intp)
    counts = np.bincount(bins).astype(np.float64)
    filled = counts > 0
    counts = counts[filled]
    means = [np.bincount(bins, weights=values)[filled] / counts for values in (x, y)]
    return means[0], means[1], counts
