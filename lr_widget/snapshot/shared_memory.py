"""Numbers in memory that processes share: a `multiprocessing.Value` by which workers are told."""

from __future__ import annotations

import ctypes
from typing import Any

# of `ctypes`: all of these are numbers; others point to something
NUMBERS = frozenset("bBhHiIlLqQfd?")


def shared_numbers(thing: Any) -> Any:
    """Return the numbers in a `Value` or `Array` of multiprocessing, None if it is another thing.

    By the name of its module, so that nobody pays for its import.
    """
    if type(thing).__module__ != "multiprocessing.sharedctypes" or not hasattr(thing, "get_obj"):
        return None
    numbers = thing.get_obj()
    kind = getattr(type(numbers), "_type_", None)  # of an array the class of its items
    return numbers if getattr(kind, "_type_", kind) in NUMBERS else None


class SharedState:
    """What such numbers are.

    Their lock is not taken: a worker that was killed in the sweep may have it.
    """

    __slots__ = ("_content", "_numbers")

    def __init__(self, numbers: Any) -> None:
        self._numbers = numbers
        self._content = ctypes.string_at(ctypes.addressof(numbers), ctypes.sizeof(numbers))

    def restore(self) -> None:
        """Put them back into the same memory."""
        ctypes.memmove(ctypes.addressof(self._numbers), self._content, len(self._content))
