"""The record of one range test."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lr_widget.records.files import FileFormat, import_pandas, read_numbers, write_numbers
from lr_widget.records.read_only import Floats, content, read_only
from lr_widget.records.settings import SweepSettings
from lr_widget.records.stop_reason import StopReason, read_reason

FILES = FileFormat("lr_widget sweep", 1, "is no saved sweep")


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Sweep:
    """What one range test recorded: it cannot be changed, compares by content, is saved as JSON.

    Args:
        lrs: learning rate of every step: finite, above 0, rising; shape `(n,)`.
        losses: raw loss of every step before its update, never smoothed; shape `(n,)`;
            may hold NaN and infinities. Units: those of the loss function.
        optimizer: class name of the optimizer, such as `"AdamW"`, or None.
        stop_reason: "finished", "diverged", "non-finite loss", "stopped", "interrupted"
            or "error: ...", whose end is the attribute `error`.
        settings: how the range test was called (`start_lr`, `end_lr`, `num_it`, ...).
        groups: name of every parameter group, first layers first; empty if unknown.
        started: when the sweep began, ISO 8601 with a time zone, or None.
        label: the user's name for it, or None.

    Raises:
        TypeError: `lrs` or `losses` are no sequences of numbers, or another argument is of the
            wrong kind.
        ValueError: their lengths differ, or a rate is not finite, not above 0 or falling.
    """

    __slots__ = (
        "groups",
        "label",
        "losses",
        "lrs",
        "optimizer",
        "settings",
        "started",
        "stop_reason",
    )

    lrs: Floats
    losses: Floats
    optimizer: str | None
    stop_reason: str
    settings: SweepSettings
    groups: tuple[str, ...]
    started: str | None
    label: str | None

    def __init__(
        self,
        lrs: Sequence[float] | Floats,
        losses: Sequence[float] | Floats,
        optimizer: str | None = None,
        *,
        stop_reason: str = StopReason.FINISHED.value,
        settings: Mapping[str, Any] | None = None,
        groups: Sequence[str] = (),
        started: str | None = None,
        label: str | None = None,
    ) -> None:
        rates, values = _column("lrs", lrs), _column("losses", losses)
        _check_columns(rates, values)
        held = {
            "lrs": rates,
            "losses": values,
            "optimizer": _text_or_none("optimizer", optimizer),
            "stop_reason": _text("stop_reason", stop_reason),
            "settings": SweepSettings(settings),
            "groups": _checked_groups(groups),
            "started": _text_or_none("started", started),
            "label": _text_or_none("label", label),
        }
        for name, value in held.items():
            object.__setattr__(self, name, value)  # frozen for everybody else

    @property
    def error(self) -> str | None:
        """Class and text of the error that ended it, "RuntimeError: out of memory"; else None."""
        return read_reason(self.stop_reason)[1]

    def __len__(self) -> int:
        return len(self.lrs)

    def __repr__(self) -> str:
        if not len(self):
            return f"Sweep(0 steps, {self.stop_reason!r})"
        return (
            f"Sweep({len(self)} steps, lr {self.lrs[0]:.1e} to {self.lrs[-1]:.1e}, "
            f"{self.stop_reason!r})"
        )

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Sweep)
            and self._key() == other._key()
            and self.settings == other.settings
        )

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        columns = content(self.lrs), content(self.losses)
        texts = self.optimizer, self.stop_reason, self.groups, self.started, self.label
        return columns, texts

    def __reduce__(self) -> tuple[Any, ...]:  # for copies, and for other processes
        return Sweep._from_json, (self._to_json(),)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the sweep as JSON (format 1); every float comes back to the last bit."""
        FILES.write(path, self._to_json())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Sweep:
        """Read a sweep that `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is damaged, of another kind, or of a newer format; the
                message names it.
        """
        return FILES.read(path, cls._from_json)

    def to_frame(self) -> Any:
        """Return a pandas `DataFrame`: a row per step (index "step", from 0), columns lr and loss.

        Raises:
            ImportError: pandas is not installed.
        """
        pd = import_pandas()
        steps = pd.RangeIndex(len(self), name="step")
        return pd.DataFrame({"lr": self.lrs.copy(), "loss": self.losses.copy()}, index=steps)

    def _to_json(self) -> dict[str, Any]:
        return {
            **FILES.head(),
            "lrs": write_numbers(self.lrs),
            "losses": write_numbers(self.losses),
            "optimizer": self.optimizer,
            "stop_reason": self.stop_reason,
            "settings": dict(self.settings),
            "groups": list(self.groups),
            "started": self.started,
            "label": self.label,
        }

    @classmethod
    def _from_json(cls, data: Any) -> Sweep:
        FILES.checked(data)
        missing = {"lrs", "losses"} - data.keys()
        if missing:
            raise ValueError(f"it has no {' and no '.join(sorted(missing))}")
        return cls(
            read_numbers("lrs", data["lrs"]),
            read_numbers("losses", data["losses"]),
            data.get("optimizer"),
            stop_reason=data.get("stop_reason", StopReason.FINISHED.value),
            settings=data.get("settings"),
            groups=data.get("groups", ()),
            started=data.get("started"),
            label=data.get("label"),
        )


