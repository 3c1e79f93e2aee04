"""The pick: two learning rates, and how they spread over parameter groups."""

from __future__ import annotations

from typing import Any, NamedTuple

from lr_widget.common import checks

DEFAULT_RATIO = 10.0  # between the last and the first layers, if only one of them was chosen


class Pick(NamedTuple):
    """Two learning rates, `lo` for the first layers and `hi` for the last ones (the head)."""

    lo: float
    hi: float

    @property
    def slice(self) -> slice:
        """`slice(lo, hi)`, the form fastai's training calls take.

        It spreads over layers, not over time.
        """
        return slice(self.lo, self.hi)

    def group_lrs(self, n_groups: int) -> list[float]:
        """Return one learning rate per parameter group, first layers first.

        See `spread`.
        """
        return spread(self.lo, self.hi, n_groups)


def checked_pick(name: str, value: Any) -> Pick:
    """Return `value` as a Pick of two Python floats.

    Args:
        name: the argument's name, for the message.
        value: a sequence of two learning rates, `0 < lo <= hi`, both finite; a `Pick`;
            or `slice(lo, hi)`.

    Raises:
        TypeError: `value` is no pair, or a rate is no number.
        ValueError: a rate is not finite, not above 0, or they are reversed.
    """
    if isinstance(value, slice) and value.step is None:
        value = (value.start, value.stop)
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise TypeError(f"{name} must be a pair of learning rates (lo, hi), got {value!r}")
    rates = tuple(value)
    if len(rates) != 2:
        raise ValueError(f"{name} must hold two learning rates (lo, hi), got {value!r}")
    lo, hi = (checks.positive(f"{name}[{i}]", rate) for i, rate in enumerate(rates))
    if lo > hi:
        raise ValueError(f"{name} must have lo <= hi, got {value!r}")
    return Pick(lo, hi)


def spread(lo: float, hi: float, n_groups: int, *, one_rate: bool = False) -> list[float]:
    """Spread two learning rates geometrically over parameter groups.

    The same as fastai's `even_mults`, which `slice(lo, hi)` goes through: neighbouring groups
    differ by the same ratio, and with a single group only `hi` counts.

    Args:
        lo: learning rate of the first group, above 0.
        hi: learning rate of the last group, at least `lo`.
        n_groups: how many groups, 0 or more.
        one_rate: the groups are no layers, so that all of them get `hi`.

    Returns:
        `n_groups` floats; the first is exactly `lo`, the last exactly `hi`.
    """
    if n_groups <= 1 or one_rate:
        return [hi] * n_groups
    inner = [lo * (hi / lo) ** (i / (n_groups - 1)) for i in range(1, n_groups - 1)]
    return [lo, *inner, hi]
