"""The one wire format for points: what this file encodes, `js/src/source/decode.ts` decodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FLUSH_SECONDS = 0.05  # at most 20 messages a second: each costs about 0.7 kB whatever it carries


def encode_points(*columns: Floats) -> bytes:
    """Return points as little-endian float64: of each its learning rate and loss, in turn.

    Binary, since JSON can carry neither NaN nor infinity.

    Args:
        columns: learning rates and losses, or losses alone; float64, shape `(n,)` each.

    Returns:
        `8 * n` bytes for each column.
    """
    return np.column_stack(columns).astype("<f8").tobytes()


class PointStream:
    """Gathers points and sends them on by time, each exactly once.

    Args:
        send: takes a message's content and its buffers.
        message: what every message says beside where its points begin: its type, and the id of the
            run, since a message can overtake a trait update.
        flush_seconds: least time between two messages.
    """

    def __init__(
        self,
        send: Callable[[dict[str, Any], list[bytes]], None],
        message: Mapping[str, Any],
        flush_seconds: float = FLUSH_SECONDS,
    ) -> None:
        self._send = send
        self._message = message
        self._flush_seconds = flush_seconds
        self._sent = 0
        self._last_flush = -float("inf")

    def offer(self, *columns: Floats) -> None:
        """Send what has come since the last message, unless that was a moment ago.

        Args:
            columns: all points so far, as for `encode_points`.
        """
        if self.is_due:
            self.flush(*columns)

    @property
    def is_due(self) -> bool:
        """Whether the last message was long enough ago for another one."""
        return monotonic() - self._last_flush >= self._flush_seconds

    def flush(self, *columns: Floats) -> None:
        """Send what has come since the last message, now."""
        count = len(columns[0])
        if count <= self._sent:
            return
        points = encode_points(*(column[self._sent :] for column in columns))
        message = {**self._message, "start": self._sent}
        self._sent = count
        self._last_flush = monotonic()
        self._send(message, [points])
