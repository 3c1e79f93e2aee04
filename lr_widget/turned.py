"""Whether a curve has turned, and where it is lowest if it has."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lr_widget.records.sweep import Sweep
from lr_widget.smoothing import line_points, noise_std, running_median, smooth

TURNED_SHARE = 0.25  # of the descent that a curve must climb again to count as turned
TURNED_NOISES = 6.0  # and that many times its noise at least: 2 % of flat noisy curves do


def has_turned(sweep: Sweep) -> bool:
    """Tell whether the sweep has shown how high is too high.

    It has if the loss has clearly risen again (`lowest_lr`), or if the sweep ended by itself on a
    loss that is not finite.
    """
    return sweep.stop_reason == "non-finite loss" or lowest_lr(sweep) is not None


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
