"""A rig for Lightning: the small model as a LightningModule, and a trainer."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional

from lr_widget.testing import LoopRig
from lr_widget.testing.model import groups
from lr_widget.testing.rig import Data, Net

QUIET = {
    "accelerator": "cpu",
    "enable_checkpointing": False,
    "enable_model_summary": False,
    "enable_progress_bar": False,
    "logger": False,
}


@contextmanager
def unwarned():
    """A block in which Lightning may say what it says in every fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class LightningRig(LoopRig):
    kind = "lightning"
    package = "lightning.pytorch"

    def build(self) -> None:
        from importlib import import_module

        pl = import_module(self.package)
        rig = self

        class Steps:
            def training_step(self, batch: Any) -> torch.Tensor:
                return rig.loss(self(batch[0]), batch[1])

            def validation_step(self, batch: Any) -> None:
                self.log("val_loss", rig.loss(self(batch[0]), batch[1]))

            def configure_optimizers(self) -> Any:
                return rig.make_optimizer()

        torch.manual_seed(0)
        more = dict(self.model._parameters)  # that a test has added
        self.model = type("Net", (Steps, Net, pl.LightningModule), {})(self)
        self.model.body.requires_grad_(not self.setting.frozen)
        for name, parameter in more.items():
            setattr(self.model, name, parameter)
        self.loader = torch.utils.data.DataLoader(Data(self), batch_size=8, shuffle=True)
        self.trainer = pl.Trainer(max_epochs=1, **QUIET)

    def make_optimizer(self) -> Any:
        from tests.support.rigs import OPTIMIZERS

        optimizer = OPTIMIZERS[self.setting.optimizer](groups(self.model, self.setting.groups))
        optimizer.register_step_pre_hook(lambda *_: self.watch("optimizer", None))
        return optimizer

    @property
    def optimizer(self) -> Any:
        return next(iter(self.trainer.optimizers), None)

    def watch(self, place: str, value: Any) -> Any:
        # the optimizer is looked at before the sweep, and what that has changed is put back, too
        if place == "restore" and not self.passed("loss"):
            return value
        return super().watch(place, value)

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.trainer, self.model), {"train_dataloaders": self.loader}

    def trial_arguments(self) -> dict[str, Any]:
        return {"valid": torch.utils.data.DataLoader(Data(self), batch_size=20)}

    def train_epoch(self) -> list[float]:
        from importlib import import_module

        losses = []

        class Note(import_module(self.package).Callback):
            def on_train_batch_end(self, trainer, module, outputs, *_):
                losses.append(float(outputs["loss"]))

        own_loss, self.loss = self.loss, functional.cross_entropy
        own_callbacks = self.trainer.callbacks
        self.trainer.callbacks = [*own_callbacks, Note()]
        self.trainer.fit_loop.max_epochs = self.trainer.current_epoch + 1
        with unwarned():
            self.trainer.fit(self.model, self.loader)
        self.loss, self.trainer.callbacks = own_loss, own_callbacks
        return losses

    def bits(self) -> dict[str, Any]:
        trainer = self.trainer
        loop = trainer.fit_loop
        return {
            **super().bits(),
            "trainer": {key: id(value) for key, value in vars(trainer).items()},
            "callbacks": [(id(each), dict(vars(each))) for each in trainer.callbacks],
            "strategy": {k: repr(v) for k, v in vars(trainer.strategy).items()},
            "steps": (trainer.global_step, trainer.current_epoch, trainer.should_stop),
            "progress": repr([vars(each) for each in (loop, loop.epoch_loop)]),
            "module": {k: id(v) for k, v in vars(self.model).items() if k not in COUNTED},
        }

    def optimizer_bits(self) -> Any:
        return None if self.optimizer is None else super().optimizer_bits()


COUNTED = ("n_calls", "mean")  # which the model itself changes; they are compared by their content
