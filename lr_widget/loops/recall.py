"""How a picker remembers what was swept, without keeping a model alive that nobody else uses.

ipywidgets keeps every open widget for the kernel's life, and a graphics card has no room for the
models of the morning. So model, optimizer and Learner are held weakly; loader and loss function are
not, and a loss function that closes over a model keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import ref

from lr_widget.loops.protocol import Loop


class Recall:
    """A loop that has been swept.

    Args:
        loop: the loop. A method `recall` returns a function that makes it again out of what it
            holds weakly, or returns None if that is gone; without one the loop is held weakly.
        also: the other objects to put back.
    """

    def __init__(self, loop: Loop, also: Sequence[Any]) -> None:
        recall = getattr(loop, "recall", None)
        self._make: Callable[[], Loop | None] = recall() if recall else weakly(loop)
        self._also = [weakly(thing) for thing in also]

    def loop(self) -> Loop:
        """Return the loop.

        Raises:
            ValueError: what was swept is gone.
        """
        loop = self._make()
        if loop is None:
            raise ValueError(
                "the model that was swept must still be there, but nothing holds it any more: keep "
                "the Learner, or the model and its optimizer, or your loop, in a variable"
            )
        return loop

    def also(self) -> list[Any]:
        """Return those of the other objects that are still there."""
        return [thing for make in self._also if (thing := make()) is not None]


def weakly(thing: Any) -> Callable[[], Any]:
    """Return a function that returns the thing, or None if it is gone."""
    try:
        return ref(thing)
    except TypeError:  # of a kind that cannot be: then it is small, such as a generator
        return lambda: thing
