"""A time beside another as a line of the report."""

from __future__ import annotations

from collections.abc import Sequence

from timing import ratio_row

from gpu_parts.row import Row


def timed(what: str, taken: Sequence[float], base: Sequence[float], bound: float | None) -> Row:
    """Return how many times the base's time it took; the arguments are those of `ratio_row`."""
    _, middle, ratio, spread, fastest, limit, holds = ratio_row(what, taken, base, bound)
    measured = f"{ratio} x ({spread}; of the fastest {fastest}), {middle}"
    return Row(what, measured, limit and f"{limit} x", holds)
