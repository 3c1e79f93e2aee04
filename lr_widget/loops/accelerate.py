"""Accelerate: what its `prepare` puts around an optimizer, and the scaler that it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from lr_widget.snapshot.frameworks import is_of, is_walked

# Its one line of code: Accelerate has no schedule of its own, and wraps the user's.
GIVE_RATES = 'for g, lr in zip(optimizer.param_groups, picker.group_lrs): g["lr"] = lr'


def is_prepared(optimizer: Any) -> bool:
    """Tell whether an optimizer has been through `Accelerator.prepare`."""
    return is_of(optimizer, ("accelerate.optimizer",))


def unprepared(optimizer: Any) -> Any:
    """Return the optimizer that makes the steps: within a prepared one, else itself.

    The outer one's `step` may make none (within an accumulation, or if the scaler skips it), and
    it has no hooks.
    """
    while is_prepared(optimizer):
        optimizer = optimizer.optimizer
    return optimizer


def scalers_among(things: Sequence[Any]) -> list[torch.amp.GradScaler]:
    """Return the gradient scalers among some objects, those of accelerators with them."""
    held = [getattr(each, "scaler", None) if is_walked(each) else each for each in things]
    return [each for each in held if isinstance(each, torch.amp.GradScaler)]
