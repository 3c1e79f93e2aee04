"""Practice on one sweep: a guess, the curve drawn again, a class's picks. Knows no picker."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from lr_widget.common import checks
from lr_widget.practice.answers import Guess, write_line
from lr_widget.practice.case import Case
from lr_widget.practice.picks import Picks, read_picks
from lr_widget.records.pick import checked_pick
from lr_widget.records.sweep import Sweep
from lr_widget.widget import assets
from lr_widget.widget.practice_state import Replay, practice_state

SLOWEST, FASTEST = 0.05, 50.0  # of a replay


class Practice:
    """What was made of one sweep to practise on.

    Args:
        asks: a guess is wanted before anything is said or suggested.
        case: what is known of the training behind the sweep, or None.

    Attributes:
        asks: as given; it stays so after the guess.
        case: as given.
        guess: what was handed in, or None.
        replay: the last wish to see the curve drawn again, or None.
    """

    def __init__(self, *, asks: bool, case: Case | None) -> None:
        self.asks = asks
        self.case = case
        self.guess: Guess | None = None
        self.replay: Replay | None = None
        self._picks: Picks | None = None

    @property
    def answer(self) -> str:
        """The line to hand in.

        Raises:
            ValueError: there is no guess.
        """
        if self.guess is None:
            raise ValueError(
                "There is no answer yet: it is made of a guess. Press “This is my pick”, or call "
                "picker.submit((lo, hi))."
            )
        return write_line(self._case_name, self.guess)

    def checked_guess(self, pick: Any, why: Any, *, withheld: bool) -> Guess:
        """Return a guess that may be handed in.

        Args:
            pick: `(lo, hi)`; None where there is neither a pick nor a handle that was moved.
            why: why just that.
            withheld: a guess is still wanted.

        Raises:
            TypeError: `pick` is no pick, or `why` no string.
            ValueError: `pick` breaks a rule or is None, or no guess is wanted (any more).
        """
        if not isinstance(why, str):
            raise TypeError(f"why must be a string, got {why!r}")
        if pick is None:
            raise ValueError("pick must be given where no handle has been moved, got None")
        lo, hi = checked_pick("pick", pick)
        if not withheld:
            raise ValueError(
                "submit must be called once, and before everything is shown; this picker "
                + ("has its guess, or was revealed" if self.asks else "was made without guess=True")
            )
        return Guess(lo, hi, why)

    def play(self, sweep: Sweep, speed: Any, until: Any) -> None:
        """Wish to see a curve drawn again.

        Args:
            sweep: its record.
            speed: 1 takes eight seconds for the whole curve.
            until: the rate at which it stands still, or None.

        Raises:
            TypeError: an argument is no number.
            ValueError: an argument is out of its range.
        """
        speed = checks.positive("speed", speed)
        if not SLOWEST <= speed <= FASTEST:
            raise ValueError(f"speed must be from {SLOWEST} to {FASTEST:.0f}, got {speed!r}")
        if until is not None:
            until = checks.positive("until", until)
            lowest, highest = (float(sweep.lrs[i]) if len(sweep) else until for i in (0, -1))
            if not lowest <= until < highest:
                raise ValueError(
                    f"until must be a rate within the sweep, from {lowest:.2g} to below "
                    f"{highest:.2g}, got {until!r}"
                )
        self.replay = Replay(uuid.uuid4().hex, speed, until)

    def end_replay(self, wish: Any) -> bool:
        """Forget a wish, named by its id, once the whole curve was seen: no page begins it anew.

        Returns:
            Whether it was the last one, so that the page has to be told.
        """
        if self.replay is None or self.replay.id != wish:
            return False
        self.replay = None
        return True

    def read_picks(self, lines: Any, second: Any) -> Picks:
        """Read the lines of a class, and those of its second vote unless that is None."""
        picks = read_picks(lines, self._case_name)
        if second is not None:
            picks = replace(picks, second=read_picks(second, self._case_name))
        self._picks = picks
        return picks

    def state(self, *, withheld: bool) -> dict[str, Any]:
        """Return the traits that tell the page of all this, by name.

        Args:
            withheld: a guess is still wanted, so nothing goes along that would tell what is true.
        """
        told = practice_state(self.case, self.guess, self.replay, self._picks, withheld=withheld)
        return {"_bundle_practice": assets.shared_practice().model_id, "_practice": told}

    def state_when_open(self) -> dict[str, Any]:
        """Return the trait `_practice` as it will be when everything is shown."""
        return practice_state(self.case, self.guess, None, self._picks, withheld=False)

    @property
    def _case_name(self) -> str | None:
        return None if self.case is None else self.case.name
