"""Arithmetic on rates and losses under our own NumPy error mode, not the user's."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def quietly(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Return the function, with floating-point errors ignored while it runs.

    The weight of a far loss underflows, and the losses of a sweep that blows up overflow: both are
    as they should be, and under `np.seterr(all="raise")` would cost a sweep that has gone well.
    """

    # not np.errstate as a decorator: before NumPy 2 that one keeps the mode between threads
    @wraps(function)
    def quiet(*args: Arguments.args, **named: Arguments.kwargs) -> Result:
        with np.errstate(all="ignore"):
            return function(*args, **named)

    return quiet
