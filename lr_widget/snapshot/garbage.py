"""No search for garbage while a snapshot is made: thousands of objects are, and all are kept."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collecting() -> Iterator[None]:
    """A block in which Python does not look for garbage by itself, unless it did not anyway.

    It looks after every few hundred new objects, which took a third of the time of a walk.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
