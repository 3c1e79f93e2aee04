"""fastai: whether the steps of a trial are made at the rates that `fit_one_cycle` has set."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from fastai.callback.core import Callback, CancelFitException

from lr_widget.loops.callbacks import named_in_words
from lr_widget.loops.rates import LEAVE_OUT, ScheduledRates

OTHERS = ("fastai.", "lr_widget.")


class Scheduled(Callback):
    """Notes the rates as soon as the schedule has set them, and checks the steps.

    It has to come right behind fastai's ParamScheduler, which overrules whoever sets a rate before
    it: so it has the same order, and is passed to `fit_one_cycle`, which puts it there.

    Args:
        hooks: until whose end the optimizer is watched.

    Attributes:
        error: what is wrong, to be raised after the fit: fastai would begin its words with the name
            of this class.
    """

    name = "lr_widget_rates"
    order = 60  # as ParamScheduler's
    run_valid = False

    def __init__(self, hooks: ExitStack) -> None:
        super().__init__()
        self.hooks = hooks
        self.rates: ScheduledRates | None = None  # once there is an optimizer
        self.error: ValueError | None = None

    def before_batch(self) -> None:
        """Note the rates of the next step."""
        self.check()  # if a callback has ended the epoch before within its last batch
        self._rates_of(self.learn.opt).note()

    def check(self) -> None:
        """End the fit if a step was made at another rate."""
        if not self.are_kept():
            raise CancelFitException("a step at another rate")

    def are_kept(self) -> bool:
        """Tell whether all steps were made at the rates that the schedule has set."""
        rates, optimizer = self.rates, self.learn.opt
        if rates is not None and self.error is None:
            try:
                is_seen = rates.can_see and rates.optimizer is optimizer
                if not rates.check() and not is_seen:
                    rates.check_now(optimizer)
            except ValueError as error:
                self.error = error
        return self.error is None

    def _rates_of(self, optimizer: Any) -> ScheduledRates:
        """Return what sees an optimizer's steps; anew where a callback has replaced it."""
        if self.rates is None or self.rates.optimizer is not optimizer:
            self.hooks.close()
            rates = ScheduledRates(optimizer, name="learn", cause=self._cause)
            self.rates = self.hooks.enter_context(rates)
        return self.rates

    def _cause(self) -> str:
        own = [each for each in self.learn.cbs if not type(each).__module__.startswith(OTHERS)]
        hooks = "a hook of the optimizer or the model, or the loss function"
        return f"{named_in_words(own) or hooks} sets it; {LEAVE_OUT}"
