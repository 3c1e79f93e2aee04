"""The range test: asked by a training loop for the next learning rate, told the loss.

It drives nothing. A loop calls `begin_step` before and `end_step` after each optimizer step:

    while (lr := test.begin_step()) is not None:
        ...  # set lr, take one step at it
        test.end_step(loss)

A step is a real one, that changes weights. Where several batches make up one, the loop tells the
losses of all but the last by `add_micro_batch`, and the step's loss is their mean. A step that was
not made in the end (a gradient scaler skips one whose gradients overflow) is taken back by
`skip_step`: the next attempt is made at the same learning rate.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np

from lr_widget.curves.divergence import Divergence
from lr_widget.engine.loss_reader import LossReader
from lr_widget.records.plan import EVEN, Plan, Shares
from lr_widget.records.read_only import Floats
from lr_widget.records.stop_reason import StopReason

logger = logging.getLogger(__name__)


# The decision at step i looks at losses up to step i - LAG only, whether or not later ones have
# arrived: so a GPU may run that many steps behind the host without being waited for, and the same
# sweep stops at the same step on every device.
LAG = 4


class RangeTest:
    """One range test in progress.

    Args:
        plan: which learning rates, how many steps.
        stop_div: end when the loss has diverged (see `curves/divergence.py`). A loss that is not
            finite always ends the test: what follows could only be more of it.
        should_stop: asked before each step; true ends the test as stopped.
        on_points: called after each step with all arrived `(lrs, losses)`, float64, shape
            `(n,)`, whenever there are new ones.
        shielded: a context in which interrupts wait, for the test's own bookkeeping.
        shares: how a learning rate is shared out over parameter groups.

    Attributes:
        stop_reason: why it is over, or None.
        error: class and text of what was raised, if that has ended it.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        stop_div: bool = True,
        should_stop: Callable[[], bool] = lambda: False,
        on_points: Callable[[Floats, Floats], None] | None = None,
        shielded: Callable[[], AbstractContextManager[None]] = nullcontext,
        shares: Shares = EVEN,
    ) -> None:
        self.plan = plan
        self._shares = shares
        self.stop_reason: StopReason | None = None
        self.error: str | None = None
        self._lrs = plan.lrs()
        self._lr_list = self._lrs.tolist()
        self._losses = np.full(plan.num_it, np.nan)
        self._begun = self._ended = self._arrived = self._judged = 0
        self._kept: int | None = None  # the stopping step's number, once it is known
        self._reader = LossReader()
        self._divergence = Divergence(plan.num_it) if stop_div else None
        self._should_stop = should_stop
        self._on_points = on_points
        self._shielded = shielded

    @property
    def points(self) -> tuple[Floats, Floats]:
        """Learning rates and losses that count: float64, shape `(n,)` each."""
        n = self._arrived if self._kept is None else self._kept
        return self._lrs[:n], self._losses[:n]

    def begin_step(self) -> float | None:
        """Return the learning rate for the next step, or None if the test is over."""
        with self._shielded():
            if self.stop_reason is None:
                self._decide()
            if self.stop_reason is not None:
                return None
            self._begun += 1
            lr: float = self._lr_list[self._begun - 1]
        return lr

    def group_lrs(self, lr: float, n_groups: int) -> list[float]:
        """Return the rate of every parameter group, first layers first, for a step's `lr`.

        The same for all, unless `lr_find` was called with `spread` or `group`.
        """
        return self._shares.group_lrs(lr, n_groups)

    def end_step(self, loss: object) -> None:
        """Take the loss of the step that has just been made.

        Args:
            loss: tensor with one element, on any device, or a number.

        Raises:
            TypeError, ValueError: it is no such thing.
            RuntimeError: no step has begun.
        """
        self._check_begun("end_step")
        with self._shielded():
            self._reader.add(loss)
            self._reader.close_step()
            self._ended += 1
            self._collect(wait_for=0)

    def add_micro_batch(self, loss: object) -> None:
        """Take the loss of a batch that is only a part of the step.

        Args:
            loss: as for `end_step`, which takes the last batch's.

        Raises:
            TypeError, ValueError, RuntimeError: as for `end_step`.
        """
        self._check_begun("add_micro_batch")
        with self._shielded():
            self._reader.add(loss)

    def skip_step(self) -> None:
        """Take note that the step was not made after all; its losses are forgotten."""
        self._reader.drop_step()

    def _check_begun(self, name: str) -> None:
        if self._ended >= self._begun:
            raise RuntimeError(f"{name} must follow a begin_step that gave a learning rate")

    def finish(self, reason: StopReason, error: str | None = None) -> StopReason:
        """End the test from outside, with what has arrived by now.

        A reason found before stays, unless this one is an error.

        Args:
            reason: why.
            error: class and text of what was raised, for an error.

        Returns:
            The reason that stands.
        """
        found = self.stop_reason
        if found is not None and reason is not StopReason.ERROR:
            return found
        self.stop_reason, self.error = reason, error
        if found is None:
            try:
                self._collect(wait_for=0)
            except RuntimeError:  # a device that has failed answers nothing any more
                logger.debug("the last losses could not be read", exc_info=True)
        return reason

    def _decide(self) -> None:
        """Set the stop reason if the losses that may be looked at, or the user, say so."""
        if self._begun >= self.plan.num_it:
            self._judge(upto=self._ended)
            self.stop_reason = self.stop_reason or StopReason.FINISHED
            return
        self._judge(upto=self._ended - LAG)
        if self.stop_reason is None and self._should_stop():
            self._collect(wait_for=len(self._reader))
            self.stop_reason = StopReason.STOPPED

    def _collect(self, wait_for: int) -> None:
        values = self._reader.pop_arrived(wait_for)
        if not values:
            return
        for value in values:
            self._losses[self._arrived] = value
            self._arrived += 1
        if self._on_points is not None:
            self._on_points(self._lrs[: self._arrived], self._losses[: self._arrived])

    def _judge(self, upto: int) -> None:
        """Look at the losses of the first `upto` steps; wait for them where need be."""
        if upto > self._arrived:
            self._collect(wait_for=upto - self._arrived)
        while self._judged < upto and self.stop_reason is None:
            loss = float(self._losses[self._judged])
            self._judged += 1
            if not math.isfinite(loss):
                self._stop_at(self._judged, StopReason.NON_FINITE_LOSS)
            elif self._divergence is not None and self._divergence.add(loss):
                self._stop_at(self._judged, StopReason.DIVERGED)

    def _stop_at(self, steps: int, reason: StopReason) -> None:
        self._kept, self.stop_reason = steps, reason
