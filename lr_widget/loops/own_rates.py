"""Optimizers that do not train at the rate of their groups: refused, since no sweep can set it."""

from __future__ import annotations

import math
from typing import Any

import torch

from lr_widget.loops.step_hooks import wrapped
from lr_widget.records.plan import Plan

# By setting, what it does to the rate, and how it is taken away. Libraries share these names.
SETTINGS = {
    "relative_step": (
        "which sets the rate itself",
        "make it with relative_step=False, warmup_init=False and lr=1e-3",
    ),
    "lr_decay": ("which lowers the rate at every step", "make it with lr_decay=0"),
    "warmup_steps": ("which warms up by itself", "make it with warmup_steps=0 for the sweep"),
}


def check_rates(optimizer: Any, name: str = "optimizer") -> None:
    """Check that an optimizer, and each that it wraps, trains at the rate of its groups.

    What is not known here by its settings, and shows no rate of its own, is not found. Some that
    are known by name are swept with a caution (`suggestions.cautions`).

    Args:
        optimizer: of PyTorch's, fastai's, or of another make.
        name: of the argument.

    Raises:
        ValueError: a group has no rate, or the optimizer makes its own.
    """
    for each in wrapped(optimizer):
        kind = type(each).__name__
        for i, group in enumerate(each.param_groups):
            for setting, (what, instead) in SETTINGS.items():
                if _is_set(group, setting):
                    raise ValueError(
                        f"{name} must train at the rate of its groups, got {kind!r} with "
                        f"{setting}={group[setting]!r}, {what}: {instead}"
                    )
            lr = group.get("lr")
            if not _is_number(lr):
                raise ValueError(
                    f"{name} must have a learning rate in every group, got {lr!r} in group {i} of "
                    f"{kind!r}"
                )


def check_reach(optimizer: Any, plan: Plan) -> None:
    """Check that an optimizer uses rates as high as the sweep's: PyTorch's Adafactor caps them.

    Raises:
        ValueError: it does not; with the highest `end_lr` that it uses.
    """
    capping = getattr(torch.optim, "Adafactor", ())  # new in torch 2.5
    for each in wrapped(optimizer):
        if isinstance(each, capping):
            steps = [float(state["step"]) for state in each.state.values() if "step" in state]
            most = 1 / math.sqrt(max(steps, default=0.0) + plan.num_it)
            if plan.end_lr > most:
                raise ValueError(
                    f"end_lr must be at most {most:.2g} for 'Adafactor', which caps the rate at "
                    f"1/sqrt(step) and makes {plan.num_it!r} steps here, got {plan.end_lr!r}"
                )


def _is_number(lr: Any) -> bool:
    """Tell whether a rate is one: a number, or a tensor or array of one."""
    return hasattr(lr, "__float__") and math.prod(getattr(lr, "shape", ())) == 1


def _is_set(group: Any, setting: str) -> bool:
    value = group.get(setting, 0)
    # schedule-free counts its steps in `k`: a warm-up that is over does nothing any more
    return bool(value) and (setting != "warmup_steps" or value > group.get("k", 0))
