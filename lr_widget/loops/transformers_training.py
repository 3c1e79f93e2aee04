"""Transformers: one training run of a candidate, the same as `trainer.train()` typed by hand."""

from __future__ import annotations

import math
from time import perf_counter
from typing import Any

from transformers import TrainerCallback

from lr_widget.engine.training_run import Training
from lr_widget.loops.loaders import has_length
from lr_widget.loops.meanwhile import Meanwhile, only_warnings
from lr_widget.loops.transformers_callbacks import is_writer
from lr_widget.loops.transformers_optimizer import TrainerOptimizer, set_rates
from lr_widget.loops.transformers_sweep import LOG, StepLoss, changed, told
from lr_widget.records.pick import Pick, spread
from lr_widget.snapshot.random_states import RandomState

UNSAVED = {
    "save_strategy": "no",
    "save_total_limit": None,
    "load_best_model_at_end": False,  # of what was saved
    "push_to_hub": False,
}
# what `evaluate` tells beside losses and metrics
MEASURED = (
    *("runtime", "samples_per_second", "steps_per_second", "model_preparation_time"),
    *("jit_compilation_time", "num_input_tokens_seen"),
)
PREFIX = "eval_"


def check_training(trainer: Any, valid: Any) -> None:
    """Check that candidates can be trained and ranked.

    Raises:
        ValueError: there is nothing to validate with, no epochs to train, or a schedule of the
            user's own, whose peak nobody can set.
    """
    if valid is None and trainer.eval_dataset is None:
        raise ValueError(
            "valid must be a dataset to validate with, since candidates are ranked by their "
            "validation loss, got None and a Trainer without an eval_dataset"
        )
    if valid is not None and has_length(valid) and len(valid) == 0:
        raise ValueError(f"valid must have items, got an empty dataset: {valid!r:.200}")
    if trainer.train_dataset is not None and not has_length(trainer.train_dataset):
        raise ValueError(
            "trainer.train_dataset must have a length to be trained on in epochs, got one "
            f"without: {trainer.train_dataset!r:.200}; use fit=fn"
        )
    if has_own_schedule(trainer):
        kind = type(trainer.lr_scheduler).__name__
        raise ValueError(
            "trainer must make its schedule itself, by args.lr_scheduler_type, so that its peak "
            f"can be set to the pick, got optimizers=(..., {kind}); leave that out, or use fit=fn"
        )


def has_own_schedule(trainer: Any) -> bool:
    """Tell whether the user has given the schedule."""
    made = trainer._created_lr_scheduler  # noqa: SLF001
    return trainer.lr_scheduler is not None and not made


def train(
    trainer: Any,
    made: TrainerOptimizer,
    pick: Pick,
    *,
    epochs: int,
    valid: Any,
    training: Training,
) -> None:
    """Call `train()` with a pick and tell what comes of it.

    Args:
        trainer: the Trainer; it is left as `train()` leaves it, without an optimizer of its own.
        made: what its optimizer is.
        pick: the candidate.
        epochs: how many to train.
        valid: a dataset to validate with; None for the Trainer's own.
        training: is told every step and every epoch.
    """
    args = changed(trainer.args, **UNSAVED, num_train_epochs=epochs, max_steps=-1)
    if made.is_users:
        set_rates(trainer.optimizer, _rates(made, pick))
    else:
        trainer.optimizer = None  # with its moments, if an earlier run has left any
        args.learning_rate = pick.hi
        if made.has_layers and len(made.optimizer.param_groups) > 1:
            trainer.create_optimizer()
            set_rates(trainer.optimizer, _rates(made, pick))
    tell = _Tell(trainer, valid, training)
    callbacks = [each for each in trainer.callback_handler.callbacks if not is_writer(each)]
    with only_warnings(LOG), Meanwhile() as meanwhile:
        meanwhile.put(trainer, "args", args)
        meanwhile.put(trainer, "training_step", told(trainer.training_step, tell.take))
        meanwhile.put(trainer.callback_handler, "callbacks", [*callbacks, tell])
        trainer.train()
    if not made.is_users:
        # where this run is the one that is left: else the user's next `train()` would go on with
        # its moments, and with a schedule that is over
        trainer.optimizer = trainer.lr_scheduler = None


