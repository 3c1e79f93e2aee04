"""Points and numbers on the wire: what this file encodes, `js/src/source/decode.ts` decodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import numpy as np

from lr_widget.records.read_only import Floats

FLUSH_SECONDS = 0.05  # at most 20 messages a second: each costs about 0.7 kB whatever it carries
REPEAT_MESSAGES = 20  # at least one of so many repeats the losses before it
REPEAT_BYTES = (
    70  # more often while that is at most so many bytes a message, a tenth of what it costs
)


def encode_points(*columns: Floats) -> bytes:
    """Return points as little-endian float64: of each its learning rate and loss, in turn.

    Binary, since JSON can carry neither NaN nor infinity.

    Args:
        columns: learning rates and losses, or losses alone; float64, shape `(n,)` each.

    Returns:
        `8 * n` bytes for each column.
    """
    return np.column_stack(columns).astype("<f8").tobytes()


def encode_losses(losses: Floats) -> bytes:
    """Return losses as little-endian float32, `4 * n` bytes: enough to draw them until the end."""
    with np.errstate(over="ignore"):  # a loss beyond float32 is drawn as an infinite one
        return losses.astype("<f4").tobytes()


class PointStream:
    """Gathers points and sends them on by time, each exactly once.

    A page may miss messages: one that comes late, or whose host drops some. Nor can it ask for
    them, since a kernel reads no message while a cell runs. So some messages carry, as a second
    buffer, the losses of all points before theirs: the first ones each, later at least every
    twentieth. The page knows their rates, which are planned. That is 4 bytes a loss: of a sweep of
    1,000 points at 50 a second some 40 bytes a point, beside 240; of 10,000, 400.

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
        self._since_repeat = 0

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
        buffers = [points, *self._repeated(columns[-1][: self._sent])]
        self._sent = count
        self._last_flush = monotonic()
        self._send(message, buffers)

    def _repeated(self, losses: Floats) -> list[bytes]:
        """Return the losses that were sent before, if it is time to repeat them, as one buffer."""
        self._since_repeat += 1
        cheap = 4 * len(losses) <= self._since_repeat * REPEAT_BYTES
        if len(losses) == 0 or not (cheap or self._since_repeat >= REPEAT_MESSAGES):
            return []
        self._since_repeat = 0
        return [encode_losses(losses)]
