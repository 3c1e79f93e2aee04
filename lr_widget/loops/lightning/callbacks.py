"""Which of Lightning's callbacks run during a sweep, and which during a trial.

They are told apart by their class, or a base of it.
"""

from __future__ import annotations

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
# what Lightning calls within the optimizer's step
IN_STEP = frozenset(
    {"on_after_backward", "on_before_backward", "on_before_optimizer_step", "on_before_zero_grad"}
)


def hooks_into_step(callback: Any) -> bool:
    """Tell whether a callback of the user's own runs within the optimizer's step."""
    return any(
        not IN_STEP.isdisjoint(vars(kind))
        for kind in type(callback).__mro__
        if kind.__module__.partition(".")[0] not in {*ROOTS, "lr_widget"}
    )


def runs_in_sweep(callback: Any) -> bool:
    """Tell whether a callback runs during a sweep."""
    wish = wish_of(callback)
    return not is_named(callback, NOT_IN_SWEEPS, ROOTS) if wish is None else wish


def runs_in_trial(callback: Any) -> bool:
    """Tell whether a callback runs during a trial, which is a training like the user's own."""
    return not is_named(callback, NEVER, ROOTS)
