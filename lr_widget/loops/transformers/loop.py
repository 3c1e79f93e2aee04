"""Transformers: a Trainer owns its training loop; it sweeps and trains by callbacks within.

So do those that subclass it: TRL's, Sentence Transformers', and any of a user's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any
from weakref import ref

import torch
from torch.utils.data import DataLoader
from transformers import Trainer, get_scheduler

from lr_widget.engine.range_test import RangeTest
from lr_widget.engine.training_run import Training
from lr_widget.loops.kept_iterators import FreshIterators
from lr_widget.loops.loaders import unwrapped
from lr_widget.loops.optimizers import check_closure, check_gradients
from lr_widget.loops.own_rates import check_rates
from lr_widget.loops.protocol import BaseLoop, Group
from lr_widget.loops.shown import MOST_POINTS, Schedule
from lr_widget.loops.transformers.checks import check_trainer
from lr_widget.loops.transformers.optimizer import optimizer_of, takes_learning_rate
from lr_widget.loops.transformers.own_schedule import has_own_schedule, line_of
from lr_widget.loops.transformers.peak import makes_schedule, schedule_kind, warm_up_of
from lr_widget.loops.transformers.sweep import sweep
from lr_widget.loops.transformers.training import check_training, train
from lr_widget.loops.transformers.validation import (
    evaluate,
    other_metrics,
    sets_of,
    validation_loss,
)
from lr_widget.records.pick import Pick
from lr_widget.snapshot.frameworks import framework_objects
from lr_widget.snapshot.loader_graph import LoaderGraph

# Whose objects hold state of training: counters, flags, references to each other.
MODULES = (
    "transformers.trainer",
    "transformers.training_args",
    "transformers.integrations",
    "transformers.configuration_utils",
    "transformers.generation.configuration_utils",
    "transformers.utils.notebook",
    "accelerate.",
    "trl.",
    "sentence_transformers.",
)
GIVE_RATES = (
    "[g.update(lr=lr, initial_lr=lr) for g, lr in zip(trainer.optimizer.param_groups, {lrs})]"
)
SHOWN_STEPS = MOST_POINTS - 1
# Schedules that have the same shape over so many steps as over any other number.
SCALED = frozenset(
    {
        "linear",
        "cosine",
        "cosine_with_restarts",
        "polynomial",
        "constant",
        "constant_with_warmup",
    }
)


class TransformersLoop(BaseLoop):
    """A Trainer of Transformers.

    Args:
        trainer: the Trainer; its optimizer may not exist yet.

    Raises:
        ValueError: it is one that cannot be swept, nothing is trainable, or torch computes no
            gradients here.
    """

    sets_group_lrs = True

    def __init__(self, trainer: Trainer) -> None:
        check_gradients()
        check_trainer(trainer)
        self.trainer = trainer
        made = optimizer_of(trainer)
        check_closure(made.optimizer)
        check_rates(made.optimizer, "trainer.optimizer")
        self.groups_are_layers = made.has_layers
        self._groups = made.groups(trainer.model)
        self._optimizer_name = type(made.optimizer).__name__
        self._metrics: tuple[str, ...] = ()  # names of those that the last validation has told

    def recall(self) -> Callable[[], TransformersLoop | None]:
        """See `BaseLoop`."""
        held = ref(self.trainer)

        def make() -> TransformersLoop | None:
            trainer = held()
            return None if trainer is None else TransformersLoop(trainer)

        return make

    def groups(self) -> list[Group]:
        """See `Loop`."""
        return self._groups

    def optimizer_name(self) -> str:
        """See `Loop`."""
        return self._optimizer_name

    def holders(self) -> Sequence[Any]:
        """See `Loop`."""
        trainer = self.trainer
        functions = (trainer.compute_loss_func, trainer.compute_metrics)
        return [
            *framework_objects(trainer, MODULES),
            *(each for function in functions for each in unwrapped(function)),
            self._data(),
        ]

    def _data(self) -> LoaderGraph:
        """Return what batches are made of: `train()` makes its loader anew each time."""
        trainer = self.trainer
        return LoaderGraph(
            SimpleNamespace(
                train_dataset=trainer.train_dataset,
                eval_dataset=trainer.eval_dataset,
                data_collator=trainer.data_collator,
                processing_class=trainer.processing_class,
            )
        )

    def generators(self) -> Sequence[Any]:
        """See `Loop`: those in datasets and collator; the order comes from torch's own."""
        return self._data().generators

    def owner(self) -> Any:
        """See `BaseLoop`: the Trainer, so that another one over the same model begins anew."""
        return self.trainer

    def run(self, test: RangeTest) -> None:
        """See `Loop`."""
        with self._fresh_iterators():
            sweep(self.trainer, test)

    def _fresh_iterators(self) -> FreshIterators:
        """Return a block in which loaders that a Trainer of the user's keeps begin anew."""
        held = vars(self.trainer)
        kept = [*held.values(), *held.get("_eval_dataloaders", {}).values()]
        return FreshIterators(*(each for each in kept if isinstance(each, DataLoader)))

    def code_line(self) -> str:
        """See `BaseLoop`."""
        return self._line("{hi}", "picker.group_lrs", self._n_steps())

    def trials_code_line(self, epochs: int) -> str:
        """See `BaseLoop`."""
        steps = "trainer.args.max_steps = -1; " if self.trainer.args.max_steps > 0 else ""
        n_steps = self._n_steps_of_an_epoch() * epochs
        line = self._line("trials.best.pick.hi", "trials.best.group_lrs", n_steps)
        return f"{steps}trainer.args.num_train_epochs = {epochs}; {line}"

    def _line(self, lr: str, lrs: str, n_steps: int) -> str:
        """Return the line that trains at a rate, or at one for each group, for so many steps."""
        trainer, made = self.trainer, optimizer_of(self.trainer)
        is_spread = made.has_layers and len(self._groups) > 1
        parts = []
        if not made.is_users and trainer.optimizer is not None:
            parts.append("trainer.optimizer = None")  # it keeps its rate, and moments
        if has_own_schedule(trainer):
            own = line_of(trainer, made.optimizer, n_steps, lrs)
            if own:
                return f"{own}; trainer.train()"
            parts.append("trainer.lr_scheduler = None")  # its peak is that of another rate
        if not made.is_users and not is_spread and takes_learning_rate(trainer):
            return "; ".join([f"trainer.args.learning_rate = {lr}", *parts, "trainer.train()"])
        if not made.keeps_rates:
            rates = lrs if is_spread else lr
            note = f"# have create_optimizer() set {rates}, not its own; then: trainer.train()"
            return "; ".join([*parts, note])
        parts += [] if made.is_users else ["trainer.create_optimizer()"]
        return "; ".join([*parts, GIVE_RATES.format(lrs=lrs), "trainer.train()"])

    def schedule(self) -> Schedule | None:
        """See `BaseLoop`: that of `args.lr_scheduler_type`; None for what is not known by it."""
        trainer, args, n_steps = self.trainer, self.trainer.args, self._n_steps()
        kind, warm_up = schedule_kind(args), warm_up_of(args, n_steps)
        is_known = makes_schedule(trainer) and kind in SCALED and not args.lr_scheduler_kwargs
        # in a training that is over before its warm-up no rate is that of the pick
        if not is_known or has_own_schedule(trainer) or warm_up >= n_steps:
            return None
        optimizer = torch.optim.SGD([torch.zeros(())], lr=1.0)
        scheduler = get_scheduler(
            kind,
            optimizer,
            num_warmup_steps=min(round(warm_up * SHOWN_STEPS / n_steps), SHOWN_STEPS - 1),
            num_training_steps=SHOWN_STEPS,
        )
        shares = [scheduler.get_last_lr()[0]]
        for _ in range(SHOWN_STEPS):
            optimizer.step()
            scheduler.step()
            shares.append(scheduler.get_last_lr()[0])
        top = max(shares)  # 1, but for rounding
        return [(i / SHOWN_STEPS, share / top) for i, share in enumerate(shares)]

    def _n_steps(self) -> int:
        """Return how many steps `train()` is about to make, by which a warm-up is reckoned."""
        args: Any = self.trainer.args
        if args.max_steps > 0:
            return int(args.max_steps)
        return max(1, math.ceil(float(args.num_train_epochs) * self._n_steps_of_an_epoch()))

    def _n_steps_of_an_epoch(self) -> int:
        args: Any = self.trainer.args
        data: Any = self.trainer.train_dataset
        items = len(data) if hasattr(data, "__len__") else 1
        batches = math.ceil(items / int(args.train_batch_size))
        return math.ceil(batches / int(args.gradient_accumulation_steps))

    def check_training(self, valid: Any) -> None:
        """See `TrainableLoop`."""
        check_training(self.trainer, optimizer_of(self.trainer).optimizer, valid)

    def train(self, pick: Pick, epochs: int, valid: Any, training: Training) -> None:
        """See `TrainableLoop`: `train()`, with its schedule at the pick."""
        training.metrics = self._metrics
        with self._fresh_iterators():
            made = optimizer_of(self.trainer)
            train(self.trainer, made, pick, epochs=epochs, valid=valid, training=training)

    def validate(self, valid: Any) -> float:
        """See `BaseLoop`."""
        with self._fresh_iterators():
            metrics = evaluate(self.trainer, valid)
        self._metrics = tuple(other_metrics(metrics))
        return validation_loss(metrics, sets_of(self.trainer, valid))
