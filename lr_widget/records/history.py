"""What is known of a learner or model while it is in use: its sweeps, and its earlier stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from lr_widget.common.sentences import say
from lr_widget.records.sweep import Sweep

# By learner or model. The sweeps are kept, not the pickers: a few kB each, and no tensor.
_kept: WeakKeyDictionary[Any, tuple[Sweep, ...]] = WeakKeyDictionary()

# By learner or model: tells the rate that was picked when groups of it were frozen last.
_stages: WeakKeyDictionary[Any, Callable[[], float | None]] = WeakKeyDictionary()


class Run(NamedTuple):
    """What a sweep's name is made of.

    Attributes:
        label: what its user calls it, or None.
        number: which of the sweeps of one call it is, from 1.
        of: how many sweeps that call was to make.
    """

    label: str | None
    number: int = 1
    of: int = 1


def earlier_sweeps(owner: Any) -> tuple[Sweep, ...]:
    """Return the sweeps of this learner or model so far, in order; none for None."""
    try:
        return _kept.get(owner, ())
    except TypeError:  # nothing, or a model that cannot be a key: it has no history
        return ()


def keep(owner: Any, sweep: Sweep) -> None:
    """Add a sweep to those of its learner or model, however it has ended."""
    with suppress(TypeError):
        _kept[owner] = (*_kept.get(owner, ()), sweep)


def stage_lr(owner: Any) -> float | None:
    """Return the rate picked while groups of this learner or model were frozen; None without."""
    try:
        picked_lr = _stages.get(owner)
    except TypeError:  # as above
        return None
    return None if picked_lr is None else picked_lr()


def keep_stage(owner: Any, picked_lr: Callable[[], float | None]) -> None:
    """Keep that groups of this learner or model are frozen now, in place of an older such stage.

    Args:
        owner: the learner or model.
        picked_lr: returns the rate that is picked for this stage, or None; asked when a later sweep
            begins, so that the last pick counts. It must not hold the owner.
    """
    with suppress(TypeError):
        _stages[owner] = picked_lr


def run_of(sweep: Sweep) -> Run:
    """Return what the name of a recorded sweep is made of."""
    return Run(sweep.label, sweep.settings.repeat, sweep.settings.repeats)


def names(runs: Sequence[Run]) -> list[str]:
    """Return a name for each sweep, no two alike.

    The label, with a number from the second of the same label on. Sweeps of one call share it:
    "unfrozen 2, run 1". One without a label is called by its place.
    """
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    found: list[str] = []
    name, before = "", Run(None, 0)
    for place, run in enumerate(runs, 1):
        goes_on = run.number > 1 and run == before._replace(number=before.number + 1)
        if not goes_on:
            label = run.label or say("history.unnamed", number=place)
            name = _unused(label, taken, numbers)
        full = name if run.of == 1 else say("history.run", name=name, number=run.number)
        found.append(full if full == name else _unused(full, taken, numbers))
        taken |= {name, found[-1]}
        before = run
    return found


def _unused(name: str, taken: set[str], numbers: dict[str, int]) -> str:
    """Return a name that is free: this one, or this one with the next number.

    Args:
        name: what it is to be.
        taken: what is not free, ever more.
        numbers: by name, the last one that was tried; the numbers below it are taken.
    """
    number = numbers.get(name, 1)
    free = name if number == 1 else say("history.again", name=name, number=number)
    while free in taken:
        number += 1
        free = say("history.again", name=name, number=number)
    numbers[name] = number
    return free
