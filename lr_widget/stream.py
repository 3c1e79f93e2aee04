"""The one wire format for points: what this file encodes, `js/src/stream.ts` decodes."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FLUSH_SECONDS = 0.05  # at most 20 messages a second: each costs about 0.7 kB whatever it carries
BYTES_PER_POINT = 16


def encode_points(lrs: Floats, losses: Floats) -> bytes:
    """Return points as little-endian float64, learning rate and loss in turn.

    Binary, since JSON can carry neither NaN nor infinity.

    Args:
        lrs: float64, shape `(n,)`.
        losses: float64, shape `(n,)`.

    Returns:
        `16 * n` bytes.
    """
    return np.column_stack([lrs, losses]).astype("<f8").tobytes()


class PointStream:
    """Gathers points and sends them on by time, each exactly once.

    Args:
        send: takes a message's content and its buffers.
        run: id of the sweep, in every message: a message can overtake a trait update.
        flush_seconds: least time between two messages.
    """

    def __init__(
        self,
        send: Callable[[dict[str, Any], list[bytes]], None],
        run: str,
        flush_seconds: float = FLUSH_SECONDS,
    ) -> None:
        self._send = send
        self._run = run
        self._flush_seconds = flush_seconds
        self._sent = 0
        self._last_flush = -float("inf")

    def offer(self, lrs: Floats, losses: Floats) -> None:
        """Send what has come since the last message, unless that was a moment ago.

        Args:
            lrs: all learning rates so far, float64, shape `(n,)`.
            losses: all losses so far, float64, shape `(n,)`.
        """
        if monotonic() - self._last_flush >= self._flush_seconds:
            self.flush(lrs, losses)

    def flush(self, lrs: Floats, losses: Floats) -> None:
        """Send what has come since the last message, now."""
        if len(lrs) <= self._sent:
            return
        points = encode_points(lrs[self._sent :], losses[self._sent :])
        message = {"type": "points", "run": self._run, "start": self._sent}
        self._sent = len(lrs)
        self._last_flush = monotonic()
        self._send(message, [points])
