"""A schedule ahead of time: a copy of it is stepped, over a stand-in for its optimizer.

Nothing else tells where its peak is: neither the rate that it begins with (a warm-up), nor that of
the optimizer (Noam's is 1).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import torch

MOST_STEPS = 20_000  # to look ahead


def stand_in_for(optimizer: Any) -> Any:
    """Return what takes the place of an optimizer in copies of its schedules."""
    return SimpleNamespace(
        param_groups=[_copied_group(group) for group in optimizer.param_groups],
        defaults=getattr(optimizer, "defaults", {}),
        step=SimpleNamespace(_wrapped_by_lr_sched=True),
        _opt_called=True,  # a schedule warns where it is stepped before the optimizer
    )


def copied(scheduler: Any, known: Mapping[int, Any]) -> Any:
    """Return a copy of a schedule.

    Args:
        scheduler: the schedule.
        known: by the id of what it may hold, what the copy holds in its place: for the optimizer
            its stand-in, for a model or trainer itself.

    Raises:
        TypeError: it holds what cannot be copied.
    """
    return copy.deepcopy(scheduler, dict(known))


def rates_of(optimizer: Any) -> list[float]:
    """Return the rates of an optimizer's groups, or of those of its stand-in."""
    return [float(group["lr"]) for group in optimizer.param_groups]


def _copied_group(group: dict[str, Any]) -> dict[str, Any]:
    lr = group["lr"]
    return {**group, "lr": lr.detach().clone() if isinstance(lr, torch.Tensor) else lr}
