"""How a picker remembers what was swept, without keeping a model alive that nobody else uses.

ipywidgets keeps every open widget for the kernel's life, and a graphics card has no room for the
models of the morning. So model, optimizer and Learner are held weakly; loader and loss function are
not, and a loss function that closes over a model keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lr_widget.loops.protocol import BaseLoop, completed, weakly


class Recall:
    """A loop that has been swept.

    Args:
        loop: the loop; `recall` says how it is made again.
        also: the other objects to put back.
    """

    def __init__(self, loop: BaseLoop, also: Sequence[Any]) -> None:
        self._make = loop.recall()
        self._also = [weakly(thing) for thing in also]

    def loop(self) -> BaseLoop:
        """Return the loop.

        Raises:
            ValueError: what was swept is gone.
        """
        loop = self._make()
        if loop is None:
            raise ValueError(
                "the model that was swept must still be there, but nothing holds it any more: keep "
                "the Learner, the trainer and its module, the model and its optimizer, or your "
                "loop, in a variable"
            )
        return completed(loop)

    def also(self) -> list[Any]:
        """Return those of the other objects that are still there."""
        return [thing for make in self._also if (thing := make()) is not None]
