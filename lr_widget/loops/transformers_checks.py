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
        *("AsyncGRPOTrainer", "GFPOTrainer", "GRPOTrainer", "NashMDTrainer", "OnlineDPOTrainer"),
        *("PPOTrainer", "PPOv2Trainer", "RLOOTrainer", "XPOTrainer"),
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
    for refused, rule, instead in _refusals(trainer):
        if refused:
            raise ValueError(f"trainer must {rule}, got {refused}{instead}")
    check_model(trainer.model, "trainer.model")
    check_parameters(trainer.model.parameters(), trainer.model)
    _check_data(trainer)


def _refusals(trainer: Any) -> list[tuple[str, str, str]]:
    """Return what is wrong, or "", the rule, and what to do, for each thing that is refused."""
    args = trainer.args
    by_reward = [kind.__name__ for kind in type(trainer).__mro__ if kind.__name__ in BY_REWARD]
    optim = str(getattr(args.optim, "value", args.optim))
    processes, devices = trainer.accelerator.num_processes, args.n_gpu
    in_shards = getattr(trainer, "is_distributed_loading_by_transformers", False)
    fsdp = trainer.is_fsdp_enabled or trainer.is_fsdp_xla_enabled
    return [
        (
            repr(by_reward[0]) if by_reward else "",
            "have a loss that tells how good a step was",
            ", which learns by reward: a range test reads nothing from its loss",
        ),
        (
            "one with model_init" if trainer.model_init is not None else "",
            "keep its model",
            ", which makes another one in every train(): pass model=model_init() instead",
        ),
        (
            "DeepSpeed" if trainer.is_deepspeed_enabled else "FSDP" if fsdp else "",
            "hold its model and optimizer itself",
            ", which shards them: sweep on one device, without it",
        ),
        (
            f"{max(processes, devices)!r} of them" if max(processes, devices) > 1 else "",
            "train on one device",
            ": start one process with one device to be seen (CUDA_VISIBLE_DEVICES=0)",
        ),
        (
            "one that was loaded in shards" if in_shards else "",
            "have its model on one device",
            ": load it without distributed_config",
        ),
        (
            "auto_find_batch_size=True" if args.auto_find_batch_size else "",
            "keep its batch size",
            ", which begins anew with a smaller one: set per_device_train_batch_size",
        ),
        (
            f"optim={optim!r}" if any(each in optim for each in IN_BACKWARD) else "",
            "make its steps by an optimizer's step",
            ", which makes them within the backward pass: sweep with another optimizer",
        ),
    ]


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
