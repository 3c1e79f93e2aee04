"""Every way to combine loops, optimizers, groups and endings; and a few that cover all pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, product
from typing import Any, NamedTuple

from lr_widget.testing import ENDINGS, Setting
from tests.support.rigs import LOADERS, OPTIMIZERS, RIGS

Row = tuple[Any, ...]

# workers are slow to start, and what fails in one fails in a process of its own
WITH_WORKERS = ("finish", "NaN", "ValueError in the loss at 12", "Ctrl-C in the model")
WITH_LOADERS = (
    *WITH_WORKERS,
    "RuntimeError in the loss at 1",
    "ValueError in the loader at 45",
    "KeyboardInterrupt in the loader at 45",
    "Ctrl-C in the loader",
    "Ctrl-C in the restore",
)


class Case(NamedTuple):
    """One combination."""

    loop: str
    optimizer: str
    groups: int
    frozen: bool
    trained: bool
    ending: str
    loader: str

    @property
    def setting(self) -> Setting:
        return Setting(self.optimizer, self.groups, self.frozen, self.loader)

    @property
    def name(self) -> str:
        frozen = "frozen" if self.frozen else "whole"
        trained = "trained" if self.trained else "fresh"
        parts = (self.loop, self.optimizer, f"{self.groups} groups", frozen, trained, self.ending)
        return ", ".join((*parts, self.loader))

    @property
    def exists(self) -> bool:
        """Whether it can be, and is worth its time.

        A step function has no loader that could fail; one group cannot be frozen in part. A loader
        of another kind knows nothing of optimizers and groups, and meets the endings that matter.
        """
        loaderless = self.loop == "step" and "loader" in self.ending
        if loaderless or (self.frozen and self.groups == 1):
            return False
        if self.loader == "plain":
            return True
        usual = (self.optimizer, self.groups, self.frozen) == ("AdamW", 2, False)
        endings = WITH_WORKERS if self.loader == "workers that stay" else WITH_LOADERS
        return usual and self.loop in LOADERS[self.loader] and self.ending in endings


CHOICES: Sequence[Sequence[Any]] = (
    tuple(RIGS),
    tuple(OPTIMIZERS),
    (1, 2, 3),
    (False, True),
    (False, True),
    ENDINGS,
    tuple(LOADERS),
)


def all_cases() -> list[Case]:
    """Return every combination there is."""
    return [case for values in product(*CHOICES) if (case := Case(*values)).exists]


@cache
def pairwise_cases() -> list[Case]:
    """Return few of them, in which each two values that can meet do meet."""
    cases = all_cases()
    missing = {pair for case in cases for pair in _pairs(case)}
    chosen = []
    while missing:
        # not the best of all, which takes long to find, but the best of those with a missing pair
        target = min(missing, key=repr)
        case = max(
            (case for case in cases if target in _pairs(case)),
            key=lambda case: sum(pair in missing for pair in _pairs(case)),
        )
        missing.difference_update(_pairs(case))
        chosen.append(case)
    return chosen


def _pairs(case: Case) -> Iterator[Row]:
    return combinations(enumerate(case), 2)
