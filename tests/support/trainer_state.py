"""All that a sweep with a Trainer of Transformers might change."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from accelerate.state import AcceleratorState, GradientState

from lr_widget.testing.bits import bits, random_bits


def files(folder: Any) -> list[str]:
    """Return the names of the files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))


def attributes(thing: Any) -> dict[str, Any]:
    """Return what an object holds: plain values as they are, others by which object it is."""
    plain = (str, int, float, bool, type(None), list, dict, tuple)
    return {k: v if isinstance(v, plain) else id(v) for k, v in vars(thing).items()}


def state(trainer: Any, folder: Any) -> dict[str, Any]:
    """Return everything that a sweep might leave behind."""
    optimizer = getattr(trainer.optimizer, "optimizer", trainer.optimizer)
    handler = trainer.callback_handler
    inside = [attributes(part) for part in trainer.model.modules()]
    return {
        "trainer": {k: id(v) for k, v in vars(trainer).items()},
        "arguments": repr(trainer.args),
        "state": repr(trainer.state),
        "control": repr(trainer.control),
        "handler": attributes(handler),
        "callbacks": [(id(each), repr(attributes(each))) for each in handler.callbacks],
        "accelerator": {k: id(v) for k, v in vars(trainer.accelerator).items()},
        "prepared": [list(map(id, each)) for each in prepared(trainer.accelerator)],
        "singletons": [
            {k: id(v) for k, v in vars(each()).items()}
            for each in (AcceleratorState, GradientState)
        ],
        "model": bits(trainer.model.state_dict()),
        "gradients": [bits(p.grad) for p in trainer.model.parameters()],
        "requires_grad": [p.requires_grad for p in trainer.model.parameters()],
        "modes": [part.training for part in trainer.model.modules()],
        "modules": repr([{k: v for k, v in each.items() if k != "training"} for each in inside]),
        "config": repr(getattr(trainer.model, "config", None)),
        "optimizer": None if optimizer is None else bits(optimizer.state_dict()),
        "random": random_bits(),
        "files": files(folder),
        "log level": logging.getLogger("transformers").level,
    }


def prepared(accelerator: Any) -> tuple[Any, ...]:
    """Return what an accelerator has prepared."""
    return (
        accelerator._models,
        accelerator._optimizers,
        accelerator._schedulers,
        accelerator._dataloaders,
    )
