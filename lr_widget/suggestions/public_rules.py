"""The rules of other tools: what each would suggest for the same losses.

Each function takes the record of one sweep and returns a rate, or None where the tool itself
would raise or say nothing. It looks at the sweep as far as the tool would have let it run: each
stops when its own smoothed loss is so many times above its best. fastai computes in single
precision, and so does this: its rules choose places of equal or nearly equal losses, which come out
elsewhere in double precision.

Args of every rule:
    lrs: float64, shape `(n,)`, rising, above 0.
    losses: float64, shape `(n,)`: raw losses, may hold NaN and infinities.
    num_it: planned number of steps.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

import numpy as np
import numpy.typing as npt

from lr_widget.records.read_only import Floats

Singles = npt.NDArray[np.float32]

FASTAI_BETA, FASTAI_STOPS_AT = np.float32(0.98), 4.0  # fastai 2.8.12's recorder and LRFinder
SLIDE_STEPS, SLIDE_SAME = 15, 0.005  # fastai 2.8.12's defaults
TLF_SKIP_START, TLF_SKIP_END = 10, 5  # torch-lr-finder 0.2.2
TLF_BETA, TLF_STOPS_AT = 0.95, 5.0
LIGHTNING_SKIP_START, LIGHTNING_SKIP_END = 10, 1  # Lightning 2.6.6
LIGHTNING_BETA, LIGHTNING_STOPS_AT = 0.98, 4.0


def minimum(lrs: Floats, losses: Floats, num_it: int) -> float | None:
    """Return a tenth of the rate of the lowest smoothed loss: fastai 2.8.12's minimum/10."""
    at, smooth = _fastai_sees(lrs, losses, num_it)
    return float(at[int(np.argmin(smooth))]) / 10 if at.size else None


def steep(lrs: Floats, losses: Floats, num_it: int) -> float | None:
    """Return the rate where the smoothed loss falls fastest per decade: fastai 2.8.12's steep."""
    at, smooth = _fastai_sees(lrs, losses, num_it)
    if at.size < 2:
        return None
    with np.errstate(all="ignore"):  # infinite losses have no slope; fastai does not mind either
        slopes = np.diff(smooth) / np.diff(np.log(at))
    return float(at[int(np.argmin(slopes))])


def valley(lrs: Floats, losses: Floats, num_it: int) -> float | None:
    """Return the rate half-way down the longest valley: fastai 2.8.12's valley, its default.

    The longest valley is the longest series of ever lower smoothed losses, not necessarily
    neighbours; the place is a third and a sixth of its length after its start, as if it had no gaps
    and ended where it does.
    """
    at, smooth = _fastai_sees(lrs, losses, num_it)
    n = at.size
    if not n:
        return None
    lengths = []  # of the longest falling series that ends with each loss
    highest_ends: list[float] = []  # negated, the best last loss of a series of each length
    for loss in smooth.tolist():
        length = bisect_left(highest_ends, -loss)
        highest_ends[length : length + 1] = [-loss]
        lengths.append(length + 1)
    end = int(np.argmax(lengths))
    longest = lengths[end] if end else 0
    third = longest / 3
    return float(at[end - longest + int(third) + int(third / 2)])


def slide(lrs: Floats, losses: Floats, num_it: int) -> float | None:
    """Return the right end of the last long slope: fastai 2.8.12's slide.

    Two places 15 steps apart move left from the end of the sweep as long as the slopes of the
    smoothed loss at them differ by more than 0.005.
    """
    at, smooth = _fastai_sees(lrs, losses, num_it)
    n = at.size
    if n <= SLIDE_STEPS:
        return None
    with np.errstate(all="ignore"):
        slopes = np.gradient(smooth)
        differ = np.abs(slopes[SLIDE_STEPS:] - slopes[: n - SLIDE_STEPS]) > SLIDE_SAME
    same = np.flatnonzero(~differ)
    first = int(same[-1]) + 1 if same.size else 0
    return float(at[min(first, n - 1 - SLIDE_STEPS)])


def torch_lr_finder(lrs: Floats, losses: Floats, _num_it: int) -> float | None:
    """Return the rate where the smoothed loss falls fastest per step: torch-lr-finder 0.2.2."""
    smooth = np.array(losses, dtype=np.float64)
    with np.errstate(all="ignore"):  # infinities of both signs have no mean
        for i in range(1, smooth.size):
            smooth[i] = (1 - TLF_BETA) * smooth[i] + TLF_BETA * smooth[i - 1]
    lrs, smooth = _until(TLF_STOPS_AT, lrs, smooth)
    used = slice(TLF_SKIP_START, max(smooth.size - TLF_SKIP_END, 0))
    return _steepest(lrs[used], smooth[used])


def lightning(lrs: Floats, losses: Floats, _num_it: int) -> float | None:
    """Return the rate where the smoothed loss falls fastest per unit of the rate: Lightning 2.6.6.

    Per unit, not per decade: so it lies at very low rates, where a step is small.
    """
    smooth = np.empty(losses.shape)
    average = 0.0
    for i, loss in enumerate(losses.tolist()):
        average = LIGHTNING_BETA * average + (1 - LIGHTNING_BETA) * loss
        # it corrects for one step more than there has been
        smooth[i] = average / (1 - LIGHTNING_BETA ** (i + 2))
    lrs, smooth = _until(LIGHTNING_STOPS_AT, lrs, smooth)
    used = slice(LIGHTNING_SKIP_START, max(smooth.size - LIGHTNING_SKIP_END, 0))
    at, smooth = lrs[used], smooth[used]
    known = np.isfinite(smooth)
    return _steepest(at[known], smooth[known], at[known])


def _steepest(at: Floats, losses: Floats, *spacing: Floats) -> float | None:
    if at.size < 2:
        return None
    with np.errstate(all="ignore"):
        slopes = np.gradient(losses, *spacing)
    return float(at[int(np.argmin(slopes))])


def _fastai_sees(lrs: Floats, losses: Floats, num_it: int) -> tuple[Singles, Singles]:
    """Return the rates and smoothed losses that fastai's rules get.

    The first tenth of the planned steps and the last five are left out, and so is all from the
    first NaN on.
    """
    smooth = np.empty(losses.shape, dtype=np.float32)
    average = np.float32(0.0)
    with np.errstate(all="ignore"):
        for i, loss in enumerate(losses.astype(np.float32)):
            average = average - (average - loss) * (np.float32(1) - FASTAI_BETA)
            smooth[i] = average / np.float32(1 - 0.98 ** (i + 1))
    lrs, smooth = _until(FASTAI_STOPS_AT, lrs, smooth)
    used = slice(num_it // 10, max(smooth.size - 5, 0))
    with np.errstate(all="ignore"):  # rates that single precision does not hold become infinite
        at, smooth = lrs[used].astype(np.float32), smooth[used]
    unknown = np.flatnonzero(np.isnan(smooth))
    end = int(unknown[0]) if unknown.size else at.size
    return at[:end], smooth[:end]


def _until(times: float, lrs: Floats, smooth: Any) -> tuple[Floats, Any]:
    """Return the steps up to the first whose smoothed loss is above `times` the best so far."""
    with np.errstate(all="ignore"):
        over = np.flatnonzero(smooth > times * np.fmin.accumulate(smooth))
    end = int(over[0]) + 1 if over.size else smooth.size
    return lrs[:end], smooth[:end]
