"""Which of Lightning's callbacks run during a sweep, and which during a trial.

They are told apart by their class, or a base of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lr_widget.loops.callbacks import is_named, wish_of
from lr_widget.loops.lightning.fit import ROOTS

# Callbacks that show a run, or write about it; those that search for a setting in it; those that
# end it by the clock; and one that trains at rates of its own.
NEVER = frozenset(
    {
        "BatchSizeFinder",
        "Checkpoint",
        "DeviceStatsMonitor",
        "LearningRateFinder",
        "LearningRateMonitor",
        "ModelSummary",
        "OnExceptionCheckpoint",
        "ProgressBar",
        "SaveConfigCallback",  # LightningCLI's, which refuses to write a second time
        "SpikeDetection",
        "StochasticWeightAveraging",
        "ThroughputMonitor",
        "Timer",
    }
)
# Those that look at validation or average weights have no place in a sweep, either. Those that
# shape a step stay: schedules of accumulation, of freezing, of pruning.
NOT_IN_SWEEPS = NEVER | {"EarlyStopping", "WeightAveraging"}
# of those that take part, one that sets the rates of the groups that it has unfrozen
SETTING = frozenset({"BaseFinetuning"})
# what Lightning calls within the optimizer's step
IN_STEP = frozenset(
    {"on_after_backward", "on_before_backward", "on_before_optimizer_step", "on_before_zero_grad"}
)


def hooks_into_step(callback: Any) -> bool:
    """Tell whether a callback of the user's own runs within the optimizer's step."""
    return any(not IN_STEP.isdisjoint(names) for names in _own_names(callback))


def may_set_rates(callback: Any) -> bool:
    """Tell whether a callback may set a rate between steps: the user's own, and those that can."""
    return has_own_hooks(callback) or is_named(callback, SETTING, ROOTS)


def has_own_hooks(thing: Any) -> bool:
    """Tell whether a callback or module has hooks that are neither Lightning's nor ours."""
    return any(name.startswith("on_") for names in _own_names(thing) for name in names)


def _own_names(thing: Any) -> Iterator[Iterable[str]]:
    """Yield what a thing has itself (LambdaCallback its hooks), and what its classes define.

    But for Lightning's classes and ours.
    """
    yield vars(thing)
    for kind in type(thing).__mro__:
        if kind.__module__.partition(".")[0] not in {*ROOTS, "lr_widget"}:
            yield vars(kind)


def runs_in_sweep(callback: Any) -> bool:
    """Tell whether a callback runs during a sweep."""
    wish = wish_of(callback)
    return not is_named(callback, NOT_IN_SWEEPS, ROOTS) if wish is None else wish


def runs_in_trial(callback: Any) -> bool:
    """Tell whether a callback runs during a trial, which is a training like the user's own."""
    return not is_named(callback, NEVER, ROOTS)
