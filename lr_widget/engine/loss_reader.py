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
        self._open: list[Any] = []  # of the step that is being made: one loss per micro-batch
        self._pending: deque[tuple[list[Any], Any]] = deque()  # (values, event or None)
        self._device: Any = None

    def add(self, loss: Any) -> None:
        """Take the loss of one micro-batch: a tensor with one element, or a number.

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
        if _computed_behind(loss):
            self._device = loss.device
            self._open.append(_start_copy(loss.detach().reshape(())))
        else:
            self._open.append(float(loss.item()))

    def close_step(self) -> None:
        """End the step whose losses have been added: their mean is its loss."""
        on_the_way = any(isinstance(value, torch.Tensor) for value in self._open)
        self._pending.append((self._open, _mark(self._device) if on_the_way else None))
        self._open = []

    def drop_step(self) -> None:
        """Forget the losses added since the last step: no update came of them."""
        self._open = []

    def pop_arrived(self, wait_for: int = 0) -> list[float]:
        """Return the losses of steps that have arrived since the last call, in order.

        Args:
            wait_for: how many of the pending steps to wait for if they have not arrived.
        """
        means: list[float] = []
        while self._pending:
            values, event = self._pending[0]
            if event is not None and not event.query():
                if len(means) >= wait_for:
                    break
                event.synchronize()
            self._pending.popleft()
            means.append(_mean(values))
        return means

    def __len__(self) -> int:
        return len(self._pending)


def _computed_behind(loss: torch.Tensor) -> bool:
    """Tell whether the device may be steps behind the host; reading would wait for it."""
    return bool(loss.is_cuda)


def _start_copy(scalar: torch.Tensor) -> torch.Tensor:
    arrived = torch.empty((), dtype=scalar.dtype, pin_memory=True)
    return arrived.copy_(scalar, non_blocking=True)


def _mark(device: torch.device) -> Any:
    event = torch.cuda.Event()
    event.record(torch.cuda.current_stream(device))
    return event


def _mean(values: list[Any]) -> float:
    numbers = [float(value) for value in values]
    return numbers[0] if len(numbers) == 1 else sum(numbers) / len(numbers)


def _number_to_tensor(loss: Any) -> torch.Tensor:
    if isinstance(loss, (bool, str, bytes)) or not hasattr(loss, "__float__"):
        raise TypeError(f"the loss must be a tensor or a number, got {loss!r}")
    return torch.tensor(float(loss), dtype=torch.float64)
