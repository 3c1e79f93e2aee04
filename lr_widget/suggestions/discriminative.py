"""From one rate to a pick: what the model's situation says about the first layers' rate.

With one parameter group only `hi` counts, and where the groups are no layers both are the same.
With a frozen body, or from scratch, the first layers get a tenth. After an earlier stage, with
every layer trainable, it is fast.ai's rule of thumb: the right end a tenth of what the first stage
trained at, the left end at least ten times below the point where the loss gets worse. The ratio is
10 unless the sweep itself was run with another: on recorded fine-tuning tasks 1 to 10 did better
than 100 at a good top rate.
"""

from __future__ import annotations

import math

from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say
from lr_widget.curves.features import Reading
from lr_widget.records.pick import DEFAULT_RATIO, Pick
from lr_widget.records.sweep import Sweep

BELOW_EARLIER = 10.0  # the right end, below the first stage's rate
BELOW_WORSE = 10.0  # the left end, below the point where the loss gets worse


def pick_for(lr: float, sweep: Sweep, reading: Reading | None) -> tuple[Pick, str]:
    """Return the pick for a rate, and why it is that, in words.

    Args:
        lr: what the rule says, for the last layers.
        sweep: its `groups` and its settings `frozen` (a list, one per group), `earlier_lr` (the
            highest rate of an earlier stage), `spread` (the ratio it was swept with) and `group`
            (the index of the only one that was swept).
        reading: what the curve says; None leaves fast.ai's rule of thumb out.
    """
    ratio = max(1.0, sweep.settings.spread or DEFAULT_RATIO)
    plain = Pick(lr / ratio, lr)
    if len(sweep.groups) == 1:
        return plain, say("situation.one_group")
    if sweep.settings.one_rate:
        return Pick(lr, lr), say("situation.one_rate")
    if one_swept(sweep):
        return Pick(lr, lr), say("situation.this_group", group=swept_group(sweep))
    if _first_frozen(sweep):
        return plain, say("situation.frozen", ratio=f"{ratio:.3g}")
    earlier = earlier_stage(sweep)
    if reading is None or earlier is None:
        return plain, say("situation.plain", ratio=f"{ratio:.3g}")
    hi = max(min(lr, earlier / BELOW_EARLIER), float(sweep.lrs[0]))
    lo = hi / ratio
    if reading.worse_from is not None:
        lo = min(lo, reading.worse_from / BELOW_WORSE)
    key = "situation.after_stage" if hi < lr else "situation.after_stage_lower"
    return Pick(lo, hi), say(
        key, earlier=format_lr(earlier), hi=format_lr(hi), lr=format_lr(lr), ratio=f"{hi / lo:.3g}"
    )


def earlier_stage(sweep: Sweep) -> float | None:
    """Return the rate of an earlier stage if the rule of thumb for a second one applies."""
    if not sweep.groups or has_one_rate(sweep) or _first_frozen(sweep):
        return None
    return sweep.settings.earlier_lr


def follows_stage(sweep: Sweep, pick: Pick) -> bool:
    """Tell whether a pick is what it is because of an earlier stage, not of the curve."""
    earlier = earlier_stage(sweep)
    return earlier is not None and math.isclose(pick.hi, earlier / BELOW_EARLIER)


def has_one_rate(sweep: Sweep) -> bool:
    """Tell whether a pick of this sweep is one rate: there is nothing to spread it over."""
    return len(sweep.groups) == 1 or sweep.settings.one_rate or one_swept(sweep)


def one_swept(sweep: Sweep) -> bool:
    """Tell whether one group alone was swept, by `lr_find(..., group=index)`."""
    return sweep.settings.group is not None


def _first_frozen(sweep: Sweep) -> bool:
    return sweep.settings.frozen[:1] == (True,)


def swept_group(sweep: Sweep) -> str:
    """Return the name of the one group that was swept; "" if it was not one alone."""
    group = sweep.settings.group
    if group is None:
        return ""
    return sweep.groups[group] if group < len(sweep.groups) else f"group {group}"
