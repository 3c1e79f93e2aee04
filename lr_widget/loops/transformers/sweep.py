"""A sweep in Transformers: the Trainer's own `train()`, with a callback that asks the range test.

The Trainer's machinery trains: batches, accumulation, precision, clipping, the loss as it reports
it. What ends, evaluates, saves, logs and schedules is left out.
"""

from __future__ import annotations

import copy
import functools
import logging
import math
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import torch
from transformers import TrainerCallback

from lr_widget.engine.range_test import RangeTest
from lr_widget.loops.accelerate import unprepared
from lr_widget.loops.callbacks import said_to_set_rates
from lr_widget.loops.loaders import has_length
from lr_widget.loops.meanwhile import only_warnings
from lr_widget.loops.optimizers import PATIENCE
from lr_widget.loops.own_rates import check_rates
from lr_widget.loops.rates import RateWatch
from lr_widget.loops.transformers.callbacks import come_last, runs_in_sweep, that_may_set_rates
from lr_widget.loops.transformers.optimizer import class_and_keywords

# A Trainer announces what it begins and ends: `log_level="passive"` stands for "info" by default.
LOG = logging.getLogger("transformers")
# Values, during a sweep, of arguments that make the Trainer write, or read the loss on the host.
QUIET = {
    "logging_strategy": "no",
    "logging_first_step": False,
    "logging_nan_inf_filter": False,  # it waits for the loss of every batch
    "eval_strategy": "no",
    "eval_on_start": False,
    "save_strategy": "no",
    "save_total_limit": None,
    "load_best_model_at_end": False,
    "push_to_hub": False,
}


def sweep(trainer: Any, test: RangeTest) -> None:
    """Run a range test as a `train()` of a Trainer; the snapshot puts back what it leaves.

    Args:
        trainer: the Trainer.
        test: the range test.

    Raises:
        ValueError: the optimizer has stepped at another rate than was set, or nothing was trained.
    """
    first = test.begin_step()
    if first is None:
        return
    num_it = test.plan.num_it
    with ExitStack() as hooks:
        hooks.enter_context(only_warnings(LOG))
        ask = _Ask(test, trainer, first, hooks)
        kept = [each for each in trainer.callback_handler.callbacks if runs_in_sweep(each)]
        trainer.callback_handler.callbacks = [_Plan(num_it), *kept, ask]
        # as many as there can be, should a scaler skip most of them: not endlessly many, since
        # a loader without a length would be asked so often
        trainer.args = changed(trainer.args, **QUIET, max_steps=num_it * PATIENCE)
        trainer.training_step = told(trainer.training_step, ask.take)
        trainer.optimizer_cls_and_kwargs = class_and_keywords(trainer)
        trainer.log = _nothing  # the report at the end
        trainer.lr_scheduler = _NoSchedule(ask)
        trainer._created_lr_scheduler = False  # noqa: SLF001  else it would be made anew
        trainer.train()
    if not ask.has_trained:
        raise ValueError(
            "trainer.train_dataset must yield at least one batch, got none from "
            f"{trainer.train_dataset!r:.200}"
        )


def changed(args: Any, **values: Any) -> Any:
    """Return a copy of the Trainer's arguments with other values, where it knows them.

    Not by `dataclasses.replace`, whose `__post_init__` sets up devices and processes.
    """
    made = copy.copy(args)
    for name, value in values.items():
        present: Any = getattr(args, name, None)
        # an enumeration, of which "no" is a member
        is_member = isinstance(value, str) and hasattr(present, "value")
        if hasattr(args, name):
            setattr(made, name, type(present)(value) if is_member else value)
    return made


def told(step: Callable[..., Any], take: Callable[[Any], None]) -> Callable[..., Any]:
    """Return a `training_step` that also tells its loss: callbacks never see it."""

    @functools.wraps(step)
    def training_step(*args: Any, **kwargs: Any) -> Any:
        loss = step(*args, **kwargs)
        take(loss)
        return loss

    return training_step


def steps_of_an_epoch(train_dataloader: Any, args: Any) -> int:
    """Return how many optimizer steps an epoch has; 0 where its loader has no length."""
    batches = len(train_dataloader) if has_length(train_dataloader) else 0
    steps: int = math.ceil(batches / args.gradient_accumulation_steps)
    return steps


