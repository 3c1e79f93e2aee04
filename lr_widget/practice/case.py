"""A case: one recorded sweep, and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lr_widget.practice.answers import NAME, NO_CASE, Guess, read_line
from lr_widget.practice.score import Score, score
from lr_widget.practice.truth import Truth
from lr_widget.records.pick import checked_pick
from lr_widget.records.sweep import Sweep


@dataclass(frozen=True, repr=False)
class Case:
    """A curve to practise on: a range test, and what training came to at many rates.

    `gallery()` has a dozen of them. One of your own takes a sweep and a `Truth`.

    Args:
        name: lower-case letters, digits and underscores; it stands in the lines that are handed in.
        sweep: the record of the range test.
        about: one line on what it teaches; it is shown before the guess.
        truth: validation losses of real trainings from the same start.
        lesson: one line on why that is the truth, shown together with it; "" for none.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: the name is none, or "sweep", or `about` or `lesson` is no single line.
    """

    name: str
    sweep: Sweep
    about: str
    truth: Truth
    lesson: str = ""

    def __post_init__(self) -> None:
        kinds = {"name": str, "sweep": Sweep, "about": str, "truth": Truth, "lesson": str}
        for name, kind in kinds.items():
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise TypeError(f"{name} must be a {kind.__name__}, got {value!r:.200}")
        if not NAME.fullmatch(self.name) or self.name == NO_CASE:
            raise ValueError(
                "name must be of lower-case letters, digits and underscores, and not "
                f"{NO_CASE!r}, got {self.name!r}"
            )
        if not self.about.strip() or len(self.about.splitlines()) != 1:
            raise ValueError(f"about must be one line of text, got {self.about!r}")
        if len(self.lesson.splitlines()) > 1:
            raise ValueError(f"lesson must be one line of text, got {self.lesson!r}")

    def __repr__(self) -> str:
        return f"Case({self.name!r}, {self.sweep!r}, {self.about!r})"

    def score(self, pick: Any) -> Score:
        """Return what a pick gives up, in a number and in words.

        Only the rate of the last layers counts: the recorded trainings have no other.

        Args:
            pick: `(lo, hi)`, a `slice(lo, hi)`, a `Pick`, a `Guess`, or the line in which one is
                handed in, such as "lr1 collab 1.4e-3 1.4e-2".

        Raises:
            TypeError: `pick` is none of these, or a rate is no number.
            ValueError: a rate is not above 0 or not finite, they are reversed, or the line is no
                such line or for another case.
        """
        if isinstance(pick, str):
            try:
                pick = read_line(pick, self.name)
            except ValueError as error:
                raise ValueError(
                    f"pick must be a line for {self.name}, got {pick!r:.80}: {error}"
                ) from error
        elif isinstance(pick, Guess):
            pick = pick[:2]
        return score(self.truth, self.sweep, checked_pick("pick", pick).hi)
