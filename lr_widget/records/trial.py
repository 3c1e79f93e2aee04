"""One trial: a short real training run of one candidate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lr_widget.records.pick import Pick

FINISHED = "finished"
ENDINGS = (FINISHED, "diverged", "non-finite loss", "not validated", "stopped")

Floats = npt.NDArray[np.float64]


class Epoch(NamedTuple):
    """What one epoch of training came to.

    Attributes:
        train_loss: of the epoch; fastai's is its smoothed one, elsewhere the mean over the batches;
            None where the loop tells none.
        valid_loss: at the end of the epoch.
        metrics: by name.
        seconds: how long it took, validation included.
    """

    train_loss: float | None
    valid_loss: float
    metrics: Mapping[str, float]
    seconds: float


class Trial(NamedTuple):
    """One training run of one candidate.

    Attributes:
        name: "A", "B", ... in the order given.
        pick: the two rates it trained with.
        seed: 0 for the random state that the model's start had, else what Python, NumPy, torch and
            the loader were seeded with.
        train_losses: raw loss of every batch, float64, shape `(n,)`; empty for `fit=fn`.
        epochs: those that it finished.
        ended: "finished", "diverged", "non-finite loss", "not validated" or "stopped".
        group_lrs: the highest rate of each parameter group, first layers first: what a scheduler of
            PyTorch takes.
    """

    name: str
    pick: Pick
    seed: int
    train_losses: Floats
    epochs: tuple[Epoch, ...]
    ended: str = FINISHED
    group_lrs: tuple[float, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether it trained to its end, and ended on a number."""
        return self.ended == FINISHED and math.isfinite(self.valid_loss)

    @property
    def valid_loss(self) -> float:
        """Validation loss at its end; NaN if it did not get there."""
        return self.epochs[-1].valid_loss if self.epochs and self.ended == FINISHED else math.nan

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of its last epoch, by name."""
        return dict(self.epochs[-1].metrics) if self.epochs else {}

    @property
    def seconds(self) -> float:
        """How long its epochs took."""
        return sum(epoch.seconds for epoch in self.epochs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trial) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        # NaN is what it is, and arrays do not compare as one
        losses, epochs = self.train_losses.tobytes(), repr(self.epochs)
        return (self.name, self.pick, self.seed, losses, epochs, self.ended, self.group_lrs)
