"""What a loop has to answer for the range test; a new kind of loop is one class like this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from lr_widget.range_test import RangeTest
from lr_widget.snapshot import State


class Group(NamedTuple):
    """One parameter group of the optimizer.

    Attributes:
        name: how to call it, from the optimizer, the model or its first parameter.
        frozen: none of its parameters is trainable.
    """

    name: str
    frozen: bool


class Loop(Protocol):
    """One kind of training loop; it knows nothing of widgets.

    Attributes:
        kind: "fastai", "pytorch" or "step": decides which line of code the picker shows.
    """

    kind: str

    def groups(self) -> list[Group]:
        """Return the parameter groups, first layers first; changes nothing."""

    def optimizer_name(self) -> str:
        """Return the class name of the optimizer."""

    def capture(self) -> list[State]:
        """Capture all that `run` may disturb, except the global random states."""

    def generators(self) -> Sequence[Any]:
        """Return the random generators that decide the order of batches, for `seed`."""

    def run(self, test: RangeTest) -> None:
        """Train, asking `test` before each step and telling it the loss after, until it is over."""
