"""What of Transformers' Trainer cannot be swept: refused, in words, before anything is touched."""

from __future__ import annotations

import sys
from typing import Any

from transformers import Trainer

from lr_widget.loops.loaders import has_length
from lr_widget.loops.optimizers import check_model, check_parameters

# TRL's trainers that learn by reward from what the model itself makes: their loss does not tell
# whether a step was good, and is near 0 at every rate.
BY_REWARD = frozenset(
    {
        "AsyncGRPOTrainer",
        "GFPOTrainer",
        "GRPOTrainer",
        "NashMDTrainer",
        "OnlineDPOTrainer",
        "PPOTrainer",
        "PPOv2Trainer",
        "RLOOTrainer",
        "XPOTrainer",
    }
)
# Their steps are made within the backward pass, parameter by parameter, at a rate of their own.
IN_BACKWARD = ("lomo", "layerwise")


def check_trainer(trainer: Any) -> None:
    """Check that a Trainer can be swept, and that there is something to train on.

    Raises:
        ValueError: it cannot; the message says what to do.
    """
    if _is_training(trainer):
        raise ValueError(
            "trainer must not be training, got one whose train() has not returned yet: call "
            "lr_find before it, or after it"
        )
    _check_training(trainer)
    _check_devices(trainer)
    check_model(trainer.model, "trainer.model")
    check_parameters(trainer.model.parameters(), trainer.model)
    _check_data(trainer)


def _check_training(trainer: Any) -> None:
    """Check that a step trains the model that there is, and that its loss tells something."""
    args = trainer.args
    by_reward = [kind.__name__ for kind in type(trainer).__mro__ if kind.__name__ in BY_REWARD]
    if by_reward:
        raise ValueError(
            f"trainer must have a loss that tells how good a step was, got {by_reward[0]!r}, which "
            "learns by reward: a range test reads nothing from its loss"
        )
    if trainer.model_init is not None:
        raise ValueError(
            "trainer must keep its model, got one with model_init, which makes another one in "
            "every train(): pass model=model_init() instead"
        )
    if args.auto_find_batch_size:
        raise ValueError(
            "trainer must keep its batch size, got auto_find_batch_size=True, which begins anew "
            "with a smaller one: set per_device_train_batch_size"
        )
    optim = str(getattr(args.optim, "value", args.optim))
    if any(each in optim for each in IN_BACKWARD):
        raise ValueError(
            f"trainer must make its steps by an optimizer's step, got optim={optim!r}, which makes "
            "them within the backward pass: sweep with another optimizer"
        )


def _check_devices(trainer: Any) -> None:
    """Check that model and optimizer are whole, on one device."""
    fsdp = trainer.is_fsdp_enabled or trainer.is_fsdp_xla_enabled
    if trainer.is_deepspeed_enabled or fsdp:
        sharding = "DeepSpeed" if trainer.is_deepspeed_enabled else "FSDP"
        raise ValueError(
            f"trainer must hold its model and optimizer itself, got {sharding}, which shards them: "
            "sweep on one device, without it"
        )
    devices = max(trainer.accelerator.num_processes, trainer.args.n_gpu)
    if devices > 1:
        raise ValueError(
            f"trainer must train on one device, got {devices!r} of them: start one process with "
            "one device to be seen (CUDA_VISIBLE_DEVICES=0)"
        )
    if getattr(trainer, "is_distributed_loading_by_transformers", False):
        raise ValueError(
            "trainer must have its model on one device, got one that was loaded in shards: load it "
            "without distributed_config"
        )


def _check_data(trainer: Any) -> None:
    data = trainer.train_dataset
    own_loader = type(trainer).get_train_dataloader is not Trainer.get_train_dataloader
    if data is None and not own_loader:
        raise ValueError("trainer must have a train_dataset to be swept on, got None")
    if data is not None and has_length(data) and len(data) == 0:
        raise ValueError(f"trainer.train_dataset must have items, got an empty one: {data!r:.200}")


def _is_training(trainer: Any) -> bool:
    """Tell whether the Trainer's loop is under way.

    `is_in_train` alone does not: after an exception in `train()` it stays true for ever.
    """
    if not trainer.is_in_train:
        return False
    for frame in sys._current_frames().values():  # noqa: SLF001  the way that Python documents
        at = frame
        while at is not None:
            if at.f_code.co_name == "_inner_training_loop" and at.f_locals.get("self") is trainer:
                return True
            at = at.f_back  # type: ignore[assignment]
    return False
