"""Putting many states back: none that fails keeps the others from coming back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from lr_widget.snapshot.states import State, TensorState


class Interruption(Exception):  # noqa: N818  no error of ours
    """A handler of a signal has raised during the restore; its cause is what it raised."""


def restore_each(states: Iterable[State], failures: list[BaseException]) -> None:
    """Put states back one after the other; note what has failed, and go on."""
    for state in states:
        try:
            state.restore()
        except BaseException as error:  # noqa: BLE001  raised at the end
            failures.append(_try_again(state, error))


def _try_again(state: State, error: BaseException) -> BaseException:
    """Restore once more what failed, and return what has come of it.

    It may have been the handler of a signal (SIGTERM, an alarm) that raised, in the middle.
    """
    try:
        state.restore()
    except BaseException as second:  # noqa: BLE001  raised at the end
        return second
    interruption = Interruption()
    interruption.__cause__ = error
    return interruption


def clear_all(containers: list[Any]) -> None:
    """Empty containers that were empty."""
    for container in containers:
        if container:
            container.clear()


def restore_tensors(states: Iterable[TensorState], failures: list[BaseException]) -> None:
    """Put tensors back, their bits all at once; note what has failed, and go on."""
    to_write = []
    for state in states:
        try:
            if state.restore_form():
                to_write.append(state)
        except BaseException as error:  # noqa: BLE001  raised at the end
            failures.append(_try_again(state, error))
    try:  # all at once, which is faster where there are many
        with torch.no_grad():
            torch._foreach_copy_([s.elements for s in to_write], [s.bits for s in to_write])
    except BaseException as error:  # noqa: BLE001  one of a kind that this does not take, or a signal
        restore_each(to_write, failures)
        if not isinstance(error, Exception):
            interruption = Interruption()
            interruption.__cause__ = error
            failures.append(interruption)
