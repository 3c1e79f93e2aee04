"""What a callback says of itself: whether it runs in a sweep. The same for every trainer."""

from __future__ import annotations

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
