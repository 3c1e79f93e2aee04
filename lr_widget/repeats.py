"""One suggestion from repeated sweeps: the same start and rates, other shuffles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say
from lr_widget.records.pick import Pick
from lr_widget.records.sweep import Sweep
from lr_widget.rule import LEAST_HALF_WIDTH
from lr_widget.suggest import Suggestion


def repeated(sweeps: Sequence[Sweep]) -> Sequence[Sweep]:
    """Return the last sweep with those before it that it repeats."""
    repeat = sweeps[-1].settings.get("repeat", 1)
    same = sweeps[-repeat:]
    numbers = [each.settings.get("repeat", 1) for each in same]
    alike = all(each.groups == same[-1].groups for each in same)
    return same if alike and numbers == list(range(1, repeat + 1)) else sweeps[-1:]


def combine(found: Sequence[Suggestion]) -> Suggestion:
    """Return the geometric mean of the suggestions, with an interval from their spread.

    The ratio between the two rates, and the warnings, are those of the last sweep that has a
    suggestion. With fewer than two rates there is nothing to combine: the last one stands.
    """
    answers = [each for each in found if each.pick is not None]
    if len(answers) < 2:
        return answers[-1] if answers else found[-1]
    last = answers[-1]
    log10_lrs = np.log10([each.pick.hi for each in answers if each.pick is not None])
    lr = float(10 ** log10_lrs.mean())
    error = float(log10_lrs.std(ddof=1)) / len(answers) ** 0.5
    width = float(np.hypot(LEAST_HALF_WIDTH, 2 * error))
    ratio = last.pick.hi / last.pick.lo if last.pick else 1.0
    each = ", ".join(format_lr(float(10**value)) for value in log10_lrs)
    mean = say("suggestion.repeats", lr=format_lr(lr), count=len(answers), each=each)
    around = Pick(lr / 10**width, lr * 10**width)
    reason = f"{mean} {say('suggestion.last', reason=last.reason)}"
    return last._replace(lr=lr, pick=Pick(lr / ratio, lr), reason=reason, interval=around)