class StepLoss:
    """The loss of an optimizer step, as the Trainer reports it.

    Each micro-batch's is divided already by the number of batches, or of items, in the step: so the
    mean over the step is their sum.
    """

    def __init__(self) -> None:
        self._sum: Any = None

    def add(self, loss: Any) -> None:
        """Take the loss of a micro-batch, as `training_step` returns it."""
        self._sum = loss.detach() if self._sum is None else self._sum + loss.detach()

    def pop(self) -> Any:
        """Return the loss of the step, a tensor where it was computed; None if there is none."""
        found, self._sum = self._sum, None
        return found


class _Ask(TrainerCallback):
    """Asks the range test for the rate of each step and tells it the losses; the last callback.

    A step's rate is set at the end of the step before, when the Trainer's own schedule has had
    its turn, and checked in the step itself.
    """

    def __init__(self, test: RangeTest, trainer: Any, lr: float, hooks: ExitStack) -> None:
        self.lr = lr  # of the step that is being made
        self.has_trained = False
        self._test, self._trainer, self._hooks = test, trainer, hooks
        self._rates: RateWatch | None = None
        self._loss = StepLoss()
        self._skips = 0  # in a row

    def take(self, loss: Any) -> None:
        """Take the loss of a micro-batch."""
        self._loss.add(loss)

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """The optimizer exists from here on."""
        optimizer = unprepared(self._trainer.optimizer)
        check_rates(optimizer, "trainer.optimizer")
        watch = RateWatch(optimizer, self._test, name="trainer", cause=self._cause)
        self._rates = self._hooks.enter_context(watch)
        self._rates.set(self.lr)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """Other callbacks may have added some."""
        come_last(self._trainer.callback_handler, self)

    on_step_begin = on_epoch_begin

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:  # noqa: ARG002
        """A step has been made, or skipped by a gradient scaler."""
        _silence(control)
        loss, self.has_trained = self._loss.pop(), True
        assert self._rates is not None  # noqa: S101  for mypy: training has begun
        if not self._has_stepped(self._rates):
            self._test.skip_step()
        else:
            self._test.end_step(loss)
            lr = self._test.begin_step()
            if lr is None:
                control.should_training_stop = True
                return control
            self.lr = lr
        self._rates.set(self.lr)
        return control

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:  # noqa: ARG002
        """An epoch ends, after which the Trainer would log, evaluate and save."""
        _silence(control)
        return control

    def _has_stepped(self, rates: RateWatch) -> bool:
        if not rates.check():
            if self._trainer.accelerator.optimizer_step_was_skipped:
                self._skips += 1
                return self._skips >= PATIENCE
            rates.check_now()  # made where nobody could see it
        self._skips = 0
        return True

    def _cause(self) -> str:
        own = that_may_set_rates(self._trainer.callback_handler)
        return said_to_set_rates(own) or (
            "the model or loss function sets it, or a method of the Trainer's class"
        )


class _Plan(TrainerCallback):
    """Says how many steps there are, by which other callbacks plan; the first callback."""

    def __init__(self, num_it: int) -> None:
        self._num_it = num_it

    def on_train_begin(
        self,
        args: Any,
        state: Any,
        control: Any,  # noqa: ARG002
        train_dataloader: Any = None,
        **_: Any,
    ) -> None:
        """Write it into the state, which the Trainer has filled with its own."""
        state.max_steps, state.num_train_epochs = self._num_it, 1
        if has_length(train_dataloader):
            steps = steps_of_an_epoch(train_dataloader, args)
            state.num_train_epochs = math.ceil(self._num_it / max(steps, 1))


class _NoSchedule(torch.optim.lr_scheduler.LRScheduler):
    """Stands where the Trainer has its schedule, and leaves the rates alone.

    A schedule may raise when it is over, and a sweep may have more steps than it.
    """

    def __init__(self, ask: _Ask) -> None:
        self._ask = ask
        super().__init__(torch.optim.SGD([torch.zeros(())], lr=ask.lr))

    def step(self, *_args: Any, **_kwargs: Any) -> None:
        """Do nothing."""

    def get_last_lr(self) -> list[float]:
        """Return the rate of the present step."""
        return [self._ask.lr]


def _silence(control: Any) -> None:
    control.should_log = control.should_evaluate = control.should_save = False


def _nothing(*_args: Any, **_kwargs: Any) -> None:
    pass
