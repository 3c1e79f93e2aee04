"""fastai: a Learner owns its training loop, so a callback asks the range test from within."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any
from weakref import ref

from fastai.callback.core import (
    Callback,
    CancelEpochException,
    CancelFitException,
    CancelValidException,
)
from fastai.optimizer import OptimWrapper
from fastai.torch_basics import L

from lr_widget.engine.loss_reader import check_loss
from lr_widget.engine.range_test import RangeTest
from lr_widget.engine.training_run import Training
from lr_widget.loops.fastai_callbacks import RUNS, may_set_rates, runs_in_sweep
from lr_widget.loops.fastai_training import check_training, train, validate
from lr_widget.loops.groups import name_groups
from lr_widget.loops.kept_iterators import FreshIterators
from lr_widget.loops.loaders import has_length, unwrapped
from lr_widget.loops.optimizers import (
    PATIENCE,
    check_closure,
    check_gradients,
    check_model,
    check_parameters,
)
from lr_widget.loops.own_rates import check_rates
from lr_widget.loops.protocol import BaseLoop, Group
from lr_widget.loops.rates import RateWatch
from lr_widget.loops.shown import FIT_ONE_CYCLE, Schedule
from lr_widget.loops.step_hooks import wrapped
from lr_widget.records.pick import Pick
from lr_widget.snapshot.loader_graph import LoaderGraph

IDLE_EPOCHS = 10  # without a batch to train on, after which a sweep would go on for ever
EPOCHS = 2**31  # "as many as it takes": the range test ends the fit
SWEPT = 5  # steps of a run whose rate rises with each: it was a range test


class FastaiLoop(BaseLoop):
    """A fastai Learner.

    Args:
        learn: the Learner; its optimizer may not exist yet.

    Raises:
        ValueError: nothing is trainable, the training loader has no batch, or torch computes no
            gradients here.
    """

    sets_group_lrs = True

    def __init__(self, learn: Any) -> None:
        check_gradients()
        check_model(learn.model)
        _check_train_loader(learn.dls.train)
        self.learn = learn
        optimizer = self._optimizer()
        if isinstance(optimizer, OptimWrapper):
            check_closure(optimizer.opt)
            check_rates(optimizer, "learn.opt")
        lists = optimizer.param_lists if optimizer else self._split()
        check_parameters((p for group in lists for p in group), learn.model)
        self._optimizer_name = ""

    def recall(self) -> Callable[[], FastaiLoop | None]:
        """See `BaseLoop`."""
        learner = ref(self.learn)

        def make() -> FastaiLoop | None:
            learn = learner()
            return None if learn is None else FastaiLoop(learn)

        return make

    def groups(self) -> list[Group]:
        """See `Loop`."""
        optimizer = self.learn.opt
        lists = optimizer.param_lists if optimizer else self._split()
        named = name_groups(self.learn.model, lists, [None] * len(lists))
        # fastai keeps normalisation layers of a frozen group trainable and calls it frozen
        frozen_idx = optimizer.frozen_idx if optimizer else 0
        return [Group(g.name, g.frozen or i < frozen_idx) for i, g in enumerate(named)]

    def _optimizer(self) -> Any:
        """Return the optimizer, if there is one before the sweep; None if fit has to make it."""
        if self.learn.opt:
            return self.learn.opt
        # one that was given ready-made, not as a function
        return self.learn.opt_func if isinstance(self.learn.opt_func, OptimWrapper) else None

    def _split(self) -> list[list[Any]]:
        groups = list(self.learn.splitter(self.learn.model))
        return [list(g) for g in groups] if isinstance(groups[0], (list, L)) else [groups]

    def optimizer_name(self) -> str:
        """See `Loop`."""
        return self._optimizer_name or self._name_optimizer()

    def code_line(self) -> str:
        """See `BaseLoop`."""
        return "learn.fit_one_cycle(2, picker.max_lr)"

    def trials_code_line(self, epochs: int) -> str:
        """See `BaseLoop`."""
        return f"learn.fit_one_cycle({epochs}, trials.best.pick.slice)"

    def schedule(self) -> Schedule:
        """See `BaseLoop`."""
        return FIT_ONE_CYCLE

    def owner(self) -> Any:
        """See `BaseLoop`: the Learner, so that another one over the same model begins anew."""
        return self.learn

    def earlier_lr(self) -> float | None:
        """Return the highest rate of the last training run, if the first layers stood still in it.

        A run of all layers is no stage before this one: else every `lr_find` would suggest a tenth
        of the one before.
        """
        recorder = getattr(self.learn, "recorder", None)
        lrs = [float(lr) for lr in getattr(recorder, "lrs", None) or ()]
        if not lrs or (len(lrs) >= SWEPT and all(map(operator.lt, lrs, lrs[1:]))):
            return None  # no run at all, or fastai's own range test: no training only rises
        return None if self._first_has_trained() else max(lrs)

    def _first_has_trained(self) -> bool:
        """Tell whether the first group has state: freeze and unfreeze clear it."""
        optimizer = self.learn.opt
        if not optimizer:
            return False
        state = getattr(optimizer, "opt", optimizer).state
        kept = set(getattr(optimizer, "_keep_on_clear", ()))
        return any(set(state.get(p, ())) - kept for p in optimizer.param_lists[0])

    def _name_optimizer(self) -> str:
        optimizer = self.learn.opt or self.learn.opt_func
        if isinstance(optimizer, OptimWrapper):
            return type(optimizer.opt).__name__
        # fastai's optimizers are made by functions: Adam, RMSProp ...; or partials of them
        made_by = getattr(self.learn.opt_func, "func", self.learn.opt_func)
        return str(getattr(made_by, "__name__", type(made_by).__name__))

    def holders(self) -> Sequence[Any]:
        """See `Loop`."""
        learn = self.learn
        # a trial goes through the validation data, too
        loaders = map(LoaderGraph, learn.dls.loaders)
        found = [learn, *learn.cbs, *unwrapped(learn.loss_func), *loaders]
        optimizer = self._optimizer()
        return found if optimizer is None else [*found, *wrapped(optimizer)]

    def generators(self) -> Sequence[Any]:
        """See `Loop`: fastai's loader has one of its own among them."""
        return LoaderGraph(self.learn.dls.train).generators

    def run(self, test: RangeTest) -> None:
        """See `Loop`."""
        kept = [callback for callback in self.learn.cbs if runs_in_sweep(callback)]
        self.learn.cbs = type(self.learn.cbs)(kept)
        num_it, epochs = test.plan.num_it, 1
        if has_length(self.learn.dls.train):
            epochs = num_it // len(self.learn.dls.train) + 1  # as fastai's own lr_find
        else:
            self.learn.all_batches = partial(self._all_batches, num_it)
        try:
            with FreshIterators(self.learn.dls.train), ExitStack() as hooks:
                ask = _Ask(test, hooks)
                self.learn.fit(epochs, cbs=[ask, _Epochs(epochs)])
        finally:
            # now, since an optimizer that was made for the sweep is gone after it
            self._optimizer_name = self._name_optimizer()
        if ask.error is not None:
            raise ask.error

    def check_training(self, valid: Any) -> None:
        """See `TrainableLoop`."""
        check_training(self.learn, valid)

    def train(self, pick: Pick, epochs: int, valid: Any, training: Training) -> None:  # noqa: ARG002
        """See `TrainableLoop`: `fit_one_cycle`; a Learner has its own validation data."""
        with FreshIterators(*self.learn.dls.loaders):
            train(self.learn, pick, epochs, training)

    def validate(self, valid: Any) -> float:  # noqa: ARG002
        """See `BaseLoop`: a Learner has its own validation data."""
        with FreshIterators(*self.learn.dls.loaders):
            return validate(self.learn)

    def _all_batches(self, n_iter: int) -> None:
        # as fastai's own, which asks the loader for its length; the sweep needs none
        self.learn.n_iter = n_iter
        for i, batch in enumerate(self.learn.dl):
            self.learn.one_batch(i, batch)


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
        names = " or ".join(f"the callback {type(each).__name__}" for each in own)
        if not names:
            return "a hook of the optimizer or the model sets it, or the loss function does"
        return f"{names} sets it; with the attribute {RUNS} = False it is left out of a sweep"


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


def _check_train_loader(loader: Any) -> None:
    if has_length(loader) and len(loader) == 0:
        items, batch_size = getattr(loader, "n", "unknown"), getattr(loader, "bs", None)
        raise ValueError(
            "learn.dls.train must yield at least one batch, got none: "
            f"{items!r} items in batches of {batch_size!r}"
        )
