"""Lightning: one training run of a candidate, by `trainer.fit` and with the user's own schedule."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any, NamedTuple

import torch

from lr_widget.engine.training_run import Training
from lr_widget.loops.lightning.callbacks import runs_in_trial
from lr_widget.loops.lightning.checks import check_loaders, loaders_in
from lr_widget.loops.lightning.epoch import hear_stop_iteration
from lr_widget.loops.lightning.fit import Fit, Guest, run_fit
from lr_widget.loops.lightning.scale import Scale
from lr_widget.loops.lightning.schedules import rates_ahead
from lr_widget.loops.lightning.step import StepGuest
from lr_widget.loops.meanwhile import Meanwhile
from lr_widget.loops.optimizers import train_mode
from lr_widget.records.pick import Pick, spread

VALIDATION, LOSS = {"val", "valid", "validation"}, {"loss"}
SAID_BESIDE = {"epoch", "dataloader", "idx", ""}


class Validated(NamedTuple):
    """What a validation has come to.

    Attributes:
        loss_name: the metric by which candidates are ranked.
        metrics: all of them, by name.
    """

    loss_name: str
    metrics: dict[str, float]


class TrialPlan(NamedTuple):
    """What is to be trained.

    Attributes:
        pick: the candidate.
        epochs: how many to train.
        valid: loaders to validate with, or None.
        training: is told.
        start: what the validation of the start has come to.
        one_rate: one rate trains all groups, which are no layers.
    """

    pick: Pick
    epochs: int
    valid: Any
    training: Training
    start: Validated
    one_rate: bool


def check_training(fit: Fit, valid: Any) -> None:
    """Check that candidates can be ranked.

    Raises:
        ValueError: there is nothing to validate with, or it is given twice.
    """
    trainer, module, datamodule = fit.trainer, fit.module, fit.datamodule
    if valid is not None and datamodule is not None:
        raise ValueError(
            f"valid must be left out with a datamodule, which has its own, got {valid!r:.200}"
        )
    holder = module if datamodule is None else datamodule
    if valid is None and not fit.overrides(holder, "val_dataloader"):
        raise ValueError(
            "valid must be a loader of validation batches, as for trainer.fit, since candidates "
            f"are ranked by their validation loss, got None and no val_dataloader in "
            f"{type(holder).__name__!r}"
        )
    check_loaders(loaders_in(valid), "valid")
    if not fit.overrides(module, "validation_step"):
        raise ValueError(
            "module must have a validation_step, since candidates are ranked by their validation "
            f"loss, got none in {type(module).__name__!r}"
        )
    if trainer.limit_val_batches == 0:
        raise ValueError("trainer must validate on some batches, got limit_val_batches=0")


def validate(fit: Fit, valid: Any) -> Validated:
    """Return what the validation of a fit comes to before anything is trained.

    Raises:
        ValueError: nothing that it logs is called a loss.
    """
    guest = _Validate(fit)
    with Meanwhile() as meanwhile:
        run_trial(meanwhile, guest, valid)
    monitored = [
        callback.monitor
        for callback in fit.trainer.callbacks
        if getattr(callback, "mode", None) == "min" and hasattr(callback, "monitor")
    ]
    return Validated(_loss_name(guest.metrics, monitored), guest.metrics)


def train(fit: Fit, plan: TrialPlan) -> None:
    """Call `fit` for a trial and tell what comes of it."""
    trainer, epochs = fit.trainer, plan.epochs
    loop = trainer.fit_loop
    train_mode(fit.module)
    with Meanwhile() as meanwhile:
        meanwhile.put(loop, "max_epochs", loop.epoch_progress.current.processed + epochs)
        meanwhile.put(loop, "min_epochs", None)
        meanwhile.put(loop.epoch_loop, "min_steps", None)
        meanwhile.put(loop.epoch_loop, "max_steps", loop.epoch_loop.max_steps)
        if trainer.check_val_every_n_epoch != 1 or trainer.val_check_interval != 1.0:
            meanwhile.put(trainer, "check_val_every_n_epoch", 1)
            meanwhile.put(trainer, "val_check_interval", 1.0)
            meanwhile.put(trainer, "_val_check_time_interval", None)
        if trainer.max_steps != -1:
            _plan_by_epochs(meanwhile, fit, epochs)
        run_trial(meanwhile, _Tell(fit, plan, meanwhile), plan.valid)


def run_trial(meanwhile: Meanwhile, guest: Guest, valid: Any) -> None:
    """Call `fit` with the callbacks that shape a training."""
    loop = guest.fit.trainer.fit_loop.epoch_loop
    hear_stop_iteration(meanwhile, loop, guest.leave, on_skip=None)
    run_fit(guest, runs_in_trial, valid=valid)


def _plan_by_epochs(meanwhile: Meanwhile, fit: Fit, epochs: int) -> None:
    """Let a schedule that is planned by `max_steps` be planned by the steps of the run."""
    trainer = fit.trainer

    def planned(configure: Callable[[], Any]) -> Callable[[], Any]:
        def configure_optimizers() -> Any:
            loop = trainer.fit_loop
            loop.setup_data()
            steps = math.ceil(_batches(trainer) / trainer.accumulate_grad_batches) * epochs
            loop.epoch_loop.max_steps = trainer.global_step + steps
            return configure()

        return configure_optimizers

    meanwhile.wrap(fit.module, "configure_optimizers", planned)


def _batches(trainer: Any) -> int:
    batches = trainer.num_training_batches
    if batches == math.inf:
        raise ValueError(
            "train_dataloaders must have a length to be trained on in epochs, got one without: "
            "make the trainer with limit_train_batches=n, or use fit=fn"
        )
    return int(batches)


def _loss_name(metrics: Iterable[str], monitored: Iterable[str]) -> str:
    """Return which metric is the loss: val_loss and its like, what is watched, the only loss."""
    words = {name: set(re.split(r"[^a-z]+", name.lower())) - SAID_BESIDE for name in metrics}
    usual = [name for name, found in words.items() if LOSS <= found <= LOSS | VALIDATION]
    watched = [name for name in monitored if name in words]
    losses = [name for name in words if "loss" in name.lower()]
    if not usual and not watched and len(losses) != 1:
        raise ValueError(
            "validation_step must log its loss, as self.log('val_loss', loss), since candidates "
            f"are ranked by it, got only the metrics {sorted(words)!r}"
        )
    return [*usual, *watched, *losses][0]


class _Validate(Guest):
    """Validates as a fit does after an epoch, before anything is trained, and leaves."""

    def __init__(self, fit: Fit) -> None:
        super().__init__(fit)
        self.metrics: dict[str, float] = {}

    def on_fit_start(self, trainer: Any, _module: Any) -> None:
        trainer.validating = True
        trainer.fit_loop.epoch_loop.val_loop.run()
        trainer.training = True
        self.metrics = _numbers(trainer)
        self.leave()


class _Tell(StepGuest):
    """Tells a run's losses, scales its rates to the pick, and ends it if asked to."""

    def __init__(self, fit: Fit, plan: TrialPlan, meanwhile: Meanwhile) -> None:
        super().__init__(fit)
        self.plan, self.told, self.meanwhile = plan, plan.training, meanwhile
        self.names = [name for name in plan.start.metrics if name != plan.start.loss_name]
        self.scale: Scale | None = None  # once there is an optimizer
        self.began = 0.0
        self.validated: dict[str, float] = {}

    def on_train_start(self, trainer: Any, _module: Any) -> None:
        with self.leaving_at_errors():
            batches = _batches(trainer)
            optimizer = trainer.optimizers[0]
            ahead = rates_ahead(self.fit, optimizer, self.plan.epochs, batches)
            peaks = [max(rates) for rates in zip(*ahead, strict=True)]
            rates = spread(*self.plan.pick, len(peaks), one_rate=self.plan.one_rate)
            self.scale = Scale(self, optimizer, rates, peaks)
            self.scale.begin(self.meanwhile)
        steps = math.ceil(batches / trainer.accumulate_grad_batches)
        self.told.begin(steps, self.names)

    def on_train_epoch_start(self, *_: Any) -> None:
        self.began, self.validated = perf_counter(), {}

    def on_train_batch_start(self, *_: Any) -> None:
        if self.scale is not None:
            self.scale.check_kept()

    def on_train_batch_end(self, _trainer: Any, _module: Any, outputs: Any, *_: Any) -> None:
        is_attempted = self.take_batch(outputs)
        if is_attempted and self.loss.is_known and not self.told.batch(self.loss.take()):
            self.leave()

    def on_validation_end(self, trainer: Any, _module: Any) -> None:
        if not trainer.sanity_checking:
            self.validated = _numbers(trainer)

    def on_train_epoch_end(self, *_: Any) -> None:
        valid_loss = self.validated.get(self.plan.start.loss_name, math.nan)
        row = {name: self.validated[name] for name in self.names if name in self.validated}
        seconds = perf_counter() - self.began
        self.told.end_epoch(valid_loss, seconds=seconds, metrics=row)


def _numbers(trainer: Any) -> dict[str, float]:
    metrics = trainer.callback_metrics.items()
    return {
        name: float(value)
        for name, value in metrics
        if not isinstance(value, torch.Tensor) or value.numel() == 1
    }
