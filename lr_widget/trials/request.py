"""What is to be tried, and what of it is refused, in words, before anything is touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any, NamedTuple

from lr_widget.common import checks
from lr_widget.records.pick import Pick, checked_pick

if TYPE_CHECKING:
    from lr_widget.loops.protocol import BaseLoop

LEAVES = ("start", "best")
MAX_CANDIDATES = len(ascii_uppercase)

Candidates = tuple[tuple[str, Pick], ...]


class Request(NamedTuple):
    """What is to be tried.

    Attributes:
        candidates: name and pick of each.
        epochs: how many each trains.
        planned: how many the real run will have, or None.
        seeds: how many runs each candidate gets.
        leave: "start", or "best" to leave the model as the best candidate's run left it.
        valid: what the loop validates with, or None.
        fit: trains with a pick and returns the validation loss; None for the loop's own way.
        also: more objects to put back.
    """

    candidates: Candidates
    epochs: int = 1
    planned: int | None = None
    seeds: int = 1
    leave: str = "start"
    valid: Any = None
    fit: Callable[[Pick], Any] | None = None
    also: Sequence[Any] = ()

    def checked(self, loop: BaseLoop) -> Request:
        """Return it with Python's own numbers.

        Raises:
            TypeError, ValueError: something breaks a rule.
        """
        if not isinstance(self.leave, str) or self.leave not in LEAVES:
            raise ValueError(f"leave must be 'start' or 'best', got {self.leave!r}")
        epochs = checks.whole("epochs", self.epochs, 1)
        planned = None if self.planned is None else checks.whole("planned", self.planned, 1)
        seeds = checks.whole("seeds", self.seeds, 1)
        if self.fit is None:
            self._check_loop(loop)
        elif not callable(self.fit):
            raise TypeError(f"fit must be a function of a pick, got {self.fit!r}")
        elif self.valid is not None:
            raise ValueError(
                f"valid must be left out with fit, which validates itself, got {self.valid!r}"
            )
        _refuse_equal([pick for _, pick in self.candidates], loop)
        return self._replace(epochs=epochs, planned=planned, seeds=seeds)

    def _check_loop(self, loop: BaseLoop) -> None:
        from lr_widget.loops.protocol import TrainableLoop  # imports torch

        if not isinstance(loop, TrainableLoop):
            raise ValueError(  # noqa: TRY004  it is `fit` that is wrong
                "fit must be given for this loop: fit=fn, where fn(pick) trains and returns the "
                f"validation loss, got None for {loop!r:.200}"
            )
        loop.check_training(self.valid)


def named(picks: Any) -> Candidates:
    """Return name and pick of each candidate, "A" first.

    Raises:
        TypeError, ValueError: `picks` is no list, holds what is no pick, or less than two.
    """
    if not isinstance(picks, (list, tuple)):
        raise TypeError(f"picks must be a list of (lo, hi), got {picks!r}")
    found = [checked_pick(f"picks[{i}]", pick) for i, pick in enumerate(picks)]
    if not 2 <= len(found) <= MAX_CANDIDATES:
        raise ValueError(
            f"picks must hold 2 to {MAX_CANDIDATES} candidates, so that there is something to "
            f"compare, got {len(found)!r}: {[tuple(pick) for pick in found]!r}"
        )
    return tuple(zip(ascii_uppercase, found, strict=False))


def _refuse_equal(picks: Sequence[Pick], loop: BaseLoop) -> None:
    """Refuse candidates that would train the same: rates of frozen groups do not count."""
    groups = loop.groups()
    seen: dict[tuple[float, ...], Pick] = {}
    for pick in picks:
        rates = zip(loop.group_lrs(pick), groups, strict=True)
        trained = tuple(lr for lr, group in rates if not group.frozen)
        if trained in seen:
            twice = seen[trained] == pick
            why = "twice" if twice else f"beside {tuple(seen[trained])!r}"
            raise ValueError(
                f"picks must differ in the rates that train, got {tuple(pick)!r} {why} for the "
                f"groups {[group.name for group in groups]!r}"
            )
        seen[trained] = pick
