"""Checks of arguments: every message names the argument, the rule and the value (by repr)."""

from __future__ import annotations

import math
import numbers
from typing import Any


def real(name: str, value: Any) -> float:
    """Return `value` as a finite Python float.

    Args:
        name: the argument's name, for the message.
        value: any real number of Python or NumPy.

    Raises:
        TypeError: `value` is no real number (a bool and a string are none).
        ValueError: `value` is not finite.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    try:
        number = float(value)
    except OverflowError:  # an integer beyond every float
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {value!r}")
    return number


def positive(name: str, value: Any) -> float:
    """Return `value` as a float above 0; a learning rate of 0 has no place on a log axis.

    Raises:
        TypeError: `value` is no real number.
        ValueError: `value` is not finite, or not above 0.
    """
    number = real(name, value)
    if number <= 0:
        raise ValueError(f"{name} must be above 0, got {value!r}")
    return number


def whole(name: str, value: Any, least: int) -> int:
    """Return `value` as an int of at least `least`.

    Raises:
        TypeError: `value` is no integer (a bool is none).
        ValueError: `value` is below `least`.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")
    return int(value)


def flag(name: str, value: Any) -> bool:
    """Return `value` if it is a bool, so that `show="no"` does not count as true.

    Raises:
        TypeError: `value` is no bool.
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return value
