"""Brings losses from the device to the host, in order, without stalling the device."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np
import torch


def check_loss(loss: Any, name: str = "the loss") -> None:
    """Check that a loss is one real number, of whatever kind; on a device it is not read.

    Args:
        loss: what is to be the loss of a step.
        name: what it is called, for the message.

    Raises:
        TypeError: it is no number, or a complex one.
        ValueError: it has more or less than one element.
    """
    if isinstance(loss, (torch.Tensor, np.ndarray)):
        if math.prod(loss.shape) != 1:
            raise ValueError(
                f"{name} must be a tensor with one element, such as a mean, got shape "
                f"{tuple(loss.shape)!r}"
            )
        real = not loss.is_complex() if isinstance(loss, torch.Tensor) else loss.dtype.kind in "fiu"
        if not real:
            raise TypeError(f"{name} must be a real number, got {loss!r}")
    elif (
        isinstance(loss, (bool, str, bytes))
        or not hasattr(loss, "__float__")
        or np.iscomplexobj(loss)
    ):
        raise TypeError(f"{name} must be a tensor or a number, got {loss!r}")


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
        """Take the loss of one micro-batch: a tensor or array with one element, or a number.

        Raises:
            TypeError: it is neither.
            ValueError: it has more or less than one element.
        """
        check_loss(loss)
        if not isinstance(loss, torch.Tensor):
            self._open.append(float(loss.item() if hasattr(loss, "item") else loss))
        elif _computed_behind(loss):
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
    arrived = torch.empty((), dtype=scalar.dtype, device="cpu", pin_memory=True)
    return arrived.copy_(scalar, non_blocking=True)


def _mark(device: torch.device) -> Any:
    event = torch.cuda.Event()
    event.record(torch.cuda.current_stream(device))
    return event


def _mean(values: list[Any]) -> float:
    numbers = [float(value) for value in values]
    return numbers[0] if len(numbers) == 1 else sum(numbers) / len(numbers)
