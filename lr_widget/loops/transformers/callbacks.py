"""Which of a Trainer's callbacks run during a sweep, and which during a trial."""

from __future__ import annotations

from typing import Any

from lr_widget.loops.callbacks import wish_of

# By the module of their class, or of a base of it: bars, printers and trackers, which show a run or
# write about it. They stay out of sweeps and of trials.
WRITING_MODULES = (
    "transformers.integrations",
    "transformers.trainer_jit_checkpoint",
    "transformers.utils.notebook",
    "sentence_transformers.model_card",
    "sentence_transformers.base.model_card",
    "trl.trainer.callbacks",
)
WRITERS = frozenset({"PrinterCallback", "ProgressCallback"})
# Of those modules, callbacks that shape the training all the same.
SHAPING = frozenset({"BEMACallback", "RLOOCallback", "SyncRefModelCallback"})
# What ends training, evaluates or saves stays out of sweeps only.
WATCHERS = frozenset({"DefaultFlowCallback", "EarlyStoppingCallback"})


def runs_in_sweep(callback: Any) -> bool:
    """Tell whether a callback runs during a sweep."""
    wish = wish_of(callback)
    return not (is_writer(callback) or _is_named(callback, WATCHERS)) if wish is None else wish


def is_writer(callback: Any) -> bool:
    """Tell whether a callback shows a run, or writes about it."""
    if type(callback).__name__ in SHAPING:
        return False
    modules = (kind.__module__ for kind in type(callback).__mro__)
    return any(map(_writes, modules)) or _is_named(callback, WRITERS)


def may_set_rates(callback: Any) -> bool:
    """Tell whether a callback that runs in a sweep may set learning rates: it is the user's own."""
    return not type(callback).__module__.startswith(("transformers.", "lr_widget."))


def come_last(handler: Any, callback: Any) -> None:
    """Put a callback of ours behind those that others have added since the training began.

    Args:
        handler: the Trainer's, which may be in the middle of its list: so it gets another one.
        callback: the callback.
    """
    if handler.callbacks[-1] is not callback:
        others = [each for each in handler.callbacks if each is not callback]
        handler.callbacks = [*others, callback]


def _writes(module: str) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in WRITING_MODULES)


def _is_named(callback: Any, names: frozenset[str]) -> bool:
    return any(
        kind.__name__ in names and kind.__module__.startswith("transformers.")
        for kind in type(callback).__mro__
    )
