"""Transformers: one training run of a candidate, the same as `trainer.train()` typed by hand."""

from __future__ import annotations

import functools
from collections.abc import Callable
from time import perf_counter
from typing import Any

from transformers import TrainerCallback

from lr_widget.engine.training_run import Training
from lr_widget.loops.callbacks import named_in_words
from lr_widget.loops.loaders import has_length
from lr_widget.loops.meanwhile import Meanwhile, only_warnings
from lr_widget.loops.transformers.callbacks import come_last, is_writer, that_may_set_rates
from lr_widget.loops.transformers.optimizer import (
    TrainerOptimizer,
    class_and_keywords,
    set_rates,
)
from lr_widget.loops.transformers.own_schedule import (
    check_own_schedule,
    has_own_schedule,
    is_given,
    set_peaks,
)
from lr_widget.loops.transformers.peak import (
    RISING,
    Peak,
    check_ahead,
    check_warm_up,
    makes_schedule,
)
from lr_widget.loops.transformers.sweep import LOG, StepLoss, changed, steps_of_an_epoch, told
from lr_widget.loops.transformers.validation import (
    evaluate,
    other_metrics,
    sets_of,
    validation_loss,
    with_logged,
)
from lr_widget.records.pick import Pick, spread

# `load_best_model_at_end` stays: nothing is saved that could be loaded, and early stopping asks
# for it.
UNSAVED = {"save_strategy": "no", "save_total_limit": None, "push_to_hub": False}


