"""Arrays and mappings that cannot be changed, and when two arrays hold the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Value = TypeVar("Value")


def read_only(values: Any) -> Floats:
    """Return a float64 copy that cannot be written to."""
    column = np.array(np.asarray(values, dtype=np.float64))  # asarray: for tensors
    column.flags.writeable = False
    return column


def content(values: Floats) -> bytes:
    """Return bytes that are the same for equal arrays: NaN is NaN, and -0.0 is 0.0."""
    return (np.where(np.isnan(values), np.nan, values) + 0.0).tobytes()


class ReadOnly(Mapping[str, Value], Generic[Value]):
    """A mapping that cannot be changed; of the lists and dicts in it, it hands out copies.

    Args:
        held: what it holds, copied.
    """

    __slots__ = ("_held",)

    def __init__(self, held: Mapping[str, Value]) -> None:
        self._held = {key: _copied(value) for key, value in held.items()}

    def __getitem__(self, key: str) -> Value:
        value: Value = _copied(self._held[key])
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**self, **other}

    def __ror__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**other, **self}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._held!r})"


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value
