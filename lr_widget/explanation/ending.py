"""How a sweep ended, in one sentence."""

from __future__ import annotations

import math

from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say
from lr_widget.records.stop_reason import StopReason, read_reason
from lr_widget.records.sweep import Sweep
from lr_widget.suggestions.choose import Suggestion


def outcome(sweep: Sweep, *, restored: bool) -> str:
    """Say how the sweep ended.

    Args:
        sweep: the record.
        restored: it has just run, and what it disturbed is back; false for a recorded one.
    """
    reason, error = read_reason(sweep.stop_reason)
    key = "recorded" if reason is None else reason.value
    if reason is StopReason.NON_FINITE_LOSS and len(sweep) and math.isinf(sweep.losses[-1]):
        key = "infinite loss"
    return say(
        f"outcome.{key}",
        steps=len(sweep),
        num_it=sweep.settings.num_it or len(sweep),
        error=(error or "").rstrip("."),
        restored=say("outcome.restored") if restored else "",
    ).strip()


def summary(ended: str, suggestion: Suggestion, *, one_rate: bool) -> str:
    """Return the line of text that stands for the picker where there is no widget front end.

    Args:
        ended: how the sweep ended, from `outcome`.
        suggestion: what is suggested, or why nothing is.
        one_rate: one rate trains all layers, so that the pick has only one to tell.
    """
    parts = [ended]
    if suggestion.pick is None:
        parts.append(suggestion.reason)
    else:
        key = "text_pick_one_group" if one_rate else "text_pick"
        lo, hi = (format_lr(lr) for lr in suggestion.pick)
        parts.append(say(f"outcome.{key}", lo=lo, hi=hi))
    return " ".join(parts)
