"""Accelerate: what its `prepare` puts around others, and the scaler that it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from lr_widget.snapshot.frameworks import is_of, is_walked


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


def inner_schedulers(thing: Any) -> list[Any]:
    """Return the schedulers that make the rates within prepared ones: of an accelerator, or one."""
    held = getattr(thing, "_schedulers", []) if is_walked(thing) else [thing]
    return [each.scheduler for each in held if is_of(each, ("accelerate.scheduler",))]


def scalers_among(things: Sequence[Any]) -> list[torch.amp.GradScaler]:
    """Return the gradient scalers among some objects, those of accelerators with them."""
    held = [getattr(each, "scaler", None) if is_walked(each) else each for each in things]
    return [each for each in held if isinstance(each, torch.amp.GradScaler)]
