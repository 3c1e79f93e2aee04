"""From a sweep to a learning rate, a pick and the reason in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lr_widget.pick import DEFAULT_RATIO, Pick, format_lr
from lr_widget.sentences import say
from lr_widget.smoothing import (
    line_points,
    noise_std,
    running_average,
    running_median,
    smooth,
)
from lr_widget.sweep import Sweep

FASTAI_BETA = 0.98  # weight of the past in fastai 2.8.12's recorder
TURNED_SHARE = 0.25  # of the descent that a curve must climb again to count as turned
TURNED_NOISES = 6.0  # and that many times its noise at least: 2 % of flat noisy curves do


class Suggestion(NamedTuple):
    """A learning rate with its reason; or the reason why there is none.

    Attributes:
        lr: the suggested rate for the last layers, or None.
        pick: both rates, or None.
        reason: in words.
        rule: name of the rule it comes from.
    """

    lr: float | None
    pick: Pick | None
    reason: str
    rule: str


def minimum(sweep: Sweep) -> Suggestion:
    """Suggest a tenth of the rate where the smoothed loss is lowest: fastai's minimum/10.

    As fastai 2.8.12 does it: the losses are averaged with beta 0.98, the first tenth of the
    planned steps and the last five are left out, and so is all from the first NaN on.
    """
    planned = int(sweep.settings.get("num_it", len(sweep)))
    averages = running_average(sweep.losses, FASTAI_BETA)
    used = slice(planned // 10, max(len(sweep) - 5, 0))
    lrs, averages = sweep.lrs[used], averages[used]
    unknown = np.flatnonzero(np.isnan(averages))
    if unknown.size:
        lrs, averages = lrs[: unknown[0]], averages[: unknown[0]]
    if not lrs.size:
        reason = say("no_pick.too_short", steps=len(sweep))
        return Suggestion(None, None, reason, "minimum")
    lr_min = float(lrs[int(np.argmin(averages))])
    hi = lr_min / 10
    reason = say("suggestion.minimum", lr_min=format_lr(lr_min))
    return Suggestion(hi, Pick(hi / DEFAULT_RATIO, hi), reason, "minimum")


RULES: dict[str, Callable[[Sweep], Suggestion]] = {"minimum": minimum}


def suggest(sweep: Sweep, rule: str = "minimum") -> Suggestion:
    """Return what a rule suggests for a sweep.

    Args:
        sweep: the record of a range test.
        rule: name of the rule: "minimum" (fastai 2.8.12's minimum/10).

    Raises:
        TypeError: `sweep` is no Sweep.
        ValueError: there is no such rule.
    """
    if not isinstance(sweep, Sweep):
        raise TypeError(f"sweep must be a Sweep, got {sweep!r}")
    if not isinstance(rule, str) or rule not in RULES:
        known = ", ".join(repr(name) for name in RULES)
        raise ValueError(f"rule must be one of {known}, got {rule!r}")
    return RULES[rule](sweep)


def has_turned(sweep: Sweep) -> bool:
    """Tell whether the sweep has shown how high is too high.

    It has if the loss has clearly risen again (`lowest_lr`), or if the sweep ended by itself on a
    loss that is not finite.
    """
    return sweep.stop_reason == "non-finite loss" or lowest_lr(sweep) is not None


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
