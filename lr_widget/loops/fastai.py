"""fastai: a Learner owns its training loop, so a callback asks the range test from within."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastai.callback.core import (
    Callback,
    CancelFitException,
    CancelValidException,
)
from fastai.learner import Recorder
from fastai.optimizer import OptimWrapper
from fastai.torch_basics import L

from lr_widget.loops.groups import name_groups
from lr_widget.loops.protocol import Group
from lr_widget.loops.pytorch import capture_loader, loader_generators
from lr_widget.loops.step import check_model, check_parameters
from lr_widget.range_test import RangeTest
from lr_widget.snapshot import (
    AttributeState,
    GeneratorState,
    MappingState,
    ModelState,
    OptimizerState,
    State,
)

EPOCHS = 2**31  # "as many as it takes": the range test ends the fit

# Callbacks that watch training, write about it, end it or set the learning rate do not run during
# a sweep; those that shape a step (mixed precision, accumulation, MixUp, the user's own) do. Told
# apart by the fastai module that a callback's class, or a base of it, comes from.
WATCHERS = frozenset(
    f"fastai.callback.{name}"
    for name in ("progress", "schedule", "tracker", "tensorboard", "wandb", "neptune", "comet")
)


class FastaiLoop:
    """A fastai Learner.

    Args:
        learn: the Learner; its optimizer may not exist yet.

    Raises:
        ValueError: nothing is trainable, or the training loader has no batch.
    """

    kind = "fastai"

    def __init__(self, learn: Any) -> None:
        check_model(learn.model)
        _check_train_loader(learn.dls.train)
        self.learn = learn
        optimizer = self._optimizer()
        lists = optimizer.param_lists if optimizer else self._split()
        check_parameters((p for group in lists for p in group), learn.model)
        self._optimizer_name = ""

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

    def _name_optimizer(self) -> str:
        optimizer = self.learn.opt or self.learn.opt_func
        if isinstance(optimizer, OptimWrapper):
            return type(optimizer.opt).__name__
        # fastai's optimizers are made by functions: Adam, RMSProp ...; or partials of them
        made_by = getattr(self.learn.opt_func, "func", self.learn.opt_func)
        return str(getattr(made_by, "__name__", type(made_by).__name__))

    def capture(self) -> list[State]:
        """See `Loop`."""
        learn, loader = self.learn, self.learn.dls.train
        states: list[State] = [AttributeState(learn), *capture_loader(loader)]
        states += [AttributeState(callback) for callback in learn.cbs]
        if (own := getattr(loader, "rng", None)) is not None:
            states.append(GeneratorState(own))
        if optimizer := self._optimizer():
            states += _capture_optimizer(optimizer)
        return [*states, ModelState(learn.model)]

    def generators(self) -> Sequence[Any]:
        """See `Loop`: fastai's loader has a generator of its own."""
        loader = self.learn.dls.train
        own = getattr(loader, "rng", None)
        return [*loader_generators(loader), *([own] if own is not None else [])]

    def run(self, test: RangeTest) -> None:
        """See `Loop`."""
        kept = [callback for callback in self.learn.cbs if not _watches(callback)]
        self.learn.cbs = type(self.learn.cbs)(kept)
        if not _has_length(self.learn.dls.train):
            self.learn.all_batches = self._all_batches
        try:
            self.learn.fit(EPOCHS, cbs=_Ask(test))
        finally:
            # now, since an optimizer that was made for the sweep is gone after it
            self._optimizer_name = self._name_optimizer()

    def _all_batches(self) -> None:
        # as fastai's own, which asks the loader for its length; the sweep needs none
        self.learn.n_iter = EPOCHS
        for i, batch in enumerate(self.learn.dl):
            self.learn.one_batch(i, batch)


class _Ask(Callback):
    """Asks the range test for the learning rate of each batch and tells it the loss."""

    run_valid = False
    order = 10_000  # after the user's own callbacks, so that the last batch is whole for them

    def __init__(self, test: RangeTest) -> None:
        super().__init__()
        self.range_test = test

    def before_fit(self) -> None:
        self._next_step()

    def before_train(self) -> None:
        self.is_empty = True

    def after_loss(self) -> None:
        # the recorder's, which is out: callbacks that come after it may read this
        self.learn.smooth_loss = self.learn.loss.detach()

    def after_batch(self) -> None:
        self.is_empty = False
        self.range_test.end_step(self.learn.loss)
        self._next_step()  # here, so that no batch is loaded after the last one

    def after_train(self) -> None:
        if self.is_empty:  # else the sweep would go on without a step for ever
            raise ValueError(
                f"learn.dls.train must yield at least one batch, got none from {self.learn.dl!r}"
            )

    def before_validate(self) -> None:
        raise CancelValidException("a sweep does not validate")

    def _next_step(self) -> None:
        lr = self.range_test.begin_step()
        if lr is None:
            # with a text: fastai makes an IndexError of an exception without arguments
            raise CancelFitException("the range test is over")
        self.learn.opt.set_hyper("lr", lr)


def _watches(callback: Any) -> bool:
    if isinstance(callback, Recorder):  # reads the loss on the host after every batch
        return True
    return any(base.__module__ in WATCHERS for base in type(callback).__mro__)


def _capture_optimizer(optimizer: Any) -> list[State]:
    states: list[State] = [AttributeState(optimizer), MappingState(optimizer.state, depth=2)]
    if isinstance(optimizer, OptimWrapper):
        return [*states, OptimizerState(optimizer.opt)]
    return [*states, *(MappingState(hypers) for hypers in optimizer.hypers)]


def _has_length(loader: Any) -> bool:
    try:
        len(loader)
    except TypeError:
        return False
    return True


def _check_train_loader(loader: Any) -> None:
    if _has_length(loader) and len(loader) == 0:
        items, batch_size = getattr(loader, "n", "unknown"), getattr(loader, "bs", None)
        raise ValueError(
            "learn.dls.train must yield at least one batch, got none: "
            f"{items!r} items in batches of {batch_size!r}"
        )
