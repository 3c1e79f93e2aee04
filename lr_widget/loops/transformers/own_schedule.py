"""Transformers: a schedule that the user has given, as `optimizers=(optimizer, schedule)`.

It goes on with the rates that it found, or was given, when it was made. For some of PyTorch's these
can be set, and then its highest rate is another one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from torch.optim.lr_scheduler import OneCycleLR

from lr_widget.loops.accelerate import unprepared
from lr_widget.loops.optimizers import set_group_lrs
from lr_widget.loops.own_schedules import SCALABLE
from lr_widget.loops.transformers.peak import NEAR, look_ahead, makes_schedule

GROUPS = "for g, lr in zip(trainer.optimizer.param_groups, {lrs})]"
SCALE = (
    "trainer.lr_scheduler.base_lrs = {lrs}; "
    '[g.update(lr=lr * g["lr"] / g["initial_lr"], initial_lr=lr) ' + GROUPS
)
CYCLED = ("lr", "initial_lr", "min_lr", "max_lr")  # what OneCycleLR keeps in each group
CYCLE = (
    '[g.update({{k: g[k] * lr / g["max_lr"] for k in ("lr", "initial_lr", "min_lr", "max_lr")}}) '
    + GROUPS
)


def has_own_schedule(trainer: Any) -> bool:
    """Tell whether there is a schedule that the Trainer has not made, as far as it knows itself."""
    made = trainer._created_lr_scheduler  # noqa: SLF001
    return trainer.lr_scheduler is not None and not made


def is_given(trainer: Any) -> bool:
    """Tell whether `train()` goes by a schedule that the user has given."""
    return has_own_schedule(trainer) and makes_schedule(trainer)


def check_own_schedule(trainer: Any, optimizer: Any) -> None:
    """Check that the peak of a schedule, if the user has given one, can be set to a pick.

    Args:
        trainer: the Trainer.
        optimizer: the one that makes its steps.

    Raises:
        ValueError: it cannot.
    """
    if is_given(trainer) and not can_be_set(trainer.lr_scheduler, optimizer):
        kind = type(trainer.lr_scheduler).__name__
        raise ValueError(
            "trainer must have a schedule whose peak can be set to the pick: by "
            "args.lr_scheduler_type, or one of PyTorch's over its optimizer whose rates are in "
            f"proportion to those that it was made with, got optimizers=(..., {kind}); leave that "
            "out, or use fit=fn"
        )


def can_be_set(scheduler: Any, optimizer: Any) -> bool:
    """Tell whether `set_peaks` is right for a schedule over an optimizer.

    Not for a class that somebody has derived: it may compute its rates in another way.
    """
    if type(scheduler) is not OneCycleLR and type(scheduler) not in SCALABLE:
        return False
    groups = optimizer.param_groups
    is_whole = len(scheduler.base_lrs) == len(groups)
    return (
        unprepared(scheduler.optimizer) is optimizer
        and is_whole
        and all(float(lr) > 0 for lr in _peaks(scheduler, groups))
    )


def set_peaks(scheduler: Any, optimizer: Any, lrs: Sequence[float]) -> None:
    """Set the highest rate of each group; where they stand in the schedule they stay."""
    groups = optimizer.param_groups
    rates = []
    for group, lr in zip(groups, lrs, strict=True):
        if type(scheduler) is OneCycleLR:
            changed = {name: float(group[name]) * lr / float(group["max_lr"]) for name in CYCLED}
        else:
            rate = lr * float(group["lr"]) / float(group["initial_lr"])
            changed = {"lr": rate, "initial_lr": lr}
        rates.append(changed.pop("lr"))
        group.update(changed)
    set_group_lrs(optimizer, rates)
    if type(scheduler) is not OneCycleLR:
        scheduler.base_lrs = list(lrs)


def line_of(trainer: Any, optimizer: Any, n_steps: int, lrs: str) -> str:
    """Return the line that does the same as `set_peaks`; "" where it would not train at the pick.

    Args:
        trainer: the Trainer.
        optimizer: the one that makes its steps.
        n_steps: how many steps the training has.
        lrs: code for the rates of the groups.
    """
    scheduler = trainer.lr_scheduler
    if not is_given(trainer) or not can_be_set(scheduler, optimizer):
        return ""
    ahead = look_ahead(trainer, n_steps)
    wanted = _peaks(scheduler, optimizer.param_groups)
    if ahead is None or ahead.is_over or not all(map(_is_near, ahead.peaks, wanted)):
        return ""
    return (CYCLE if type(scheduler) is OneCycleLR else SCALE).format(lrs=lrs)


def _peaks(scheduler: Any, groups: Sequence[dict[str, Any]]) -> list[float]:
    """Return the highest rate of each group, as the schedule was made."""
    name = "max_lr" if type(scheduler) is OneCycleLR else "initial_lr"
    return [float(group.get(name, 0.0)) for group in groups]


def _is_near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=NEAR)
