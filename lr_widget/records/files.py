"""Records in JSON files, and as tables of pandas.

JSON knows neither NaN nor infinity: they stand there as words.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from lr_widget.records.read_only import Floats

Record = TypeVar("Record")

_DAMAGED = (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)

_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


@dataclass(frozen=True)
class FileFormat:
    """How one kind of record stands in files: JSON that begins with its format and its kind.

    Attributes:
        kind: such as "lr_widget sweep".
        number: of the format; no other one is read.
        complaint: what is said of a file that holds no such record, such as "is no saved sweep".
    """

    kind: str
    number: int
    complaint: str

    def head(self) -> dict[str, Any]:
        """Return what a file begins with."""
        return {"format": self.number, "kind": self.kind}

    def checked(self, data: Any) -> dict[str, Any]:
        """Return a file's content, whatever more it has than is known.

        Raises:
            ValueError: it is of another kind, or of another format.
        """
        if not isinstance(data, dict) or "format" not in data:
            raise ValueError('it has no "format"')
        if data.get("kind", self.kind) != self.kind:
            raise ValueError(f"kind must be {self.kind!r}, got {data['kind']!r}")
        if type(data["format"]) is not int or data["format"] != self.number:
            raise ValueError(f"format must be {self.number}, got {data['format']!r}")
        return data

    def write(self, path: str | os.PathLike[str], data: dict[str, Any]) -> None:
        """Write a record; every float comes back to the last bit."""
        text = json.dumps(data, allow_nan=False, indent=1)
        Path(path).write_text(text + "\n", encoding="utf-8")

    def read(self, path: str | os.PathLike[str], build: Callable[[Any], Record]) -> Record:
        """Return what `build` makes of a file's content.

        Args:
            path: the file.
            build: raises for content that is not of its kind.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is damaged, or `build` has refused it; the message names it.
        """
        raw = Path(path).read_bytes()
        try:
            return build(json.loads(raw.decode("utf-8")))
        except _DAMAGED as error:
            raise ValueError(f"{os.fspath(path)!r} {self.complaint}: {error}") from error


def write_number(number: float | None) -> float | str | None:
    """Return the number itself, or "nan", "inf" or "-inf", as JSON takes it."""
    if number is None:
        return None
    return float(number) if math.isfinite(number) else str(float(number))


def read_number(name: str, value: Any) -> float:
    """Return what `write_number` was given, but None.

    Args:
        name: of the entry, for the message.
        value: as JSON has it.

    Raises:
        TypeError: it is no number.
        ValueError: it is another word, or a number beyond every float.
    """
    if isinstance(value, str):
        if value not in _NOT_FINITE:
            known = ", ".join(repr(word) for word in _NOT_FINITE)
            raise ValueError(f"{name} must hold numbers, {known}, got {value!r}")
        return _NOT_FINITE[value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must hold numbers only, got {value!r:.200}")
    try:
        return float(value)
    except OverflowError as error:
        rule = f"{name} must hold numbers only, each within a float's range"
        raise ValueError(f"{rule}, got {value!r:.50}") from error


def write_numbers(values: Floats) -> list[float | str | None]:
    """Return an array of shape `(n,)` as JSON takes it."""
    return [write_number(value) for value in values.tolist()]


def read_numbers(name: str, values: Any) -> Floats:
    """Return what `write_numbers` was given.

    Raises:
        TypeError, ValueError: as for `read_number`, or it is no list.
    """
    if not isinstance(values, list):
        raise TypeError(f"{name} must be a list, got {values!r:.200}")
    return np.array([read_number(name, value) for value in values], dtype=np.float64)


def import_pandas() -> Any:
    """Return the module.

    Raises:
        ImportError: it is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("to_frame needs pandas, which is not installed") from error
    return pd
