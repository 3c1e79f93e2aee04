"""fastai: a Learner owns its training loop; it sweeps and trains by callbacks within."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any
from weakref import ref

from fastai.optimizer import OptimWrapper
from fastai.torch_basics import L

from lr_widget.engine.range_test import RangeTest
from lr_widget.engine.training_run import Training
from lr_widget.loops.fastai.sweep import sweep
from lr_widget.loops.fastai.training import check_training, train, validate
from lr_widget.loops.groups import name_groups
from lr_widget.loops.kept_iterators import FreshIterators
from lr_widget.loops.loaders import has_length, unwrapped
from lr_widget.loops.optimizers import (
    check_closure,
    check_gradients,
    check_model,
    check_parameters,
)
from lr_widget.loops.own_rates import check_rates
from lr_widget.loops.protocol import BaseLoop, Group
from lr_widget.loops.shown import FIT_ONE_CYCLE, Schedule
from lr_widget.loops.step_hooks import wrapped
from lr_widget.records.pick import Pick
from lr_widget.snapshot.loader_graph import LoaderGraph

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
        try:
            with FreshIterators(self.learn.dls.train):
                sweep(self.learn, test)
        finally:
            # now, since an optimizer that was made for the sweep is gone after it
            self._optimizer_name = self._name_optimizer()

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


def _check_train_loader(loader: Any) -> None:
    if has_length(loader) and len(loader) == 0:
        items, batch_size = getattr(loader, "n", "unknown"), getattr(loader, "bs", None)
        raise ValueError(
            "learn.dls.train must yield at least one batch, got none: "
            f"{items!r} items in batches of {batch_size!r}"
        )
