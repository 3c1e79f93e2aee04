"""One training run of a candidate, as its loop tells it; it may tell the loop to end early.

As the range test, it drives nothing: a loop that trains by itself reports to it.

    training.begin(batches, metrics)
    for ...:  # epochs
        for ...:  # batches, each with a step
            if not training.batch(loss):
                return
        training.end_epoch(valid_loss, ...)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np

from lr_widget.curves.divergence import Divergence
from lr_widget.engine.loss_reader import LossReader
from lr_widget.records.read_only import Floats
from lr_widget.records.stop_reason import StopReason
from lr_widget.records.trial import Epoch

# A run may rise far above its start at its highest rates and end well below it, and a model that is
# trained already may lose for a while all that it knew. So only an explosion to a hundred
# units above the start ends a run, and no less than 3 above it.
UNITS, LEAST_UNIT = 100.0, 0.03
# One loss that is no number may come of a gradient scaler's search; three in a row stay so.
NOT_FINITE_IN_A_ROW = 3


class Training:
    """One run in progress.

    Args:
        epochs: how many the loop is going to train.
        should_stop: asked after each batch; true ends the run as "stopped".
        on_change: called with this object when there are new losses, or an epoch has ended.
        shielded: a context in which interrupts wait, for the bookkeeping.
        start_losses: of a calm run from the same start, float64, shape `(n,)`: a run that blows up
            within its first steps does not show where it started.

    Attributes:
        ended: why it ended early: diverged, on a non-finite loss, stopped, or not validated; else
            finished.
        batches: per epoch; 0 where nobody knows.
        metrics: their names.
        epochs: what came of those that have ended.
    """

    def __init__(
        self,
        epochs: int,
        *,
        should_stop: Callable[[], bool] = lambda: False,
        on_change: Callable[[Training], None] = lambda _: None,
        shielded: Callable[[], AbstractContextManager[None]] = nullcontext,
        start_losses: Floats | None = None,
    ) -> None:
        self.ended = StopReason.FINISHED
        self.batches = 0
        self.metrics: tuple[str, ...] = ()
        self.epochs: list[Epoch] = []
        self._n_epochs = epochs
        self._losses: list[float] = []
        self._bad = self._epoch_began_at = 0
        self._reader = LossReader()
        self._divergence = Divergence(0, UNITS, LEAST_UNIT)
        self._start_losses = start_losses
        self._should_stop = should_stop
        self._on_change = on_change
        self._shielded = shielded

    @property
    def losses(self) -> Floats:
        """Training losses that have arrived: float64, shape `(n,)`."""
        return np.array(self._losses, dtype=np.float64)

    def begin(self, batches: int, metrics: Sequence[str] = ()) -> None:
        """Take how many batches an epoch has, 0 if unknown, and the names of the metrics."""
        self.batches, self.metrics = batches, tuple(metrics)
        self._divergence = Divergence(
            batches * self._n_epochs, UNITS, LEAST_UNIT, self._start_losses
        )
        self._on_change(self)

    def batch(self, loss: object) -> bool:
        """Take the loss of a batch whose step has been made; return whether to go on.

        Args:
            loss: tensor with one element, on any device, or a number.

        Raises:
            TypeError, ValueError: it is no such thing.
        """
        with self._shielded():
            self._reader.add(loss)
            self._reader.close_step()
            self._collect(wait_for=0)
            if self.ended is StopReason.FINISHED and self._should_stop():
                self.ended = StopReason.STOPPED
        return self.ended is StopReason.FINISHED

    def end_epoch(
        self,
        valid_loss: float,
        *,
        seconds: float,
        train_loss: float | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """Take what an epoch came to.

        Args:
            valid_loss: mean loss over the validation data.
            seconds: how long the epoch took.
            train_loss: of the epoch; None for the mean of its batches.
            metrics: by name.
        """
        with self._shielded():
            self._collect(wait_for=len(self._reader))
            own = self._losses[self._epoch_began_at :]
            self._epoch_began_at = len(self._losses)
            if train_loss is None and own:
                train_loss = sum(own) / len(own)
            self.epochs.append(Epoch(train_loss, float(valid_loss), dict(metrics or {}), seconds))
            self._on_change(self)

    def finish(self, ended: str = StopReason.FINISHED) -> None:
        """Take note that the run is over; a reason found before stays.

        Args:
            ended: one of those that `ended` can be, or its text, such as "not validated".

        Raises:
            ValueError: there is no such reason.
        """
        reason = StopReason(ended)
        self._collect(wait_for=len(self._reader))
        if self.ended is StopReason.FINISHED:
            self.ended = reason

    def _collect(self, wait_for: int) -> None:
        arrived = self._reader.pop_arrived(wait_for)
        for loss in arrived:
            self._losses.append(loss)
            self._bad = 0 if math.isfinite(loss) else self._bad + 1
            if self.ended is not StopReason.FINISHED:
                continue
            if self._bad >= NOT_FINITE_IN_A_ROW:
                self.ended = StopReason.NON_FINITE_LOSS
            elif not self._bad and self._divergence.add(loss):
                self.ended = StopReason.DIVERGED
        if arrived:
            self._on_change(self)