def groups_of(sweep: Sweep) -> list[tuple[str, bool]]:
    """Return the name of each parameter group, and whether it was frozen, if that is known."""
    frozen = sweep.settings.frozen
    if len(frozen) != len(sweep.groups):
        frozen = (False,) * len(sweep.groups)
    return list(zip(sweep.groups, frozen, strict=True))


def status_of(sweep: Sweep) -> str:
    """Return "finished", "stopped" or "failed": what the picker's status is after this sweep."""
    reason, _ = read_reason(sweep.stop_reason)
    if reason in (StopReason.STOPPED, StopReason.INTERRUPTED):
        return "stopped"
    return "failed" if reason is StopReason.ERROR else "finished"


def _column(name: str, values: Any) -> Floats:
    """Return a read-only float64 copy of `values`, shape `(n,)`."""
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
        raise TypeError(f"{name} must be a sequence of numbers, got {values!r}")
    try:
        numbers = _without_tensors(values)
        if _has_others(numbers):
            raise TypeError("there is something else among them")  # noqa: TRY301  said below
        column = read_only(numbers)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise TypeError(f"{name} must hold numbers only, got {values!r:.200}") from error
    if column.ndim != 1:
        raise ValueError(f"{name} must have one dimension, got shape {column.shape!r}")
    return column


def _without_tensors(values: Any) -> Any:
    """Return the numbers of a tensor or of a list of them, on any device, with a graph or not."""
    if hasattr(values, "detach"):
        return values.detach().tolist()
    if not any(hasattr(value, "detach") for value in values):
        return values
    return [_number_of(value) if hasattr(value, "detach") else value for value in values]


def _number_of(tensor: Any) -> Any:
    return tensor.item() if tensor.numel() == 1 else tensor.tolist()


def _has_others(values: Any) -> bool:
    others = (str, bytes, bool, complex)
    listed = values if hasattr(values, "__iter__") else ()
    return np.iscomplexobj(values) or any(
        isinstance(value, others) or value is None for value in listed
    )


def _check_columns(lrs: Floats, losses: Floats) -> None:
    if len(lrs) != len(losses):
        raise ValueError(
            f"lrs and losses must have the same length, got {len(lrs)!r} and {len(losses)!r}"
        )
    bad = lrs[~(np.isfinite(lrs) & (lrs > 0))]
    if bad.size:
        raise ValueError(f"lrs must be finite and above 0, got {float(bad[0])!r}")
    falls = np.flatnonzero(np.diff(lrs) < 0)
    if falls.size:
        i = int(falls[0])
        raise ValueError(f"lrs must not fall, got {float(lrs[i])!r} then {float(lrs[i + 1])!r}")


def _checked_groups(groups: Any) -> tuple[str, ...]:
    if isinstance(groups, str) or not isinstance(groups, Sequence):
        raise TypeError(f"groups must be a list of strings, got {groups!r}")
    return tuple(_text("groups", name) for name in groups)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, got {value!r}")
    return value


def _text_or_none(name: str, value: Any) -> str | None:
    return None if value is None else _text(name, value)
