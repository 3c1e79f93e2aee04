"""How a noisy loss curve is read: a centred smooth line, and the range of losses worth showing.

The page computes the same in `js/src/math/smoothing.ts`; `tests/data/vectors.json` holds the two
together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Interval = tuple[float, float]

SIGMA_DECADES = 0.16  # two steps of the usual sweep: 100 steps over 8 decades
SIGMA_SPACINGS = 1.5  # a sparse sweep is smoothed over its neighbours at least
LINE_POINTS = 400  # more cannot be told apart on a screen
NEAR_ZERO = 0.3  # a range that would begin below this share of the level begins at 0
MAD_TO_STD = 1.4826  # median absolute deviation to standard deviation, for normal noise


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
        out[half : n - half] = np.median(windows, axis=1)
    for i in (*range(min(half, n)), *range(max(half, n - half), n)):
        out[i] = np.median(values[max(0, i - half) : i + half + 1])
    return out


def noise_std(losses: Floats) -> float:
    """Return the spread of the finite losses around their running median, in units of loss."""
    values = finite(losses)
    if values.size == 0:
        return 0.0
    return float(MAD_TO_STD * np.median(np.abs(values - running_median(values))))


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
    noise = noise_std(values)
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


def sigma_decades(log10_lrs: Floats) -> float:
    """Return the width of the smoother (standard deviation of its weights) in decades."""
    if log10_lrs.size < 2:
        return SIGMA_DECADES
    return max(SIGMA_DECADES, SIGMA_SPACINGS * float(np.median(np.diff(log10_lrs))))


def smooth(log10_lrs: Floats, losses: Floats, at: Floats) -> Floats:
    """Return the centred, Gaussian-weighted mean of the losses at given learning rates.

    Unlike the running average of the peers (fastai's lags by 2 to 3 decades on a 100-step
    sweep), a centred one keeps every feature at its learning rate.

    Args:
        log10_lrs: float64, shape `(n,)`, rising, decades.
        losses: float64, shape `(n,)`; not finite ones are left out, and those far above the
            visible range are cut down to just above it, so that a diverged tail does not
            lift the line before the loss itself rises.
        at: float64, shape `(m,)`, decades.

    Returns:
        float64, shape `(m,)`; NaN where no loss lies within three widths.
    """
    low, high = y_range(losses)
    known = np.isfinite(losses)
    x, y = log10_lrs[known], np.minimum(losses[known], high + 0.5 * (high - low))
    sigma = sigma_decades(log10_lrs)
    out = np.full(at.shape, np.nan)
    for index, centre in enumerate(at):
        begin = int(np.searchsorted(x, centre - 3 * sigma, side="left"))
        end = int(np.searchsorted(x, centre + 3 * sigma, side="right"))
        if begin < end:
            weights = np.exp(-0.5 * ((centre - x[begin:end]) / sigma) ** 2)
            out[index] = float(np.sum(weights * y[begin:end]) / np.sum(weights))
    return out


def line_points(n: int) -> npt.NDArray[np.int64]:
    """Return the indices of the points at which the smooth line is drawn: at most 400 of `n`."""
    if n <= LINE_POINTS:
        return np.arange(n, dtype=np.int64)
    steps = np.arange(LINE_POINTS) * (n - 1) / (LINE_POINTS - 1)
    return np.floor(steps + 0.5).astype(np.int64)
