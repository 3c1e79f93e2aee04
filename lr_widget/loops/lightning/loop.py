"""Lightning: a trainer owns its loop; it sweeps and trains by callbacks within `trainer.fit`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import ref

import torch

from lr_widget.engine.range_test import RangeTest
from lr_widget.engine.training_run import Training
from lr_widget.loops.kept_iterators import FreshIterators
from lr_widget.loops.lightning.checks import loaders_in, made_fit
from lr_widget.loops.lightning.facts import OptimizerFacts, inspect_optimizer
from lr_widget.loops.lightning.state import data_graphs, known_loaders, state_holders
from lr_widget.loops.lightning.sweep import sweep
from lr_widget.loops.lightning.training import (
    TrialPlan,
    Validated,
    check_training,
    train,
    validate,
)
from lr_widget.loops.protocol import BaseLoop, Group, weakly
from lr_widget.loops.shown import Schedule
from lr_widget.records.pick import Pick


class LightningLoop(BaseLoop):
    """A Trainer and a LightningModule, of `lightning` or of `pytorch_lightning`.

    Args:
        given: trainer, module, and the data as `fit` takes them: `train_dataloaders`, or a
            `datamodule`, or none if the module has them.
        named: those of them that are given by name.

    Raises:
        TypeError: an argument is missing or of the wrong kind.
        ValueError: the trainer or module cannot be swept, or the data are given twice.
    """

    sets_group_lrs = True

    def __init__(self, *given: Any, **named: Any) -> None:
        self.fit = made_fit(*given, **named)
        self._facts: OptimizerFacts | None = None
        self._start: Validated | None = None

    def recall(self) -> Callable[[], LightningLoop | None]:
        """See `BaseLoop`."""
        trainer, model, loaders, datamodule = self.fit
        held: list[Callable[[], Any]] = [ref(trainer), ref(model), weakly(datamodule)]
        datamodule_is_given = datamodule is not None
        del trainer, model, datamodule  # else `make` would hold them

        def make() -> LightningLoop | None:
            trainer, model, kept = (each() for each in held)
            if trainer is None or model is None:
                return None
            if kept is None and datamodule_is_given:
                raise ValueError(
                    "datamodule must still be there, but nothing holds it any more: keep it in a "
                    "variable"
                )
            return LightningLoop(trainer, model, loaders, kept)

        return make

    def inspect_optimizer(self) -> OptimizerFacts:
        """Return facts about the optimizer; for the first time by a fit that is begun and left."""
        if self._facts is None:
            self._facts = inspect_optimizer(self.fit)
        return self._facts

    @property
    def groups_are_layers(self) -> bool:  # type: ignore[override]  # nobody sets it
        """See `BaseLoop`: known as soon as the optimizer is."""
        return self.inspect_optimizer().are_layers

    def groups(self) -> list[Group]:
        """See `Loop`."""
        return self.inspect_optimizer().groups

    def optimizer_name(self) -> str:
        """See `Loop`."""
        return self.inspect_optimizer().optimizer

    def code_line(self) -> str:
        """See `BaseLoop`: the setting that the module has, or its optimizer."""
        return self._line("picker.max_lr.stop", "picker.group_lrs")

    def trials_code_line(self, epochs: int) -> str:  # noqa: ARG002
        """See `BaseLoop`."""
        return self._line("trials.best.pick.hi", "trials.best.group_lrs")

    def _line(self, lr: str, lrs: str) -> str:
        facts = self.inspect_optimizer()
        name = facts.optimizer
        made = f"torch.optim.{name}" if hasattr(torch.optim, name) else name
        # a schedule that never comes up to the optimizer's rate, or goes beyond it
        over = "" if facts.peak_share == 1 else f" / {facts.peak_share:.4g}"
        if len(facts.groups) > 1 and facts.are_layers:
            return f'{made}([{{**g, "lr": lr{over}}} for g, lr in zip(groups, {lrs})])'
        if facts.setting:
            return f"module.{facts.setting} = {lr}{over}"
        parameters = "groups" if len(facts.groups) > 1 else "self.parameters()"
        return f"{made}({parameters}, lr={lr}{over})"

    def schedule(self) -> Schedule | None:
        """See `BaseLoop`: of the user's own scheduler, where it is known how long it will run."""
        return self.inspect_optimizer().schedule

    def owner(self) -> Any:
        """See `BaseLoop`: the module, which may be trained by one trainer after the other."""
        return self.fit.module

    def holders(self) -> Sequence[Any]:
        """See `Loop`."""
        return state_holders(self.fit)

    def generators(self) -> Sequence[Any]:
        """See `Loop`: those of the loaders that are known before the fit, and of the data."""
        graphs = data_graphs(self.fit, known_loaders(self.fit))
        return [generator for graph in graphs for generator in graph.generators]

    def run(self, test: RangeTest) -> None:
        """See `Loop`."""
        with FreshIterators(*known_loaders(self.fit)):
            sweep(self.fit, test)

    def check_training(self, valid: Any) -> None:
        """See `TrainableLoop`."""
        check_training(self.fit, valid)
        facts = self.inspect_optimizer()
        if not facts.has_hooks:
            raise ValueError(
                "configure_optimizers must return an optimizer of PyTorch's for trials, got "
                f"{facts.optimizer!r}; use fit=fn"
            )

    def train(self, pick: Pick, epochs: int, valid: Any, training: Training) -> None:
        """See `TrainableLoop`: `trainer.fit` with the user's schedule, its peak at the pick."""
        with FreshIterators(*known_loaders(self.fit), *loaders_in(valid)):
            start = self._start or validate(self.fit, valid)
            one_rate = not self.groups_are_layers
            train(self.fit, TrialPlan(pick, epochs, valid, training, start, one_rate))

    def validate(self, valid: Any) -> float:
        """See `BaseLoop`."""
        with FreshIterators(*known_loaders(self.fit), *loaders_in(valid)):
            self._start = validate(self.fit, valid)
        return self._start.metrics[self._start.loss_name]
