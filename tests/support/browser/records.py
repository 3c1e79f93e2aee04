"""The record that pages without a kernel show."""

from __future__ import annotations

from typing import Any

import numpy as np

from lr_widget import Sweep


def recorded_sweep(**settings: Any) -> Sweep:
    """A sweep that falls, turns and diverges, over two groups.

    Args:
        settings: those of its range test; without any, its axis ends where it does.
    """
    log10_lrs = np.linspace(-7, 1, 100)[:92]
    losses = 2.5 - 1.6 / (1 + np.exp(-3 * (log10_lrs + 3))) + np.exp(4 * (log10_lrs + 0.6))
    groups = ("body", "head")
    return Sweep(10**log10_lrs, losses, stop_reason="diverged", settings=settings, groups=groups)


def planned_sweep() -> Sweep:
    """The same of 100 planned steps over 8 decades."""
    return recorded_sweep(start_lr=1e-7, end_lr=10.0, num_it=100)