def check_training(trainer: Any, optimizer: Any, valid: Any) -> None:
    """Check that candidates can be trained and ranked.

    Args:
        trainer: the Trainer.
        optimizer: the one that makes its steps.
        valid: a dataset to validate with; None for the Trainer's own.

    Raises:
        ValueError: there is nothing to validate with, no epochs to train, or a schedule of the
            user's own whose peak nobody can set.
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
    check_own_schedule(trainer, optimizer)


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
    if not made.is_users:
        trainer.optimizer = None  # with its moments, if an earlier run has left any
        args.learning_rate = pick.hi
    tell = _Tell(trainer, valid, training, epochs)
    callbacks = [each for each in trainer.callback_handler.callbacks if not is_writer(each)]
    at_pick = _at_pick(trainer, tell, pick, one_rate=not made.has_layers)
    with only_warnings(LOG), Meanwhile() as meanwhile:
        meanwhile.put(trainer, "args", args)
        meanwhile.put(trainer, "optimizer_cls_and_kwargs", class_and_keywords(trainer))
        meanwhile.put(trainer, "create_optimizer", at_pick)
        meanwhile.put(trainer, "training_step", told(trainer.training_step, tell.take))
        meanwhile.put(trainer.callback_handler, "callbacks", [*callbacks, tell])
        trainer.train()
    tell.check_peak()
    if not made.is_users:
        # where this run is the one that is left: else the user's next `train()` would go on with
        # its moments, and with a schedule that is over
        trainer.optimizer = trainer.lr_scheduler = None


def _at_pick(trainer: Any, tell: _Tell, pick: Pick, *, one_rate: bool) -> Callable[..., Any]:
    """Return a `create_optimizer` that sets the rates of the pick, whatever has set others."""
    create = trainer.create_optimizer

    @functools.wraps(create)
    def create_optimizer(*args: Any, **kwargs: Any) -> Any:
        made = create(*args, **kwargs)
        tell.rates = spread(*pick, len(trainer.optimizer.param_groups), one_rate=one_rate)
        if is_given(trainer):
            set_peaks(trainer.lr_scheduler, trainer.optimizer, tell.rates)
        else:
            set_rates(trainer.optimizer, tell.rates)
        return made

    return create_optimizer


class _Tell(TrainerCallback):
    """Tells a run's losses, has nothing saved, and ends it if asked to; the last callback.

    Attributes:
        rates: those of the pick, for every group that there was when the run began.
    """

    def __init__(self, trainer: Any, valid: Any, training: Training, epochs: int) -> None:
        self._trainer, self._valid, self._training = trainer, valid, training
        self._makes_schedule = makes_schedule(trainer) and not has_own_schedule(trainer)
        self._epochs = epochs
        self.rates: list[float] = []
        self._loss = StepLoss()
        self._peak = Peak()
        self._began = 0.0
        self._goes_on = True
        self._is_evaluated = False  # the Trainer itself is about to evaluate the epoch
        self._logged: dict[str, Any] = {}  # by it meanwhile
        self._sets = sets_of(trainer, valid)

    def take(self, loss: Any) -> None:
        """Take the loss of a micro-batch."""
        self._loss.add(loss)

    def on_train_begin(
        self,
        args: Any,
        state: Any,
        control: Any,  # noqa: ARG002
        train_dataloader: Any = None,
        **_: Any,
    ) -> None:
        """Tell how many steps an epoch has, before the first is made."""
        if self._makes_schedule:
            check_warm_up(self._trainer, state.max_steps, self._epochs)
        else:
            check_ahead(self._trainer, self.rates, self._epochs)
        steps = steps_of_an_epoch(train_dataloader, args)
        self._training.begin(steps, self._training.metrics)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """An epoch begins."""
        self._began = perf_counter()

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """Other callbacks may have added some."""
        come_last(self._trainer.callback_handler, self)

    def on_pre_optimizer_step(self, *_args: Any, **_kwargs: Any) -> None:
        """A step is about to be made, at the rates that stand now."""
        self._peak.see(self._trainer.optimizer)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:  # noqa: ARG002
        """A step has been made."""
        loss = self._loss.pop()
        if self._goes_on and loss is not None:
            self._goes_on = self._training.batch(loss)
        if not self._goes_on:
            control.should_training_stop = True
            control.should_evaluate = False
        control.should_save = False
        return control

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:  # noqa: ARG002
        """An epoch has ended; the Trainer may evaluate it itself, after this."""
        if not self._goes_on:
            control.should_evaluate = False
        elif self._valid is None and control.should_evaluate and not self._sets:
            self._is_evaluated, self._logged = True, {}
        else:
            self._end_epoch(evaluate(self._trainer, self._valid))
        control.should_save = False
        return control

    def on_log(
        self,
        args: Any,  # noqa: ARG002
        state: Any,  # noqa: ARG002
        control: Any,
        logs: dict[str, Any] | None = None,
        **_: Any,
    ) -> Any:
        """The Trainer has logged, after which it would save."""
        self._logged |= logs or {}
        control.should_save = False
        return control

    def on_evaluate(
        self,
        args: Any,  # noqa: ARG002
        state: Any,  # noqa: ARG002
        control: Any,
        metrics: dict[str, Any] | None = None,
        **_: Any,
    ) -> Any:
        """The Trainer has evaluated, after which it would save."""
        if self._is_evaluated:
            self._is_evaluated = False
            self._end_epoch(with_logged(metrics or {}, [self._logged], self._sets))
        control.should_save = False
        return control

    def check_peak(self) -> None:
        """Check that the run has trained at its pick, if it was not ended from here.

        Raises:
            ValueError: it has not.
        """
        trainer = self._trainer
        if self._goes_on:
            self._peak.check(
                self.rates,
                is_whole=trainer.state.global_step >= trainer.state.max_steps,
                may_rise=type(trainer.lr_scheduler).__name__ == RISING,
                cause=self._cause,
            )

    def _cause(self) -> str:
        names = named_in_words(that_may_set_rates(self._trainer.callback_handler))
        if not makes_schedule(self._trainer):
            names = "create_scheduler" + (f" or {names}" if names else "")
        return f"{names or 'a method of its class'} sets it"

    def _end_epoch(self, metrics: dict[str, Any]) -> None:
        own = other_metrics(metrics)
        if not self._training.metrics:
            self._training.metrics = tuple(own)
        self._training.end_epoch(
            validation_loss(metrics, self._sets), seconds=perf_counter() - self._began, metrics=own
        )
