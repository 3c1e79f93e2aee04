"""Transformers: whether a trial's training reaches its pick, and trains at no higher rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
from transformers import Trainer

from lr_widget.loops.accelerate import unprepared
from lr_widget.loops.ahead import MOST_STEPS, copied, rates_of, stand_in_for
from lr_widget.loops.transformers.gathered import Gathered
from lr_widget.snapshot.loader_graph import LoaderGraph
from lr_widget.snapshot.snapshot import Snapshot

# Schedules that have no warm-up, whatever `warmup_steps` says.
UNWARMED = frozenset({"constant", "reduce_lr_on_plateau", "greedy"})
# That one raises the rate above where it began, as long as the loss falls.
RISING = "GreedyLR"
# By which share the highest rate may be off: a short schedule may have its peak between two steps.
NEAR = 0.2


def makes_schedule(trainer: Any) -> bool:
    """Tell whether the schedule is made by the Trainer's own `create_scheduler`."""
    own = vars(trainer).get("create_scheduler", type(trainer).create_scheduler)
    return own is Trainer.create_scheduler


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
    if warm_up < n_steps:
        return
    enough = warm_up * epochs // max(n_steps, 1) + 1
    more = f", or try the picks for epochs={enough}" if trainer.args.warmup_steps >= 1 else ""
    raise ValueError(
        "trainer.args.warmup_steps must be fewer than the steps of a trial, or no candidate trains "
        f"at its rate, got {warm_up} steps of warm-up in a trial of {n_steps} (epochs={epochs}): "
        f"set it to a share of the training, as warmup_steps=0.1{more}"
    )


class Ahead(NamedTuple):
    """A schedule's rates in a training to come.

    Attributes:
        peaks: the highest rate of each group.
        n_steps: how many steps the schedule goes.
        is_over: it raises after them, and the training would go on.
        is_rising: the last rate is the highest.
    """

    peaks: list[float]
    n_steps: int
    is_over: bool
    is_rising: bool


def look_ahead(trainer: Any, n_steps: int) -> Ahead | None:
    """Return the rates of the schedule that a Trainer has, in a training of so many steps.

    None where they are not known: without a schedule of PyTorch's, or with one that looks at a
    metric, or that cannot be copied.
    """
    scheduler, optimizer = trainer.lr_scheduler, trainer.optimizer
    kind = torch.optim.lr_scheduler
    is_known = isinstance(scheduler, kind.LRScheduler) and not isinstance(
        scheduler, kind.ReduceLROnPlateau
    )
    if not is_known or optimizer is None or n_steps > MOST_STEPS or _on_device(optimizer):
        return None
    stand_in = stand_in_for(optimizer)
    known = {id(each): each for each in (trainer, trainer.model, trainer.args)}
    known |= {id(each): stand_in for each in (optimizer, unprepared(optimizer))}
    # functions are not copied, and may keep count: in themselves, or in the Trainer
    functions = SimpleNamespace(functions=getattr(scheduler, "lr_lambdas", ()))
    counts = LoaderGraph(functions, [trainer, trainer.model, unprepared(optimizer)])
    gathered = Gathered(trainer)
    try:
        with Snapshot([counts]):
            return _stepped(copied(scheduler, known), stand_in, n_steps)
    except Exception:  # noqa: BLE001  code of the user's, in a schedule of their own
        return None
    finally:
        gathered.restore()


def _stepped(scheduler: Any, optimizer: Any, n_steps: int) -> Ahead:
    peaks = rates = rates_of(optimizer)
    is_rising = False
    for i in range(n_steps):
        rates = rates_of(optimizer)
        is_rising = any(rate > peak for rate, peak in zip(rates, peaks, strict=True))
        peaks = list(map(max, peaks, rates))
        try:
            scheduler.step()
        except ValueError:  # OneCycleLR's
            return Ahead(peaks, i + 1, is_over=True, is_rising=is_rising)
    return Ahead(peaks, n_steps, is_over=False, is_rising=is_rising)


def check_ahead(trainer: Any, wanted: Sequence[float], epochs: int) -> None:
    """Check before the first step of a trial that its schedule has its peak at the pick.

    Args:
        trainer: the Trainer, within the trial.
        wanted: the pick, for every group.
        epochs: of the trial.

    Raises:
        ValueError: it has not, as far as can be told.
    """
    n_steps = trainer.state.max_steps
    ahead = look_ahead(trainer, n_steps)
    if ahead is None:
        return
    kind = type(trainer.lr_scheduler).__name__
    if ahead.is_over:
        raise ValueError(
            f"trainer must have a schedule of as many steps as a trial, {n_steps!r} "
            f"(epochs={epochs}), got {kind!r}, which is over after {ahead.n_steps!r}: make it for "
            "more, or use fit=fn"
        )
    more = ", whose rates still rise when the trial is over" if ahead.is_rising else ""
    who = kind if makes_schedule(trainer) else "create_scheduler"
    check_peaks(
        ahead.peaks, wanted, is_whole=True, may_rise=False, cause=lambda: f"{who} sets it{more}"
    )


def check_peaks(
    peaks: Sequence[float],
    wanted: Sequence[float],
    *,
    is_whole: bool,
    may_rise: bool,
    cause: Callable[[], str],
) -> None:
    """Check that a run trains at the rates that it is to.

    Args:
        peaks: the highest rate of each group.
        wanted: the pick, for every group that there was when the run began.
        is_whole: the run was not ended early, in its warm-up perhaps.
        may_rise: the schedule may go higher than it began.
        cause: says what may have set another rate.

    Raises:
        ValueError: it does not.
    """
    for i, (used, rate) in enumerate(zip(peaks, wanted, strict=False)):
        too_low = is_whole and used < rate * (1 - NEAR)
        too_high = not may_rise and used > rate * (1 + NEAR)
        if too_low or too_high:
            raise ValueError(
                f"trainer must train at the pick in a trial, {rate!r} in group {i}, got "
                f"{used!r} as its highest rate: {cause()}; leave that out, or use fit=fn"
            )


def _on_device(optimizer: Any) -> bool:
    """Tell whether there are rates on a device, where the host would have to wait for them."""
    lrs = [group["lr"] for group in optimizer.param_groups]
    return any(isinstance(lr, torch.Tensor) and lr.device.type != "cpu" for lr in lrs)


class Peak:
    """The highest rate that each parameter group trains at in a run."""

    def __init__(self) -> None:
        self._highest: list[float] = []
        self._is_unknown = False

    def see(self, optimizer: Any) -> None:
        """Take the rates of a step that is about to be made.

        Nothing is known of rates that are on a device, where the host would have to wait for them.
        """
        if _on_device(optimizer):
            self._is_unknown = True
            return
        rates = rates_of(optimizer)
        known = self._highest + rates[len(self._highest) :]
        self._highest = list(map(max, known, rates + known[len(rates) :]))

    def check(
        self, wanted: Sequence[float], *, is_whole: bool, may_rise: bool, cause: Callable[[], str]
    ) -> None:
        """See `check_peaks`, once a run is over."""
        if not self._is_unknown:
            check_peaks(self._highest, wanted, is_whole=is_whole, may_rise=may_rise, cause=cause)
