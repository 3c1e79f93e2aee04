"""What a callback is, by its class or by what it says of itself. The same for every trainer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

RUNS = "runs_in_lr_find"  # a callback with an attribute of this name decides for itself


def wish_of(callback: Any) -> bool | None:
    """Return whether a callback wants to run in a sweep; None if it says nothing.

    It is asked for what it or its class has: some pass on to others what they do not have (fastai's
    to the learner).
    """
    has_one = RUNS in getattr(callback, "__dict__", {}) or hasattr(type(callback), RUNS)
    wish = getattr(callback, RUNS) if has_one else None
    return None if wish is None else bool(wish)


def is_named(callback: Any, names: frozenset[str], packages: Iterable[str]) -> bool:
    """Tell whether a callback's class, or a base of it, has a name, and is of one of the packages.

    By the name, so that nothing is imported for it.
    """
    return any(
        kind.__name__ in names and _is_within(kind.__module__, packages)
        for kind in type(callback).__mro__
    )


def is_from(callback: Any, modules: Iterable[str]) -> bool:
    """Tell whether a callback's class, or a base of it, is of one of the modules, or below it."""
    return any(_is_within(kind.__module__, modules) for kind in type(callback).__mro__)


def named_in_words(callbacks: Iterable[Any]) -> str:
    """Return which callbacks they are, for an error; "" if there are none."""
    return " or ".join(f"the callback {type(each).__name__}" for each in callbacks)


def said_to_set_rates(callbacks: Iterable[Any]) -> str:
    """Say that one of some callbacks may have set a rate, and what to do; "" if there are none."""
    names = named_in_words(callbacks)
    return names and (
        f"{names} sets it; with the attribute {RUNS} = False it is left out of a sweep"
    )


def _is_within(module: str, packages: Iterable[str]) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in packages)
