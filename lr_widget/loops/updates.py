"""Whether a call of the user's step function has changed the weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lr_widget.loops.rates import RateWatch


class UpdateWatch:
    """Counts real optimizer steps, which a gradient scaler that skips one does not make.

    Where they cannot be seen (an optimizer that lets nobody look), every call counts as a step; and
    so does one without a step or a graph to its loss, as long as no step has been seen: whatever it
    does, it does it without the optimizer's `step`. Then the rates are compared after the call.

    Args:
        rates: sees the optimizer's steps.
        scalers: the gradient scalers that are known, to tell a skipped step from a micro-batch.
    """

    def __init__(self, rates: RateWatch, scalers: Sequence[Any] = ()) -> None:
        self._rates = rates
        self._counts_all = not rates.can_see
        self._scalers = scalers
        self._scales = [scaler.get_scale() for scaler in scalers]

    def give_up(self) -> None:
        """From now on every call counts."""
        self._counts_all = True

    @property
    def has_seen_none(self) -> bool:
        """Whether not a single step has been seen yet."""
        return self._rates.has_seen_none

    def made_step(self, loss: Any) -> bool:
        """Tell whether the call that has just returned `loss` counts as an optimizer step.

        Raises:
            ValueError: it was made at another rate than the sweep's.
        """
        if self._rates.check():
            return True
        if self._counts_all or (self.has_seen_none and getattr(loss, "grad_fn", None) is None):
            self._rates.check_now()
            return True
        return False

    def was_skipped(self) -> bool:
        """Tell whether a known scaler has skipped a step since it was last asked.

        Then it has lowered its scale. To be asked only after a call that made no step: the scale
        is on the device.
        """
        before, self._scales = self._scales, [scaler.get_scale() for scaler in self._scalers]
        return any(now < then for now, then in zip(self._scales, before, strict=True))
