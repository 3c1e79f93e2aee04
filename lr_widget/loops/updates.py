"""Whether a call of the user's step function has changed the weights."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import torch


class UpdateWatch:
    """Counts real optimizer steps; a context manager.

    It asks PyTorch's own hook, which a gradient scaler that skips a step does not reach. Where
    there is no such hook (an optimizer of another make), every call counts as a step; and so does
    one without a step or a graph to its loss, as long as no step has been seen: whatever it does,
    it does it without the optimizer's `step`.

    Args:
        optimizer: the optimizer of the sweep.
        scalers: the gradient scalers that are known, to tell a skipped step from a micro-batch.
    """

    def __init__(self, optimizer: Any, scalers: Sequence[Any] = ()) -> None:
        self._optimizer = optimizer
        self._scalers = scalers
        self._scales = [scaler.get_scale() for scaler in scalers]
        self._seen = self._ever = False
        self._hooks: list[Any] = []

    def __enter__(self) -> UpdateWatch:  # noqa: PYI034  Self needs Python 3.11
        # some (SAM, Lookahead) leave the step to another optimizer, which they hold
        inner = [o for o in vars(self._optimizer).values() if isinstance(o, torch.optim.Optimizer)]
        for optimizer in (self._optimizer, *inner):
            # of another make, or a wrapper that did not set itself up as one: no hooks
            with suppress(AttributeError):
                self._hooks.append(optimizer.register_step_post_hook(self._note))
        return self

    def __exit__(self, *error: object) -> None:
        self.give_up()

    def give_up(self) -> None:
        """From now on every call counts."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    @property
    def has_seen_none(self) -> bool:
        """Whether not a single step has been seen yet."""
        return not self._ever

    def made_step(self, loss: Any) -> bool:
        """Tell whether the call that has just returned `loss` counts as an optimizer step."""
        seen, self._seen = self._seen, False
        if seen or not self._hooks:
            return True
        return not self._ever and getattr(loss, "grad_fn", None) is None

    def was_skipped(self) -> bool:
        """Tell whether a known scaler has skipped a step since it was last asked.

        Then it has lowered its scale. To be asked only after a call that made no step: the scale
        is on the device.
        """
        before, self._scales = self._scales, [scaler.get_scale() for scaler in self._scalers]
        return any(now < then for now, then in zip(self._scales, before, strict=True))

    def _note(self, optimizer: Any, _args: Any, _kwargs: Any) -> None:
        # A fused optimizer is called even if the scaler has found an overflow, and looks itself. To
        # know it, too, the host has to read it from the device: in this one combination.
        overflow = getattr(optimizer, "found_inf", None)
        if not (isinstance(overflow, torch.Tensor) and bool(overflow)):
            self._seen = self._ever = True
