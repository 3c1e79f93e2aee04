"""Which of a Trainer's callbacks run during a sweep, and which during a trial."""

from __future__ import annotations

from typing import Any

from lr_widget.loops.callbacks import is_from, is_named, wish_of

PACKAGE = ("transformers",)
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
    if wish is not None:
        return wish
    return not (is_writer(callback) or is_named(callback, WATCHERS, PACKAGE))


def is_writer(callback: Any) -> bool:
    """Tell whether a callback shows a run, or writes about it."""
    if type(callback).__name__ in SHAPING:
        return False
    return is_from(callback, WRITING_MODULES) or is_named(callback, WRITERS, PACKAGE)


def that_may_set_rates(handler: Any) -> list[Any]:
    """Return the callbacks of a Trainer's handler that may set learning rates: the user's own."""
    others = ("transformers.", "lr_widget.")
    return [each for each in handler.callbacks if not type(each).__module__.startswith(others)]


def come_last(handler: Any, callback: Any) -> None:
    """Put a callback of ours behind those that others have added since the training began.

    Args:
        handler: the Trainer's, which may be in the middle of its list: so it gets another one.
        callback: the callback.
    """
    if handler.callbacks[-1] is not callback:
        others = [each for each in handler.callbacks if each is not callback]
        handler.callbacks = [*others, callback]
