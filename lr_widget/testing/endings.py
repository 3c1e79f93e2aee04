"""The ways in which a sweep ends, and what is to come of each."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any, NamedTuple

import ipywidgets

from lr_widget.testing.rig import Plant

MESSAGE = "on purpose"


class Ending(NamedTuple):
    """One ending.

    Attributes:
        plants: what makes the sweep end.
        status: of the picker, afterwards.
        reason: the record's stop reason.
        raised: what `lr_find` raises, or None.
    """

    plants: tuple[Plant, ...]
    status: str
    reason: str
    raised: type[BaseException] | None = None


def times(factor: float) -> Callable[[Any], Any]:
    """Return an act that multiplies the loss."""
    return lambda loss: loss * factor


def fail(error: BaseException) -> Callable[[Any], Any]:
    """Return an act that raises."""

    def act(_value: Any) -> Any:
        raise error

    return act


def interrupt(value: Any) -> Any:
    """Press Ctrl-C: a real signal, to this process."""
    signal.raise_signal(signal.SIGINT)
    return value


def twice(value: Any) -> Any:
    """Press it again at once; the second finds the first still on its way out."""
    try:
        interrupt(value)
    finally:
        interrupt(value)
    return value


def close_widgets(value: Any) -> Any:
    """Close the picker, and every other widget."""
    ipywidgets.Widget.close_all()
    return value


def _failing(kind: type[BaseException], place: str, at: int) -> Ending:
    stopped = kind is KeyboardInterrupt
    reason = "interrupted" if stopped else f"error: {kind.__name__}: {MESSAGE}"
    plant = Plant(place, at, fail(kind(MESSAGE)))
    return Ending((plant,), "stopped" if stopped else "failed", reason, kind)


def _interrupted(*plants: Plant) -> Ending:
    return Ending(plants, "stopped", "interrupted", KeyboardInterrupt)


def _once(place: str, at: int, act: Callable[[Any], Any]) -> Plant:
    """Return a plant that acts a single time."""
    acted: list[Any] = []

    def act_once(value: Any) -> Any:
        if acted:
            return value
        acted.append(value)
        return act(value)

    return Plant(place, at, act_once)


def _in_loss_and_restore() -> tuple[Plant, Plant]:
    """Return plants that press Ctrl-C in a loss, and in the restore that comes of it.

    Trials restore before, too: after the start has been validated.
    """
    pressed: list[Any] = []

    def press(value: Any) -> Any:
        pressed.append(value)
        return interrupt(value)

    def press_again(value: Any) -> Any:
        return press(value) if len(pressed) == 1 else value

    return _once("loss", 12, press), Plant("restore", 1, press_again)


def make_endings() -> dict[str, Ending]:
    """Return all endings by name; afresh, since some plants act only once."""
    finished = ("finished", "finished")
    return {
        "finish": Ending((), *finished),
        "divergence": Ending((Plant("loss", 14, times(1e4)),), "finished", "diverged"),
        "NaN": Ending((Plant("loss", 12, times(float("nan"))),), "finished", "non-finite loss"),
        "inf": Ending((Plant("loss", 12, times(float("inf"))),), "finished", "non-finite loss"),
        "NaN in the last step": Ending(
            (Plant("loss", 24, times(float("nan"))),), "finished", "non-finite loss"
        ),
        "widgets closed": Ending((_once("loss", 12, close_widgets),), *finished),
        **{
            f"{kind.__name__} in the {place} at {at}": _failing(kind, place, at)
            for kind, place, at in [
                (ValueError, "model", 12),
                (ValueError, "loss", 12),
                (ValueError, "loader", 45),
                (ValueError, "optimizer", 12),
                (RuntimeError, "loss", 1),
                (RuntimeError, "model", 24),
                (StopIteration, "loss", 12),
                (StopIteration, "model", 12),
                (IndexError, "loss", 12),
                (GeneratorExit, "model", 12),
                (KeyboardInterrupt, "loss", 12),
                (KeyboardInterrupt, "loader", 45),
                (SystemExit, "model", 12),
                (MemoryError, "model", 12),
            ]
        },
        **{
            f"Ctrl-C in the {place}": _interrupted(_once(place, at, interrupt))
            for place, at in [
                ("loader", 45),
                ("model", 12),
                ("loss", 1),
                ("optimizer", 12),
                ("bookkeeping", 12),
            ]
        },
        "Ctrl-C twice in the model": _interrupted(_once("model", 12, twice)),
        "Ctrl-C in the loss and in the restore": _interrupted(*_in_loss_and_restore()),
        "Ctrl-C in the restore": Ending(
            (_once("restore", 5, interrupt),), *finished, KeyboardInterrupt
        ),
        "Ctrl-C twice in the restore": Ending(
            (_once("restore", 1, twice),), *finished, KeyboardInterrupt
        ),
    }


ENDINGS = tuple(make_endings())
