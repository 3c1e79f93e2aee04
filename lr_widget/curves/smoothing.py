"""How a noisy loss curve is read: one centred smooth line, and the range of losses worth showing.

There is one smoother for what is drawn, said, ringed and decided. Its line is a Gaussian mean
around each rate (0.16 decades) of the running median over 0.4 decades, cut down well above the loss
at the start. The median takes spikes out before they are spread over their neighbours (Tukey 1977,
"Exploratory data analysis", smooths compounded of running medians and a weighted mean); the cut
keeps a diverged tail from lifting the line before the loss itself rises.

The page computes the same in `js/src/math/smoothing.ts`; `tests/data/vectors.json` holds the two
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lr_widget.records.arithmetic import quietly
from lr_widget.records.read_only import Floats

Indices = npt.NDArray[np.int64]
Interval = tuple[float, float]

SIGMA_DECADES = 0.16  # two steps of the usual sweep: 100 steps over 8 decades
SIGMA_SPACINGS = 1.5  # a sparse sweep is smoothed over its neighbours at least
REACH = 3.0  # sigmas, beyond which a loss has no weight
MEDIAN_DECADES = 0.4  # five steps of the usual sweep
START_LOG10, START_DECADES = -4.5, 0.5
FALLEN_NOISES = 3.0  # so far above the rest of the start: the fall has begun in it
NOISES = 6.0  # the unit is at least so many times the noise of one loss
CUT_UNITS = 0.6  # the line is cut so far above the start: just above where the loss counts as worse
CUT_ABOVE = 0.1  # of the visible range, that the cut lies above it at least
LINE_POINTS = 400  # more cannot be told apart on a screen
MOST_WEIGHTS = 1_000_000  # worked out at once: 8 MB
NEAR_ZERO = 0.3  # a range that would begin below this share of the level begins at 0
MAD_TO_STD = 1.4826  # median absolute deviation to standard deviation, for normal noise


def middle(values: Floats) -> float:
    """Return the median of finite values, at a third of the time `np.median` takes for a few.

    Args:
        values: float64, shape `(n,)`, at least one.
    """
    ordered = np.sort(values)
    low, high = float(ordered[(values.size - 1) // 2]), float(ordered[values.size // 2])
    return high if values.size % 2 else (low + high) / 2


def finite(losses: Floats) -> Floats:
    """Return the losses that are neither NaN nor infinite, in order."""
    return losses[np.isfinite(losses)]


def running_median(losses: Floats, half: int = 2) -> Floats:
    """Return the median of each finite loss and `half` neighbours on either side.

    Args:
        losses: float64, shape `(n,)`; what is not finite is dropped first.
        half: neighbours on either side, of which there are fewer at the ends.

    Returns:
        float64, shape `(number of finite losses,)`. One spike of any height moves it
        no further than to a neighbouring loss.
    """
    values = finite(losses)
    n = values.size
    out = np.empty(n)
    if n > 2 * half:
        windows = np.lib.stride_tricks.sliding_window_view(values, 2 * half + 1)
        out[half : n - half] = np.partition(windows, half, axis=1)[:, half]
    listed = values.tolist()  # of a few numbers Python's median is faster than NumPy's
    for i in (*range(min(half, n)), *range(max(half, n - half), n)):
        out[i] = median(listed[max(0, i - half) : i + half + 1])
    return out


@quietly
def y_range(losses: Floats) -> tuple[float, float]:
    """Return the lowest and highest loss to show.

    The descent sets the range: from the lowest loss to the level before it, with head room.
    A diverged tail, one spike or one outlier does not flatten it, and a level curve looks level:
    its noise is not blown up to the height of the picture.

    Args:
        losses: float64, shape `(n,)`, may hold NaN and infinities.

    Returns:
        `(low, high)` with `low < high`; `(0.0, 1.0)` if no loss is finite.
    """
    values = finite(losses)
    if values.size == 0:
        return 0.0, 1.0
    medians = running_median(values)
    lowest = int(np.argmin(medians))
    top = float(np.max(medians[: lowest + 1]))
    bottom = float(medians[lowest])
    noise = MAD_TO_STD * middle(np.abs(values - medians))
    low = max(float(np.min(values)), bottom - (top - bottom) - 8 * noise)
    span = max(top - low, 8 * noise, 0.15 * abs(top)) or 1.0
    around = (span - (top - low)) / 2
    floor = low - around - 0.2 * span
    if low >= 0 and floor < NEAR_ZERO * top:
        floor = 0.0
    return floor, top + around + 0.25 * span


def extended(shown: tuple[float, float], others: Sequence[Interval]) -> Interval:
    """Return a range of losses that makes room for other curves, at most twice as high.

    Args:
        shown: `(low, high)` of the curve that counts.
        others: the same of each other curve.
    """
    low, high = shown
    below = max(0.0, low - min((other[0] for other in others), default=low))
    above = max(0.0, max((other[1] for other in others), default=high) - high)
    share = min(1.0, (high - low) / (below + above)) if below + above > 0 else 0.0
    return low - share * below, high + share * above


class Levels(NamedTuple):
    """What the losses of a sweep are measured against, in its own unit of loss.

    Attributes:
        start: the loss before the fall: the median of those below 10^-4.5, or of the first half
            decade where that is clearly higher, or the sweep begins above.
        noise: standard deviation of one loss, from the differences of neighbours.
        unit: what is much for this loss, the largest of: the size of the start, the fall of the
            running median below it, 6 times the noise.
    """

    start: float
    noise: float
    unit: float


class Medians(NamedTuple):
    """The finite losses of a sweep, their running median and its levels.

    Attributes:
        log10_lrs: of the finite losses, float64, shape `(n,)`.
        losses: the finite losses.
        medians: the running median over 0.4 decades, at least of three.
        levels: start, noise and unit.
    """

    log10_lrs: Floats
    losses: Floats
    medians: Floats
    levels: Levels

    @property
    def spacing(self) -> float:
        """Mean distance of neighbours in decades."""
        return float(self.log10_lrs[-1] - self.log10_lrs[0]) / max(1, self.log10_lrs.size - 1)


@quietly
def medians_of(log10_lrs: Floats, losses: Floats) -> Medians:
    """Return the running median of a sweep and what it is measured against.

    Args:
        log10_lrs: float64, shape `(n,)`, rising, decades.
        losses: float64, shape `(n,)`; at least one of them is finite.
    """
    known = np.isfinite(losses)
    x, y = log10_lrs[known], losses[known]
    spacing = float(x[-1] - x[0]) / max(1, x.size - 1)
    widest = (x.size - 1) // 2
    half = int(min(widest, MEDIAN_DECADES / 2 / spacing + 1e-9)) if spacing > 0 else widest
    medians = running_median(y, min(widest, max(1, half)))
    return Medians(x, y, medians, _levels(x, y, medians))


def _levels(x: Floats, y: Floats, medians: Floats) -> Levels:
    steps = np.abs(np.diff(y))
    noise = MAD_TO_STD * middle(steps) / 2**0.5 if steps.size else 0.0
    begins = max(float(x[0]) + START_DECADES, float(x[min(2, x.size - 1)]))
    first = middle(y[x <= begins])
    level = middle(y[x <= max(START_LOG10, begins)])
    start = first if first > level + FALLEN_NOISES * noise else level
    return Levels(start, noise, max(abs(start), start - float(np.min(medians)), NOISES * noise))


def sigma_decades(log10_lrs: Floats) -> float:
    """Return the width of the smoother (standard deviation of its weights) in decades."""
    if log10_lrs.size < 2:
        return SIGMA_DECADES
    return max(SIGMA_DECADES, SIGMA_SPACINGS * middle(np.diff(log10_lrs)))


@quietly
def smooth(log10_lrs: Floats, losses: Floats, at: Floats) -> Floats:
    """Return the smooth line at given learning rates.

    Unlike the running average of the peers (fastai's lags by 2 to 3 decades on a 100-step
    sweep), a centred one keeps every feature at its learning rate.

    Args:
        log10_lrs: float64, shape `(n,)`, rising, decades.
        losses: float64, shape `(n,)`; not finite ones are left out.
        at: float64, shape `(m,)`, decades.

    Returns:
        float64, shape `(m,)`; NaN where no loss lies within three widths.
    """
    if not np.isfinite(losses).any():
        return np.full(at.shape, np.nan)
    return smooth_medians(medians_of(log10_lrs, losses), at)


@quietly
def smooth_medians(found: Medians, at: Floats) -> Floats:
    """Return the smooth line of a sweep whose running median is known; otherwise as `smooth`."""
    low, high = y_range(found.losses)
    start, _, unit = found.levels
    cut = max(start + CUT_UNITS * unit, high + CUT_ABOVE * (high - low))
    x, y = found.log10_lrs, np.minimum(found.medians, cut)
    sigma = sigma_decades(x)
    begin = np.searchsorted(x, at - REACH * sigma, side="left")
    end = np.searchsorted(x, at + REACH * sigma, side="right")
    most = int(np.max(end - begin, initial=1))
    out = np.full(at.shape, np.nan)
    rows = max(1, MOST_WEIGHTS // most)
    for row in range(0, at.size, rows):
        part = slice(row, row + rows)
        indices = begin[part, None] + np.arange(most)
        within = indices < end[part, None]
        indices = np.minimum(indices, x.size - 1)
        weights = np.exp(-0.5 * ((at[part, None] - x[indices]) / sigma) ** 2) * within
        totals = weights.sum(axis=1)
        near = totals > 0
        out[part][near] = (weights * y[indices]).sum(axis=1)[near] / totals[near]
    return out


def line_points(n: int) -> Indices:
    """Return the indices of the points at which the smooth line is drawn: at most 400 of `n`."""
    if n <= LINE_POINTS:
        return np.arange(n, dtype=np.int64)
    steps = np.arange(LINE_POINTS) * (n - 1) / (LINE_POINTS - 1)
    return np.floor(steps + 0.5).astype(np.int64)


def line_places(losses: Floats) -> Indices:
    """Return the indices of the losses at which the line of a sweep is drawn, all of them finite.

    They are the places, too, at which the line is read: its lowest point is one of them.
    """
    known = np.flatnonzero(np.isfinite(losses))
    return known[line_points(known.size)]
