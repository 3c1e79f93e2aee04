"""Numbers in JSON, which knows neither NaN nor infinity: they stand there as words."""

from __future__ import annotations

import math
from typing import Any

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
