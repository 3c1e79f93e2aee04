"""A picker to practise on: it may ask for a guess first, and draws its curve again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from traitlets import TraitError, validate

from lr_widget.common import checks
from lr_widget.common.sentences import say
from lr_widget.practice.answers import Guess, write_line
from lr_widget.practice.case import Case
from lr_widget.practice.picks import Picks, read_picks
from lr_widget.records.pick import checked_pick
from lr_widget.records.sweep import Sweep
from lr_widget.widget import assets
from lr_widget.widget.explained import ExplainedPicker
from lr_widget.widget.practice_state import Replay, practice_state

SLOWEST, FASTEST = 0.05, 50.0  # of a replay


class PractisedPicker(ExplainedPicker):
    """A picker on which a guess can be made, and whose curve is drawn again.

    As long as a guess is wanted, nothing of what it would say or suggest is sent or shown, and
    `value` is None; where the handles stand is a trait of its own.

    Args:
        guess: ask for a guess first.
        case: what is known of the training behind the sweep, or None.
        traits: values of the traits, and what its base takes.
    """

    def __init__(self, *, guess: bool, case: Case | None, **traits: Any) -> None:
        self._asks = guess
        self._case = case
        self._guess: Guess | None = None
        self._picks: Picks | None = None
        self._replay: Replay | None = None
        self._when_open: Callable[[], None] | None = None
        if guess or case is not None:
            traits["_practice"] = self._practice_now(withheld=guess)
            traits["_bundle_practice"] = assets.shared_practice().model_id
        super().__init__(withheld=guess, **traits)

    @property
    def sweep(self) -> Sweep | None:
        """The sweep shown, or None."""
        raise NotImplementedError

    @property
    def guess(self) -> Guess | None:
        """What was handed in by `submit` or the button, or None."""
        return self._guess

    @property
    def answer(self) -> str:
        """The line to hand in: "lr1 collab 1.4e-3 1.4e-2", with "sweep" where there is no case.

        Raises:
            ValueError: there is no guess.
        """
        if self._guess is None:
            raise ValueError(
                "There is no answer yet: it is made of a guess. Press “This is my pick”, or call "
                "picker.submit((lo, hi))."
            )
        return write_line(None if self._case is None else self._case.name, self._guess)

    def submit(self, pick: Any = None, why: str = "") -> Guess:
        """Hand in a guess, as the button "This is my pick" does; then everything is shown.

        Args:
            pick: `(lo, hi)`; None for where the handles stand in the page.
            why: the reason, in the guesser's own words.

        Returns:
            The guess; `value` is its pick.

        Raises:
            TypeError: `pick` is no pick, or `why` no string.
            ValueError: no guess is wanted (any more), the sweep has not ended, `pick` breaks a
                rule, or no handle has been moved.
        """
        if not isinstance(why, str):
            raise TypeError(f"why must be a string, got {why!r}")
        if pick is None and self._handles is None:
            raise ValueError("pick must be given where no handle has been moved, got None")
        lo, hi = checked_pick("pick", self._handles if pick is None else pick)
        if not self._explainer.withheld:
            raise ValueError(
                "submit must be called once, and before everything is shown; this picker "
                + (
                    "has its guess, or was revealed"
                    if self._asks
                    else "was made without guess=True"
                )
            )
        self._check_ended("submit")
        guess = Guess(lo, hi, why)
        self._open_up(guess)
        return guess

    def reveal(self) -> None:
        """Show everything without a guess; `value` is then the suggested pick.

        Raises:
            ValueError: the sweep has not ended.
        """
        if self._explainer.withheld:
            self._check_ended("reveal")
            self._open_up(None)

    def replay(self, speed: float = 1.0, until: float | None = None) -> None:
        """Draw the recorded curve again, in the page, where it can be paused and stepped through.

        Points to come are not drawn meanwhile, and nothing is said of the curve.

        Args:
            speed: 1 takes eight seconds for the whole curve, 2 half of that; from 0.05 to 50.
            until: learning rate at which it stands still, to ask what comes next; within the sweep.

        Raises:
            TypeError: an argument is no number.
            ValueError: an argument is out of its range, or there is no sweep that has ended.
        """
        sweep = self._check_ended("replay")
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
        self._replay = Replay(uuid.uuid4().hex, speed, until)
        self._show_practice()

    def show_picks(self, lines: Any, second: Any = None) -> Picks:
        """Show a class's picks as a strip of dots over the axis, hidden until "Show" is pressed.

        Args:
            lines: the lines that were handed in (`answer`): a string of them, a list, or the `Path`
                of a file or a folder of files.
            second: those of a second vote, shown beside the first.

        Returns:
            Those of `lines`: how many, which were left out and why, median and quartiles, in
            numbers and in words; those of `second` as `second` of them.

        Raises:
            TypeError: `lines` or `second` are of another kind.
            ValueError: there are more than 500 in one of them.
            OSError: a file cannot be read.
        """
        case = None if self._case is None else self._case.name
        picks = read_picks(lines, case)
        if second is not None:
            picks = replace(picks, second=read_picks(second, case))
        self._picks = picks
        self._show_practice()
        return picks

    def _picked(self) -> tuple[float, float]:
        if self.value is None:
            raise ValueError(self._no_pick)
        lo, hi = self.value
        return lo, hi

    def _why_no_pick(self) -> str:
        """Say why there is no pick, where there is none, when the sweep has ended."""
        ours = self._explainer.ours
        if self._explainer.withheld:
            return say("practice.guess.first")
        if ours is None:
            return say("no_pick.idle")
        return say("no_pick.cleared") if ours.pick else ours.reason

    def _state_when_open(self) -> dict[str, Any] | None:
        """Return what a page without a kernel shows after the guess; None if nothing is withheld.

        It is the state that `reveal` would leave, as far as that is another one.
        """
        if not self._explainer.withheld:
            return None
        said = self._explainer.whole()
        told = {f"_{part.name}": getattr(said, part.name) for part in fields(said)}
        opened = practice_state(self._case, self._guess, None, self._picks, withheld=False)
        return {**told, "_practice": opened}

    def _check_ended(self, name: str) -> Sweep:
        if self.status == "running":
            raise ValueError(f"{name} must wait until the sweep has ended, got status 'running'")
        sweep = self.sweep
        if sweep is None:
            raise ValueError(f"{name} must have a sweep that has ended, got none")
        return sweep

    def _open_up(self, guess: Guess | None) -> None:
        """Show everything, at once."""
        self._guess = guess
        self._replay = None  # the whole curve is shown with it
        self._explainer.withheld = False
        ours = self._explainer.ours
        suggested = None if ours is None else ours.pick
        with self.hold_sync():
            self._no_pick = self._why_no_pick()
            self._explain_now()
            self._show_practice()
            self.value = suggested if guess is None else (guess.lo, guess.hi)
        if self._when_open is not None:
            self._when_open()

    # ---- the page ----

    def _show_practice(self) -> None:
        self._bundle_practice = assets.shared_practice().model_id
        self._practice = self._practice_now(withheld=self._explainer.withheld)

    def _end_replay(self, wish: Any) -> None:
        """Forget a wish, named by its id, once the whole curve was seen: no page begins it anew."""
        if self._replay is not None and self._replay.id == wish:
            self._replay = None
            self._show_practice()

    def _practice_now(self, *, withheld: bool) -> dict[str, Any]:
        return practice_state(self._case, self._guess, self._replay, self._picks, withheld=withheld)

    @validate("value")
    def _check_value(self, proposal: Any) -> Any:
        if proposal["value"] is not None and self._explainer.withheld:
            raise TraitError(say("practice.guess.first"))
        return proposal["value"]