def evaluate(trainer: Any, valid: Any) -> dict[str, float]:
    """Return what `trainer.evaluate` tells of the state as it is, and disturb nothing.

    Neither random states nor modes, and no callback hears of it: the training that goes on
    afterwards is the one without it.

    Args:
        trainer: the Trainer.
        valid: a dataset; None for the Trainer's own.
    """
    drawn = RandomState()
    modes = [(part, part.training) for part in trainer.model.modules()]
    control = trainer.control
    flags = dict(vars(control))
    try:
        with only_warnings(LOG), Meanwhile() as meanwhile:
            meanwhile.put(trainer, "log", lambda *_args, **_kwargs: None)
            meanwhile.put(trainer.callback_handler, "callbacks", [])
            metrics: dict[str, float] = trainer.evaluate(eval_dataset=valid)
    finally:
        for part, mode in modes:
            part.training = mode
        vars(control).update(flags)
        trainer.control = control
        drawn.restore()
    return metrics


def validation_loss(metrics: dict[str, Any]) -> float:
    """Return the loss of an evaluation: of several datasets the mean of theirs; NaN without any."""
    if "eval_loss" in metrics:
        return float(metrics["eval_loss"])
    losses = [float(v) for k, v in metrics.items() if k.startswith(PREFIX) and k.endswith("_loss")]
    return sum(losses) / len(losses) if losses else math.nan


def other_metrics(metrics: dict[str, Any]) -> dict[str, float]:
    """Return the metrics of an evaluation by their own names, without losses and times."""
    named = {k.removeprefix(PREFIX): v for k, v in metrics.items() if k.startswith(PREFIX)}
    return {
        name: float(value)
        for name, value in named.items()
        if isinstance(value, (int, float)) and name != "loss" and not name.endswith(MEASURED)
    }


class _Tell(TrainerCallback):
    """Tells a run's losses, and ends it if asked to; the last callback."""

    def __init__(self, trainer: Any, valid: Any, training: Training) -> None:
        self._trainer, self._valid, self._training = trainer, valid, training
        self._loss = StepLoss()
        self._began = 0.0
        self._goes_on = True
        self._is_evaluated = False  # the Trainer itself is about to evaluate the epoch
        self._has_several = isinstance(trainer.eval_dataset, dict)  # each of which it tells alone

    def take(self, loss: Any) -> None:
        """Take the loss of a micro-batch."""
        self._loss.add(loss)

    def on_train_begin(
        self,
        args: Any,
        state: Any,  # noqa: ARG002
        control: Any,  # noqa: ARG002
        train_dataloader: Any = None,
        **_: Any,
    ) -> None:
        """Tell how many steps an epoch has."""
        batches = len(train_dataloader) if has_length(train_dataloader) else 0
        steps = math.ceil(batches / args.gradient_accumulation_steps)
        self._training.begin(steps, self._training.metrics)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """An epoch begins."""
        self._began = perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:  # noqa: ARG002
        """A step has been made."""
        loss = self._loss.pop()
        if self._goes_on and loss is not None:
            self._goes_on = self._training.batch(loss)
        if not self._goes_on:
            control.should_training_stop = True
            control.should_evaluate = False
        return control

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:  # noqa: ARG002
        """An epoch has ended; the Trainer may evaluate it itself, after this."""
        if not self._goes_on:
            control.should_evaluate = False
        elif self._valid is None and control.should_evaluate and not self._has_several:
            self._is_evaluated = True
        else:
            self._end_epoch(evaluate(self._trainer, self._valid))
        return control

    def on_evaluate(
        self,
        args: Any,  # noqa: ARG002
        state: Any,  # noqa: ARG002
        control: Any,  # noqa: ARG002
        metrics: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """The Trainer has evaluated."""
        if self._is_evaluated:
            self._is_evaluated = False
            self._end_epoch(metrics or {})

    def _end_epoch(self, metrics: dict[str, Any]) -> None:
        own = other_metrics(metrics)
        if not self._training.metrics:
            self._training.metrics = tuple(own)
        self._training.end_epoch(
            validation_loss(metrics), seconds=perf_counter() - self._began, metrics=own
        )


def _rates(made: TrainerOptimizer, pick: Pick) -> list[float]:
    n_groups = len(made.optimizer.param_groups)
    return spread(*pick, n_groups, one_rate=not made.has_layers)
