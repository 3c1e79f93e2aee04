"""Transformers: what a Trainer tells of a model on the data that it is validated on."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any

from transformers import TrainerCallback

from lr_widget.loops.meanwhile import Meanwhile, only_warnings
from lr_widget.loops.transformers.gathered import Gathered
from lr_widget.loops.transformers.sweep import LOG
from lr_widget.snapshot.random_states import RandomState

# what `evaluate` and the log tell beside losses and metrics
MEASURED = (
    "runtime",
    "samples_per_second",
    "steps_per_second",
    "model_preparation_time",
    "jit_compilation_time",
    "num_input_tokens_seen",
    "num_tokens",  # TRL's: on how many it has trained
)
PREFIX = "eval_"


def evaluate(trainer: Any, valid: Any) -> dict[str, float]:
    """Return what `trainer.evaluate` tells of the state as it is, and disturb nothing.

    Neither random states nor modes, and no callback hears of it: the training that goes on
    afterwards is the one without it. The Trainer's own `log` is called, since some classes add
    their metrics there (TRL's), but what it is given goes nowhere.

    Args:
        trainer: the Trainer.
        valid: a dataset; None for the Trainer's own.
    """
    drawn, gathered, heard = RandomState(), Gathered(trainer), _Hears()
    modes = [(part, part.training) for part in trainer.model.modules()]
    control = trainer.control
    flags = dict(vars(control))
    try:
        with only_warnings(LOG), Meanwhile() as meanwhile:
            meanwhile.put(trainer, "state", _without_history(trainer.state))
            meanwhile.put(trainer.callback_handler, "callbacks", [heard])
            if valid is not None:  # one loader would be taken for all that are not the Trainer's
                meanwhile.put(trainer, "_eval_dataloaders", _Forgetting())
            # None where a class of the user's returns nothing: then there is what was logged
            metrics: dict[str, float] = trainer.evaluate(eval_dataset=valid) or {}
    finally:
        for part, mode in modes:
            part.training = mode
        vars(control).update(flags)
        trainer.control = control
        gathered.restore()
        drawn.restore()
    return with_logged(metrics, heard.logged, sets_of(trainer, valid))


def sets_of(trainer: Any, valid: Any) -> tuple[Any, ...]:
    """Return the names of the datasets to validate with; none where there is only one."""
    data = trainer.eval_dataset if valid is None else valid
    return tuple(data) if isinstance(data, dict) else ()


def with_logged(
    metrics: dict[str, Any], logged: Sequence[dict[str, Any]], sets: tuple[str, ...]
) -> dict[str, Any]:
    """Return the metrics of an evaluation, and with them those that only its log has been given.

    Args:
        metrics: what `evaluate` has returned.
        logged: what has been logged meanwhile, an entry for each dataset.
        sets: the names of the datasets, as `sets_of` returns them. A metric that is added to the
            log has no dataset in its name, so it is put there: else the last one would stand for
            all.
    """
    told, unnamed = {}, set()
    for entry in logged:
        prefix = _prefix_of(entry, sets)
        for name, value in entry.items():
            if name.startswith(prefix) or not name.startswith(PREFIX):
                told[name] = value
            else:
                told[prefix + name.removeprefix(PREFIX)] = value
                unnamed.add(name)
    return {**told, **{name: value for name, value in metrics.items() if name not in unnamed}}


def _prefix_of(entry: dict[str, Any], sets: tuple[str, ...]) -> str:
    """Return how the names of an entry's metrics begin: with that of its dataset."""
    prefixes = [f"{PREFIX}{name}_" for name in sets]
    fitting = [each for each in prefixes if any(name.startswith(each) for name in entry)]
    return max(fitting, key=len, default=PREFIX)


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


def _without_history(state: Any) -> Any:
    """Return a copy of a Trainer's state into which it may log."""
    made = copy.copy(state)
    made.log_history = []
    return made


class _Hears(TrainerCallback):
    """Hears what a Trainer logs."""

    def __init__(self) -> None:
        self.logged: list[dict[str, Any]] = []

    def on_log(
        self,
        args: Any,  # noqa: ARG002
        state: Any,  # noqa: ARG002
        control: Any,  # noqa: ARG002
        logs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """The Trainer logs."""
        self.logged.append(dict(logs or {}))


class _Forgetting(dict[Any, Any]):
    """Stands where a Trainer keeps its loaders by their workers, and keeps none."""

    def __setitem__(self, key: Any, value: Any) -> None:
        pass
