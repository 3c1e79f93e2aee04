"""All that a sweep with a Trainer of Transformers might change."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from accelerate.state import AcceleratorState, GradientState

from lr_widget import lr_find
from lr_widget.testing.bits import bits, random_bits, seed_all

SWEEP = {"start_lr": 1e-5, "end_lr": 1e-2, "num_it": 15, "show": False}
PICKS = [(1e-3, 1e-3), (1e-2, 1e-2)]


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


def result(trainer: Any, folder: Any) -> dict[str, Any]:
    """Return what two trainings that are the same have in common."""
    optimizer = getattr(trainer.optimizer, "optimizer", trainer.optimizer)
    log = [
        {k: v for k, v in each.items() if not is_measured(k)} for each in trainer.state.log_history
    ]
    return {
        "model": bits(trainer.model.state_dict()),
        "optimizer": bits(optimizer.state_dict()),
        "schedule": bits(trainer.lr_scheduler.state_dict() | {"lr_lambdas": None}),
        "log": log,
        "steps": (trainer.state.global_step, trainer.state.epoch, trainer.state.max_steps),
        "flops": trainer.state.total_flos,
        "random": random_bits(),
        "files": files(folder),
    }


def is_measured(name: str) -> bool:
    """Tell whether what is logged by a name is a time, or memory: never twice the same."""
    return name.endswith(("_runtime", "_per_second", "_preparation_time")) or "_mem_" in name


def train_with_and_without(
    tmp_path: Path,
    make: Callable[[Path], Any],
    act: Callable[[Any], Any],
    *,
    earlier: bool = False,
    train: Callable[[Any], Any] = lambda trainer: trainer.train(),
) -> set[str]:
    """Train with and without something before it, from the same start; return what differs.

    Args:
        tmp_path: for two folders.
        make: makes a Trainer that writes into a folder.
        act: what is done before; it may leave no trace.
        earlier: both have been trained already.
        train: how they are trained.
    """
    results = []
    for acts in (False, True):
        folder = tmp_path / str(acts)
        trainer = make(folder)
        seed_all(4)
        if earlier:
            trainer.train()
        if acts:
            before = state(trainer, folder)
            act(trainer)
            after = state(trainer, folder)
            assert {k for k in before if before[k] != after[k]} == set()
        train(trainer)
        results.append(result(trainer, folder))
    return {k for k in results[0] if results[0][k] != results[1][k]}


def check_no_trace(tmp_path: Any, make: Callable[[Any], Any], **options: Any) -> None:
    """Check that a training comes to the same after a sweep; for the options see above."""
    different = train_with_and_without(
        tmp_path, make, lambda trainer: lr_find(trainer, **SWEEP), **options
    )
    assert different == set()
