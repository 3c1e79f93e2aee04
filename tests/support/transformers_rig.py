"""A rig for Transformers' Trainer: the small model, its loss in `compute_loss`."""

from __future__ import annotations

import tempfile
from typing import Any

import torch
from torch.nn import functional

from lr_widget.testing import LoopRig
from lr_widget.testing.model import groups
from lr_widget.testing.rig import Data


class TransformersRig(LoopRig):
    kind = "transformers"
    keeps_modes = False  # `training_step` calls `model.train()` itself

    def build(self) -> None:
        from transformers import PrinterCallback, Trainer, TrainingArguments

        from tests.support.rigs import OPTIMIZERS

        rig = self

        class Steps(Trainer):
            def compute_loss(self, model: Any, inputs: Any, *_: Any, **options: Any) -> Any:
                outputs = model(inputs["x"])
                loss = rig.loss(outputs, inputs["y"])
                return (loss, {"logits": outputs}) if options.get("return_outputs") else loss

            def prediction_step(self, model: Any, inputs: Any, *_: Any, **__: Any) -> Any:
                with torch.no_grad():
                    return self.compute_loss(model, self._prepare_inputs(inputs)), None, None

        self._folder = tempfile.gettempdir()
        self.optimizer = OPTIMIZERS[self.setting.optimizer](groups(self.model, self.setting.groups))
        self.optimizer.register_step_pre_hook(lambda *_: self.watch("optimizer", None))
        args = TrainingArguments(
            output_dir=self._folder,
            per_device_train_batch_size=8,
            num_train_epochs=1,
            lr_scheduler_type="constant",
            max_grad_norm=0.0,
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
            save_strategy="no",
            logging_strategy="no",
            remove_unused_columns=False,
            log_level="error",
        )
        self.data = Data(self)
        self.trainer = Steps(
            model=self.model,
            args=args,
            train_dataset=self.data,
            data_collator=_collate,
            optimizers=(self.optimizer, None),
        )
        self.trainer.remove_callback(PrinterCallback)

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.trainer,), {}

    def trial_arguments(self) -> dict[str, Any]:
        return {"valid": Data(self)}

    def train_epoch(self) -> list[float]:
        losses: list[float] = []
        step, own_loss = self.trainer.training_step, self.loss

        def noted(*args: Any, **kwargs: Any) -> Any:
            loss = step(*args, **kwargs)
            losses.append(float(loss))
            return loss

        self.loss, self.trainer.training_step = functional.cross_entropy, noted
        self.trainer.train()
        self.loss = own_loss
        del self.trainer.training_step
        return losses

    def bits(self) -> dict[str, Any]:
        trainer = self.trainer
        accelerator = {key: repr(value) for key, value in vars(trainer.accelerator).items()}
        # it tells of loaders that it holds weakly, those of rigs that are garbage among them
        del accelerator["gradient_state"]
        return {
            **super().bits(),
            "trainer": {key: id(value) for key, value in vars(trainer).items()},
            "state": repr(trainer.state),
            "control": repr(trainer.control),
            "args": repr(trainer.args),
            "callbacks": [
                (id(each), repr(vars(each))) for each in trainer.callback_handler.callbacks
            ],
            "accelerator": accelerator,
        }


def _collate(rows: Any) -> dict[str, torch.Tensor]:
    return {
        "x": torch.stack([x for x, _ in rows]),
        "y": torch.stack([torch.as_tensor(y) for _, y in rows]),
    }
