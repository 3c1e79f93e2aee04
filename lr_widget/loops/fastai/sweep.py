"""A sweep in fastai: the Learner's own fit, with callbacks that ask the range test from within."""

from __future__ import annotations

import math
from contextlib import ExitStack
from functools import partial
from typing import Any

from fastai.callback.core import (
    Callback,
    CancelEpochException,
    CancelFitException,
    CancelValidException,
)

from lr_widget.engine.loss_reader import check_loss
from lr_widget.engine.range_test import RangeTest
from lr_widget.loops.callbacks import said_to_set_rates
from lr_widget.loops.fastai.callbacks import may_set_rates, runs_in_sweep
from lr_widget.loops.loaders import has_length
from lr_widget.loops.optimizers import PATIENCE
from lr_widget.loops.own_rates import check_rates
from lr_widget.loops.rates import RateWatch

IDLE_EPOCHS = 10  # without a batch to train on, after which a sweep would go on for ever
EPOCHS = 2**31  # "as many as it takes": the range test ends the fit


def sweep(learn: Any, test: RangeTest) -> None:
    """Run a range test as a fit of a Learner, without the callbacks that have no place in it.

    Args:
        learn: the Learner; it is left with other callbacks and, maybe, with a new optimizer.
        test: the range test.

    Raises:
        ValueError: the optimizer has stepped at another rate than was set, or nothing was trained.
    """
    kept = [callback for callback in learn.cbs if runs_in_sweep(callback)]
    learn.cbs = type(learn.cbs)(kept)
    num_it, epochs = test.plan.num_it, 1
    if has_length(learn.dls.train):
        epochs = num_it // len(learn.dls.train) + 1  # as fastai's own lr_find
    else:
        learn.all_batches = partial(_all_batches, learn, num_it)
    with ExitStack() as hooks:
        ask = _Ask(test, hooks)
        learn.fit(epochs, cbs=[ask, _Epochs(epochs)])
    if ask.error is not None:
        raise ask.error


def _all_batches(learn: Any, n_iter: int) -> None:
    # as fastai's own, which asks the loader for its length; the sweep needs none
    learn.n_iter = n_iter
    for i, batch in enumerate(learn.dl):
        learn.one_batch(i, batch)


class _Ask(Callback):
    """Asks the range test for the learning rate of each step and tells it the losses.

    A step is a call of the optimizer. A batch that a callback cancels before it (gradient
    accumulation does) is a micro-batch of it; a step that a callback cancels (mixed precision does
    where gradients overflow) is tried again with the next batch.
    """

    name = "lr_finder"  # by which fastai's own and others' callbacks know a sweep, and keep quiet
    run_valid = False
    order = math.inf  # after the user's own callbacks, so that the last batch is whole for them

    def __init__(self, test: RangeTest, hooks: ExitStack) -> None:
        super().__init__()
        self.range_test, self.hooks = test, hooks
        self.rates: RateWatch | None = None  # once there is an optimizer
        # raised after the fit: fastai would begin its words with the name of this class
        self.error: ValueError | None = None
        self.has_loss = self.has_stepped = self.is_skipped = False
        self.skips = self.idle_epochs = 0  # in a row

    def before_fit(self) -> None:
        self.learn.n_epoch = EPOCHS  # fit counts them from here on; `_Epochs` says how many
        self._next_step()

    def before_batch(self) -> None:
        self._go_on()  # if a callback has ended the batch before by a cancellation

    def after_loss(self) -> None:
        check_loss(self.learn.loss, "learn.loss_func's result")
        self.has_loss = True
        # the recorder's, which is out: callbacks that come after it may read this
        self.learn.smooth_loss = self.learn.loss.detach()

    def before_step(self) -> None:
        self.has_stepped = True  # as the last one asked: nobody has cancelled it

    def after_cancel_step(self) -> None:
        self.has_stepped, self.is_skipped = False, True

    def after_batch(self) -> None:
        self._go_on()  # here, so that no batch is loaded after the last one

    def after_train(self) -> None:
        self._go_on()
        self.idle_epochs += 1
        if self.idle_epochs >= IDLE_EPOCHS:
            raise ValueError(
                "learn.dls.train must yield at least one batch that is trained on, got none in "
                f"{self.idle_epochs!r} epochs from {self.learn.dl!r}"
            )

        if len(self.learn.dls.loaders) < 2:  # fastai would look for the second one
            raise CancelEpochException("there is nothing to validate with")

    def after_fit(self) -> None:
        self._tell()

    def before_validate(self) -> None:
        raise CancelValidException("a sweep does not validate")

    def _go_on(self) -> None:
        if self._tell():
            self._next_step()
        elif self.error is not None:
            raise CancelFitException("a step at another rate")

    def _trained_at_its_rate(self, stepped: bool) -> bool:
        """Tell whether the optimizer has stepped at the rate that was set; note it if not."""
        if self.rates is not None:
            try:
                if not self.rates.check() and stepped:
                    self.rates.check_now(self.learn.opt)
            except ValueError as error:
                self.error = error
        return self.error is None

    def _tell(self) -> bool:
        """Tell the range test what has come of the batch, once; return whether a step has ended."""
        has_loss, stepped, skipped = self.has_loss, self.has_stepped, self.is_skipped
        self.has_loss = self.has_stepped = self.is_skipped = False
        if not has_loss:  # told already, or cancelled before there was one
            return False
        self.idle_epochs = -1  # this one is not: its end makes it 0
        self.skips = self.skips + 1 if skipped else 0
        if stepped or self.skips >= PATIENCE:
            if not self._trained_at_its_rate(stepped):
                return False
            self.range_test.end_step(self.learn.loss)
            return True
        if skipped:
            self.range_test.skip_step()
        else:
            self.range_test.add_micro_batch(self.learn.loss)
        return False

    def _next_step(self) -> None:
        lr = self.range_test.begin_step()
        if lr is None:
            # with a text: fastai makes an IndexError of an exception without arguments
            raise CancelFitException("the range test is over")
        try:
            self._rates_of(self.learn.opt).set(lr)
        except ValueError as error:
            self.error = error
            raise CancelFitException("the optimizer cannot be swept") from error

    def _rates_of(self, optimizer: Any) -> RateWatch:
        """Return what sees an optimizer's steps; anew where a callback has replaced it."""
        if self.rates is None or self.rates.optimizer is not optimizer:
            self.hooks.close()
            check_rates(optimizer, "learn.opt")
            rates = RateWatch(optimizer, self.range_test, name="learn", cause=self._cause)
            self.rates = self.hooks.enter_context(rates)
        return self.rates

    def _cause(self) -> str:
        """Say which callback may have set a rate: those of the user's that run in the sweep."""
        others = [each for each in self.learn.cbs if not isinstance(each, (_Ask, _Epochs))]
        own = [each for each in others if may_set_rates(each)]
        hooks = "a hook of the optimizer or the model sets it, or the loss function does"
        return said_to_set_rates(own) or hooks


class _Epochs(Callback):
    """Says how many epochs there are, by which other callbacks plan.

    As many as fastai's own `lr_find` plans; but where a step takes several batches there are more.
    """

    order = -math.inf  # before anybody asks

    def __init__(self, planned: int) -> None:
        super().__init__()
        self.planned = planned

    def before_epoch(self) -> None:
        self.learn.n_epoch = max(self.planned, self.learn.epoch + 1)
