"""Schedules of a user's own over an optimizer: the line of code that trains with the pick by them.

A scheduler computes rates from those that it has found when it was made (`base_lrs`), so a rate
that is set in the groups alone lasts for one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch.optim import lr_scheduler as known

from lr_widget.loops.accelerate import inner_schedulers, is_prepared, unprepared

RATES = "for g, lr in zip(optimizer.param_groups, picker.group_lrs): "
SET = f'{RATES}g["lr"] = lr'
SET_AND_MAKE = f'{RATES}g["lr"] = g["initial_lr"] = lr  # then make the scheduler anew'
# each group stays where it is in its schedule: a warm-up may begin at 0
SCALE = (
    '{scheduler}.base_lrs = picker.group_lrs; [g.update(lr=lr * g["lr"] / g["initial_lr"], '
    "initial_lr=lr) for g, lr in zip(optimizer.param_groups, picker.group_lrs)]"
)
# Those whose rates are in proportion to their `base_lrs`; the functions of Transformers and
# Diffusers that make a schedule make a LambdaLR.
SCALABLE = (
    *(known.LambdaLR, known.MultiplicativeLR, known.StepLR, known.MultiStepLR, known.ConstantLR),
    *(known.LinearLR, known.ExponentialLR, known.PolynomialLR),
    *(known.CosineAnnealingLR, known.CosineAnnealingWarmRestarts),
)


class OwnSchedule:
    """What is known of the schedule over an optimizer.

    Args:
        optimizer: the optimizer, prepared by Accelerate or not.
        also: objects that the user has named; schedulers among them, and accelerators that hold
            some, are known.
    """

    def __init__(self, optimizer: Any, also: Sequence[Any]) -> None:
        self._optimizer = optimizer
        prepared = [scheduler for each in also for scheduler in inner_schedulers(each)]
        bare = [each for each in also if isinstance(each, known.LRScheduler)]
        self._prepared, self._bare = self._over_it(prepared), self._over_it(bare)

    @property
    def is_users(self) -> bool:
        """Whether the user has a schedule, or makes it: in a prepared loop it is no trial's."""
        return is_prepared(self._optimizer) or bool(self._all())

    def line(self) -> str:
        """Return the line that trains with the pick; "" if it is the one that makes OneCycleLR."""
        schedulers = self._all()
        kinds = {type(each) for each in schedulers}
        if known.OneCycleLR in kinds or not self.is_users:
            return ""
        if kinds and kinds <= {known.ReduceLROnPlateau}:  # goes on from the rate that it finds
            return SET
        if len(schedulers) == 1 and isinstance(schedulers[0], SCALABLE):
            # under the name that Accelerate's documentation gives to the prepared one
            name = "scheduler.scheduler" if self._prepared else "scheduler"
            return SCALE.format(scheduler=name)
        was_made = any("initial_lr" in group for group in self._optimizer.param_groups)
        return SET_AND_MAKE if was_made else SET

    def _all(self) -> list[Any]:
        return list({id(each): each for each in (*self._prepared, *self._bare)}.values())

    def _over_it(self, schedulers: Sequence[Any]) -> list[Any]:
        inner = unprepared(self._optimizer)
        return [
            each for each in schedulers if unprepared(getattr(each, "optimizer", None)) is inner
        ]
