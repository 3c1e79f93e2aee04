"""Transformers: what a Trainer tells of a model on the data that it is validated on."""

from __future__ import annotations

import math
from typing import Any

from lr_widget.loops.meanwhile import Meanwhile, only_warnings
from lr_widget.loops.transformers.sweep import LOG
from lr_widget.snapshot.random_states import RandomState

# what `evaluate` tells beside losses and metrics
MEASURED = (
    "runtime",
    "samples_per_second",
    "steps_per_second",
    "model_preparation_time",
    "jit_compilation_time",
    "num_input_tokens_seen",
)
PREFIX = "eval_"


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
            if valid is not None:  # one loader would be taken for all that are not the Trainer's
                meanwhile.put(trainer, "_eval_dataloaders", _Forgetting())
            metrics: dict[str, float] = trainer.evaluate(eval_dataset=valid)
    finally:
        for part, mode in modes:
            part.training = mode
        vars(control).update(flags)
        trainer.control = control
        drawn.restore()
    return metrics


def sets_of(trainer: Any, valid: Any) -> tuple[Any, ...]:
    """Return the names of the datasets to validate with; none where there is only one."""
    data = trainer.eval_dataset if valid is None else valid
    return tuple(data) if isinstance(data, dict) else ()


def validation_loss(metrics: dict[str, Any], sets: tuple[Any, ...]) -> float:
    """Return the loss of an evaluation: of several datasets the mean of theirs; NaN without any.

    Args:
        metrics: what `evaluate` has returned.
        sets: the names of the datasets, as `sets_of` returns them.
    """
    names = [f"{PREFIX}{name}_loss" for name in sets] or [f"{PREFIX}loss"]
    losses = [float(metrics[name]) for name in names if name in metrics]
    return sum(losses) / len(losses) if losses else math.nan


def other_metrics(metrics: dict[str, Any]) -> dict[str, float]:
    """Return the metrics of an evaluation by their own names, without losses and times."""
    named = {k.removeprefix(PREFIX): v for k, v in metrics.items() if k.startswith(PREFIX)}
    return {
        name: float(value)
        for name, value in named.items()
        if isinstance(value, (int, float)) and name != "loss" and not name.endswith(MEASURED)
    }


class _Forgetting(dict[Any, Any]):
    """Stands where a Trainer keeps its loaders by their workers, and keeps none."""

    def __setitem__(self, key: Any, value: Any) -> None:
        pass
