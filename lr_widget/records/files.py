"""Records in JSON files, and as tables of pandas.

JSON knows neither NaN nor infinity: they stand there as words.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Record = TypeVar("Record")

_DAMAGED = (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)

_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def to_json_number(number: float | None) -> float | str | None:
    """Return the number itself, or "nan", "inf" or "-inf"."""
    return number if number is None or math.isfinite(number) else str(float(number))


def from_json_number(number: Any) -> Any:
    """Return what `to_json_number` was given.

    Raises:
        ValueError: it is another word.
    """
    if not isinstance(number, str):
        return number
    if number not in _NOT_FINITE:
        known = ", ".join(repr(word) for word in _NOT_FINITE)
        raise ValueError(f"losses must hold numbers, {known}, got {number!r}")
    return _NOT_FINITE[number]


def write_record(path: str | os.PathLike[str], data: dict[str, Any]) -> None:
    """Write a record; every float comes back to the last bit."""
    text = json.dumps(data, allow_nan=False, indent=1)
    Path(path).write_text(text + "\n", encoding="utf-8")


def read_record(
    path: str | os.PathLike[str], build: Callable[[Any], Record], complaint: str
) -> Record:
    """Return what `build` makes of a file's content.

    Args:
        path: the file.
        build: raises for content that is not of its kind.
        complaint: what is then said of the file, such as "is no saved sweep".

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, or `build` has refused it; the message names it.
    """
    raw = Path(path).read_bytes()
    try:
        return build(json.loads(raw.decode("utf-8")))
    except _DAMAGED as error:
        raise ValueError(f"{os.fspath(path)!r} {complaint}: {error}") from error


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
