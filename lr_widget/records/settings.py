"""How a range test was called, and what was known of the model then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lr_widget.common import checks
from lr_widget.records.read_only import ReadOnly


class SweepSettings(ReadOnly[Any]):
    """The settings of a sweep: a mapping that cannot be changed, with an attribute for each.

    As a mapping it holds what it was given, also keys of other tools and of later versions; so a
    file comes back as it was. The attributes are what there is to rely on: of the right type, and
    None, or what is said below, where nothing is recorded.

    Args:
        given: the settings by name.

    Raises:
        TypeError: it is no mapping, or one of the numbers is none.
        ValueError: a rate or ratio is not above 0, or a count too small.
    """

    __slots__ = ()

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        if given is not None and not isinstance(given, Mapping):
            raise TypeError(f"settings must be a mapping, got {given!r}")
        checked = dict(given or {})
        for name in ("start_lr", "end_lr"):
            if name in checked:
                checked[name] = checks.positive(f"settings[{name!r}]", checked[name])
        for name in ("earlier_lr", "spread"):
            if checked.get(name) is not None:
                checked[name] = checks.positive(f"settings[{name!r}]", checked[name])
        if checked.get("group") is not None:
            checked["group"] = checks.whole("settings['group']", checked["group"], 0)
        for name in ("num_it", "repeat", "repeats"):
            if name in checked:
                checked[name] = checks.whole(f"settings[{name!r}]", checked[name], 1)
        super().__init__(checked)

    @classmethod
    def of_run(
        cls,
        *,
        start_lr: float,
        end_lr: float,
        num_it: int,
        schedule: str,
        stop_div: bool,
        seed: int | None,
        repeat: int,
        repeats: int,
        frozen: Sequence[bool],
        spread: float | None,
        group: int | None,
        one_rate: bool = False,
        attention: bool = False,
        earlier_lr: float | None = None,
    ) -> SweepSettings:
        """Return what `lr_find` records; what says nothing is left out."""
        held: dict[str, Any] = {"start_lr": start_lr, "end_lr": end_lr, "num_it": num_it}
        held |= {"schedule": schedule, "stop_div": stop_div, "seed": seed}
        if repeats > 1:
            held |= {"repeat": repeat, "repeats": repeats}
        held["frozen"] = list(frozen)
        known = {"spread": spread, "group": group}
        known |= {"one_rate": one_rate or None}
        known |= {"attention": attention or None, "earlier_lr": earlier_lr}
        return cls(held | {name: value for name, value in known.items() if value is not None})

    @property
    def start_lr(self) -> float | None:
        """First learning rate of the plan."""
        return self.get("start_lr")

    @property
    def end_lr(self) -> float | None:
        """Last learning rate of the plan."""
        return self.get("end_lr")

    @property
    def num_it(self) -> int | None:
        """Planned number of steps."""
        return self.get("num_it")

    @property
    def schedule(self) -> str:
        """How the rate rises: "linear" or "exp", also where it is not recorded."""
        schedule = self.get("schedule")
        return schedule if isinstance(schedule, str) else "exp"

    @property
    def stop_div(self) -> bool | None:
        """Whether the sweep was to end when the loss diverged."""
        stop_div = self.get("stop_div")
        return stop_div if isinstance(stop_div, bool) else None

    @property
    def seed(self) -> int | None:
        """What Python, NumPy, torch and the loader were seeded with."""
        seed = self.get("seed")
        return seed if isinstance(seed, int) else None

    @property
    def repeat(self) -> int:
        """Which of the sweeps of one call it is, from 1."""
        return int(self.get("repeat", 1))

    @property
    def repeats(self) -> int:
        """How many sweeps that call was to make."""
        return int(self.get("repeats", 1))

    @property
    def frozen(self) -> tuple[bool, ...]:
        """Whether each parameter group was frozen, first layers first; empty if not recorded."""
        frozen = self.get("frozen")
        return tuple(each is True for each in frozen) if isinstance(frozen, list) else ()

    @property
    def spread(self) -> float | None:
        """Ratio of the last group's rate to the first one's; None for the same rate."""
        return self.get("spread")

    @property
    def group(self) -> int | None:
        """Index of the only group that was swept; None for all."""
        return self.get("group")

    @property
    def one_rate(self) -> bool:
        """Whether the parameter groups were no layers, so that one rate trains all of them."""
        return self.get("one_rate") is True

    @property
    def attention(self) -> bool:
        """Whether a layer of the model was an attention."""
        return self.get("attention") is True

    @property
    def earlier_lr(self) -> float | None:
        """Highest rate of an earlier stage of training."""
        return self.get("earlier_lr")
