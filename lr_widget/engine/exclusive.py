"""One sweep or trial at a time: two would share the random states, if not the model."""

from __future__ import annotations

import threading

_running = threading.Lock()


class Alone:
    """A block that one thread at a time is in.

    A class, since contextlib writes on the exceptions that pass: some allow nobody to.

    Args:
        name: of the function that was called, for the message.

    Raises:
        ValueError: another one is in it.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        if not _running.acquire(blocking=False):
            raise ValueError(
                f"{self._name} must not be called while another sweep runs, and one does"
            )

    def __exit__(self, *error: object) -> None:
        _running.release()
