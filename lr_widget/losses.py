"""Brings losses from the device to the host, in order, without stalling the device."""

from __future__ import annotations

from collections import deque
from typing import Any

import torch


class LossReader:
    """A queue of losses on their way to the host.

    On CUDA a loss is copied into pinned memory behind the work that computes it, and an event
    says when it has arrived; reading it at once instead, as `loss.item()` does, would make the
    host wait until the device has finished the step. On a CPU the loss is there already.
    """

    def __init__(self) -> None:
        self._pending: deque[tuple[Any, Any]] = deque()  # (value, event or None)

    def push(self, loss: Any) -> None:
        """Take the loss of one step: a tensor with one element, or a number.

        Raises:
            TypeError: it is neither.
            ValueError: it is a tensor with more or less than one element.
        """
        if not isinstance(loss, torch.Tensor):
            loss = _number_to_tensor(loss)
        if loss.numel() != 1:
            raise ValueError(
                f"the loss must be a tensor with one element, got shape {tuple(loss.shape)!r}"
            )
        scalar = loss.detach().reshape(())
        if scalar.device.type != "cuda":
            self._pending.append((float(scalar), None))
            return
        arrived = torch.empty((), dtype=scalar.dtype, pin_memory=True)
        arrived.copy_(scalar, non_blocking=True)
        event = torch.cuda.Event()
        event.record(torch.cuda.current_stream(scalar.device))
        self._pending.append((arrived, event))

    def pop_arrived(self, wait_for: int = 0) -> list[float]:
        """Return the losses that have arrived since the last call, in order.

        Args:
            wait_for: how many of the pending losses to wait for if they have not arrived.
        """
        values: list[float] = []
        while self._pending:
            value, event = self._pending[0]
            if event is not None and not event.query():
                if len(values) >= wait_for:
                    break
                event.synchronize()
            self._pending.popleft()
            values.append(float(value))
        return values

    def __len__(self) -> int:
        return len(self._pending)


def _number_to_tensor(loss: Any) -> torch.Tensor:
    if isinstance(loss, (bool, str, bytes)) or not hasattr(loss, "__float__"):
        raise TypeError(f"the loss must be a tensor or a number, got {loss!r}")
    return torch.tensor(float(loss), dtype=torch.float64)
