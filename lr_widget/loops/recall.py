"""How a picker remembers what was swept, without keeping a model alive that nobody else uses.

ipywidgets keeps every open widget for the kernel's life. So a picker holds its Learner, or model
and optimizer, weakly; only those of the last sweep are held here, since nothing else may hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lr_widget.loops.protocol import Loop

_latest: list[Loop] = []  # one at most


class Recall:
    """A loop that has been swept.

    Args:
        loop: the loop; a method `recall` returns a function that makes it again out of what it
            holds weakly, and returns None if that is gone.
        also: the other objects to put back.
    """

    def __init__(self, loop: Loop, also: Sequence[Any]) -> None:
        recall = getattr(loop, "recall", None)
        self._make: Callable[[], Loop | None] = recall() if recall else lambda: loop
        self.also = also
        _latest[:] = [loop]

    def loop(self) -> Loop:
        """Return the loop.

        Raises:
            ValueError: what was swept is gone.
        """
        loop = self._make()
        if loop is None:
            raise ValueError(
                "the model that was swept must still be there, but nothing holds it any more: keep "
                "the Learner, or the model and its optimizer, in a variable"
            )
        return loop
