"""A time beside another as a line of the report."""

from __future__ import annotations

from collections.abc import Sequence

from timing import ratio_row

from gpu_parts.row import Row


def timed(what: str, taken: Sequence[float], base: Sequence[float], bound: float | None) -> Row:
    """Return how many times the base's time it took; the arguments are those of `ratio_row`."""
    _, middle, ratio, spread, limit, holds = ratio_row(what, taken, base, bound)
    return Row(what, f"{ratio} x ({spread}), {middle}", limit and f"{limit} x", holds)
