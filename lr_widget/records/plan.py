"""The ladder of learning rates that a range test climbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lr_widget.common import checks
from lr_widget.records.arithmetic import quietly
from lr_widget.records.pick import spread as spread_lrs
from lr_widget.records.read_only import Floats
from lr_widget.records.sweep import Sweep

SCHEDULES = ("exp", "linear")
MAX_SPREAD = 1e6  # with more the first layers stand still
MIN_STEPS = 10  # below this neither a slope nor a minimum can be told from noise


class Plan(NamedTuple):
    """What a range test is going to do: `num_it` steps from `start_lr` to `end_lr`."""

    start_lr: float
    end_lr: float
    num_it: int
    schedule: str

    @classmethod
    def checked(cls, start_lr: Any, end_lr: Any, num_it: Any, schedule: Any) -> Plan:
        """Build a plan from what a user typed.

        Args:
            start_lr: first learning rate, above 0.
            end_lr: last learning rate, above `start_lr`.
            num_it: number of optimizer steps, at least 10.
            schedule: "exp" (equal ratios, fastai's and Gugger's way) or "linear"
                (equal differences, Smith 2015, arXiv 1506.01186).

        Raises:
            TypeError: a rate is no number, or `num_it` no integer.
            ValueError: any of the rules above is broken.
        """
        start = checks.positive("start_lr", start_lr)
        end = checks.positive("end_lr", end_lr)
        if end <= start:
            raise ValueError(f"end_lr must be above start_lr = {start!r}, got {end_lr!r}")
        steps = checks.whole("num_it", num_it, MIN_STEPS)
        if not isinstance(schedule, str) or schedule not in SCHEDULES:
            known = " or ".join(repr(name) for name in SCHEDULES)
            raise ValueError(f"schedule must be {known}, got {schedule!r}")
        return cls(start, end, steps, schedule)

    @quietly
    def lrs(self) -> Floats:
        """Return the learning rate of every step: float64, shape `(num_it,)`, rising.

        Both ends are exact: the first is `start_lr`, the last `end_lr`, to the last bit.
        """
        if self.schedule == "exp":
            lrs = np.geomspace(self.start_lr, self.end_lr, self.num_it)
        else:
            lrs = np.linspace(self.start_lr, self.end_lr, self.num_it)
        lrs[0], lrs[-1] = self.start_lr, self.end_lr
        return lrs.astype(np.float64)


class Shares(NamedTuple):
    """How a learning rate is shared out over the parameter groups of a sweep.

    Attributes:
        spread: ratio of the last group's rate to the first one's, or None for the same rate.
        group: index of the only group that is swept, the others standing still; or None.
    """

    spread: float | None = None
    group: int | None = None

    @classmethod
    def checked(cls, spread: Any, group: Any) -> Shares:
        """Build shares from what a user typed.

        Raises:
            TypeError: `spread` is no number, or `group` no integer.
            ValueError: `spread` is not above 1 or beyond 1e6, or both are given.
        """
        if spread is not None:
            spread = checks.positive("spread", spread)
            if not 1 < spread <= MAX_SPREAD:
                raise ValueError(
                    f"spread must be above 1 and at most {MAX_SPREAD:g}, got {spread!r}"
                )
        if group is not None:
            group = checks.whole("group", group, 0)
            if spread is not None:
                raise ValueError(f"group must not be given with spread, got both: {group!r}")
        return cls(spread, group)

    def check_groups(self, groups: Sequence[Any]) -> None:
        """Refuse shares that the parameter groups do not allow.

        Args:
            groups: those of the loop, each with `name` and `frozen`.

        Raises:
            ValueError: there is no such group, it is frozen, or one alone is to be spread.
        """
        if self.spread is not None and len(groups) < 2:
            raise ValueError(
                f"spread must be left out with fewer than two parameter groups, got "
                f"{self.spread!r} for {len(groups)!r}"
            )
        if self.group is None:
            return
        if self.group >= len(groups):
            raise ValueError(
                f"group must be below the number of parameter groups {len(groups)!r}, "
                f"got {self.group!r}"
            )
        if groups[self.group].frozen:
            name = groups[self.group].name
            raise ValueError(
                f"group must be one that trains, got {self.group!r}: {name!r} is frozen"
            )

    def group_lrs(self, lr: float, n_groups: int) -> list[float]:
        """Return one rate per group, first layers first."""
        if self.group is not None:
            return [lr if index == self.group else 0.0 for index in range(n_groups)]
        return spread_lrs(lr / (self.spread or 1.0), lr, n_groups)


EVEN = Shares()


def plan_of(sweep: Sweep) -> Plan:
    """Return the plan of a recorded sweep; what was not recorded is read from its points."""
    lrs = sweep.lrs if len(sweep) else np.array([1e-7, 10.0])
    known = sweep.settings
    start_lr = float(lrs[0]) if known.start_lr is None else known.start_lr
    end_lr = float(lrs[-1]) if known.end_lr is None else known.end_lr
    if not start_lr < end_lr:  # one point, or settings of another making: an axis needs a width
        start_lr, end_lr = float(lrs[0]) / 10, float(lrs[-1]) * 10
    num_it = len(sweep) if known.num_it is None else known.num_it
    return Plan(start_lr, end_lr, num_it, known.schedule)
