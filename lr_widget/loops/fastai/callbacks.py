"""Which of fastai's callbacks run during a sweep, and which during a trial.

They are told apart by their class, or a base of it.
"""

from __future__ import annotations

from typing import Any

from lr_widget.loops.callbacks import is_from, is_named, wish_of

FASTAI = ("fastai",)
# Callbacks that watch training, write about it, end it or set the learning rate do not run during
# a sweep; those that shape a step (mixed precision, accumulation, MixUp, the user's own) do.
WATCHING_MODULES = frozenset(
    {
        "fastai.callback.azureml",
        "fastai.callback.comet",
        "fastai.callback.progress",
        "fastai.callback.schedule",
        "fastai.callback.tensorboard",
        "fastai.callback.tracker",
        "fastai.callback.wandb",
    }
)
WATCHERS = frozenset(
    {
        "ActivationStats",
        "CollectDataCallback",
        "FetchPredsCallback",
        "GatherPredsCallback",
        "Recorder",  # it reads the loss on the host after every batch
    }
)
# During a trial only those stay out that show a run or write about it. Those that shape it stay,
# also where they only look at the losses (early stopping).
WRITING_MODULES = frozenset(
    {
        "fastai.callback.azureml",
        "fastai.callback.comet",
        "fastai.callback.progress",
        "fastai.callback.tensorboard",
        "fastai.callback.wandb",
    }
)
WRITERS = frozenset({"SaveModelCallback"})


def runs_in_sweep(callback: Any) -> bool:
    """Tell whether a callback runs during a sweep."""
    wish = wish_of(callback)
    return not _watches(callback) if wish is None else wish


def is_writer(callback: Any) -> bool:
    """Tell whether a callback shows a run, or writes about it."""
    return is_from(callback, WRITING_MODULES) or is_named(callback, WRITERS, FASTAI)


def may_set_rates(callback: Any) -> bool:
    """Tell whether a callback that runs in a sweep may set learning rates: fastai's own do not.

    Unless it is one that schedules, and its user has kept it in.
    """
    return not type(callback).__module__.startswith("fastai.") or _watches(callback)


def _watches(callback: Any) -> bool:
    return is_from(callback, WATCHING_MODULES) or is_named(callback, WATCHERS, FASTAI)
