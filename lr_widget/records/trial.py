"""One trial: a short real training run of one candidate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from lr_widget.records.pick import Pick
from lr_widget.records.read_only import Floats, ReadOnly, content, read_only
from lr_widget.records.stop_reason import StopReason


@dataclass(frozen=True, eq=False)
class Epoch:
    """What one epoch of training came to; two are equal if they hold the same, NaN included.

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

    def __post_init__(self) -> None:
        object.__setattr__(self, "metrics", ReadOnly(self.metrics))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Epoch) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        losses = tuple(map(_comparable, (self.train_loss, self.valid_loss, self.seconds)))
        return losses, frozenset((name, _comparable(x)) for name, x in self.metrics.items())


@dataclass(frozen=True, eq=False)
class Trial:
    """One training run of one candidate; two are equal if they hold the same, NaN included.

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
    ended: str = StopReason.FINISHED.value
    group_lrs: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "train_losses", read_only(self.train_losses))
        object.__setattr__(self, "epochs", tuple(self.epochs))
        object.__setattr__(self, "group_lrs", tuple(self.group_lrs))

    @property
    def finished(self) -> bool:
        """Whether it trained to its end, and ended on a number."""
        return self.ended == StopReason.FINISHED and math.isfinite(self.valid_loss)

    @property
    def valid_loss(self) -> float:
        """Validation loss at its end; NaN if it did not get there."""
        there = self.epochs and self.ended == StopReason.FINISHED
        return self.epochs[-1].valid_loss if there else math.nan

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

    def __reduce__(self) -> tuple[Any, ...]:  # a copied array could be written to
        return Trial, tuple(getattr(self, field.name) for field in fields(self))

    def _key(self) -> tuple[object, ...]:
        losses = content(self.train_losses)
        return (self.name, self.pick, self.seed, losses, self.epochs, self.ended, self.group_lrs)


def _comparable(number: float | None) -> float | str | None:
    """Return what is equal to itself also for NaN."""
    return "nan" if number is not None and math.isnan(number) else number
