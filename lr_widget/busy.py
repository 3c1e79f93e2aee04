"""One sweep or trial at a time: two would share the random states, if not the model."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_running = threading.Lock()


@contextmanager
def alone(name: str) -> Iterator[None]:
    """A block that one thread at a time is in.

    Args:
        name: of the function that was called, for the message.

    Raises:
        ValueError: another one is in it.
    """
    if not _running.acquire(blocking=False):
        raise ValueError(f"{name} must not be called while another sweep runs, and one does")
    try:
        yield
    finally:
        _running.release()
