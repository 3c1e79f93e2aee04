"""Transformers: whether a trial's training reaches its pick, and trains at no higher rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import Trainer

# Schedules that have no warm-up, whatever `warmup_steps` says.
UNWARMED = frozenset({"constant", "reduce_lr_on_plateau", "greedy"})
# That one raises the rate above where it began, as long as the loss falls.
RISING = "GreedyLR"
# By which share the highest rate may be off: a short schedule may have its peak between two steps.
NEAR = 0.2


def makes_schedule(trainer: Any) -> bool:
    """Tell whether the schedule is made by the Trainer's own `create_scheduler`."""
    return type(trainer).create_scheduler is Trainer.create_scheduler


def schedule_kind(args: Any) -> str:
    """Return `args.lr_scheduler_type` as text."""
    return str(getattr(args.lr_scheduler_type, "value", args.lr_scheduler_type))


def warm_up_of(args: Any, n_steps: int) -> int:
    """Return how many steps the rates rise, in a training of so many."""
    return 0 if schedule_kind(args) in UNWARMED else int(args.get_warmup_steps(n_steps))


def check_warm_up(trainer: Any, n_steps: int, epochs: int) -> None:
    """Check that a trial is not over before its warm-up is.

    Args:
        trainer: the Trainer.
        n_steps: how many steps the trial makes.
        epochs: in how many epochs.

    Raises:
        ValueError: it is, and no candidate would train at its rate.
    """
    warm_up = warm_up_of(trainer.args, n_steps)
    if not makes_schedule(trainer) or warm_up < n_steps:
        return
    enough = warm_up * epochs // max(n_steps, 1) + 1
    more = f", or try the picks for epochs={enough}" if trainer.args.warmup_steps >= 1 else ""
    raise ValueError(
        "trainer.args.warmup_steps must be fewer than the steps of a trial, or no candidate trains "
        f"at its rate, got {warm_up} steps of warm-up in a trial of {n_steps} (epochs={epochs}): "
        f"set it to a share of the training, as warmup_steps=0.1{more}"
    )


class Peak:
    """The highest rate that each parameter group trains at in a run."""

    def __init__(self) -> None:
        self._highest: list[float] = []
        self._is_unknown = False

    def see(self, optimizer: Any) -> None:
        """Take the rates of a step that is about to be made.

        Nothing is known of rates that are on a device, where the host would have to wait for them.
        """
        lrs = [group["lr"] for group in optimizer.param_groups]
        if any(isinstance(lr, torch.Tensor) and lr.device.type != "cpu" for lr in lrs):
            self._is_unknown = True
            return
        rates = [float(lr) for lr in lrs]
        known = self._highest + rates[len(self._highest) :]
        self._highest = list(map(max, known, rates + known[len(rates) :]))

    def check(
        self, wanted: Sequence[float], *, is_whole: bool, may_rise: bool, cause: Callable[[], str]
    ) -> None:
        """Check that a run has trained at the rates that it was to.

        Args:
            wanted: the pick, for every group that there was when the run began.
            is_whole: the run was not ended early, in its warm-up perhaps.
            may_rise: the schedule may go higher than it began.
            cause: says what may have set another rate.

        Raises:
            ValueError: it has not.
        """
        if self._is_unknown:
            return
        for i, (used, rate) in enumerate(zip(self._highest, wanted, strict=False)):
            too_low = is_whole and used < rate * (1 - NEAR)
            too_high = not may_rise and used > rate * (1 + NEAR)
            if too_low or too_high:
                raise ValueError(
                    f"trainer must train at the pick in a trial, {rate!r} in group {i}, got "
                    f"{used!r} as its highest rate: {cause()}; leave that out, or use fit=fn"
                )
