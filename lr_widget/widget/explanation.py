"""Why: what a picker says of its curve, while it is swept and at its end.

Nobody waits for what nobody looks at: a running sweep is read only where it is shown, and at its
end only what `value` needs is found at once, all else when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from time import monotonic, thread_time
from typing import Any

from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say
from lr_widget.curves.features import reading_of
from lr_widget.explanation.curve import disagreement, is_whole, marks, reading_text, so_far, zones
from lr_widget.explanation.ending import summary
from lr_widget.records.read_only import Floats
from lr_widget.records.sweep import Sweep
from lr_widget.suggestions.choose import OURS, Suggestion, ours_at_once, suggestions_for

# A running sweep is read twice a second at most; where that takes long, on a slow machine or over
# many points, so seldom that it takes less than a hundredth of the time.
READ_SECONDS = 0.5
REST = 100.0  # times the processor time that the reading took
# Phases whose rates settle within a few points, and are then those that the end names.
SETTLING = ("worse", "only_worse")


@dataclass(frozen=True)
class Explanation:
    """What is said of a curve.

    Attributes:
        reading: what it shows, in words; ** and ` are marks.
        warned: the reading begins with a warning.
        zones: name, lo and hi of every zone, from the left.
        marks: rule, lr, agrees, says, pick, interval of every marked rule.
        rules_note: what stands for the marks where there are none.
        suggested: the suggested hi.
        lowest: rate of the lowest point, if it is one.
    """

    reading: str = ""
    warned: bool = False
    zones: list[dict[str, Any]] = field(default_factory=list)
    marks: list[dict[str, Any]] = field(default_factory=list)
    rules_note: str = ""
    suggested: float | None = None
    lowest: float | None = None

    def state(self) -> dict[str, Any]:
        """Return the traits that say this, by name."""
        return {f"_{part.name}": getattr(self, part.name) for part in fields(self)}


class Explainer:
    """Explains one sweep after the other.

    Args:
        enabled: says anything at all. Without it, only what is suggested and lowest is told.
        withheld: says nothing to anybody for now.

    Attributes:
        ours: what our rule suggests, interval and warnings left out; None before the first end.
        withheld: somebody has to guess first. `ours` is known all the same: to Python alone.
    """

    def __init__(self, *, enabled: bool, withheld: bool = False) -> None:
        self.ours: Suggestion | None = None
        self.withheld = withheld
        self._enabled = enabled
        self._phase = ""
        self._next_at = -float("inf")
        self._said = Explanation()
        self._sweeps: Sequence[Sweep] = ()  # what the last end has left to be judged
        self._judged: tuple[dict[str, Suggestion], Suggestion] | None = None
        self._is_due = False

    def begin(self) -> Explanation:
        """Begin a new sweep with nothing said."""
        self._phase = ""
        self._is_due = False
        self._said = Explanation(rules_note="" if self.withheld else say("rules.running"))
        return self._said

    def follow(self, lrs: Floats, losses: Floats) -> str | None:
        """Read a running sweep now and then; None where there is no news.

        Another phase is news, and where the curve gets worse.

        Args:
            lrs: learning rates so far, float64, shape `(n,)`.
            losses: their losses.
        """
        if not self._enabled or self.withheld or monotonic() < self._next_at:
            return None
        began = thread_time()
        phase, sentence = so_far(lrs, losses)
        self._next_at = monotonic() + max(READ_SECONDS, REST * (thread_time() - began))
        if phase == self._phase and phase not in SETTLING:
            return None
        self._phase = phase
        self._said = replace(self._said, reading=sentence)
        return sentence

    def conclude(self, sweeps: Sequence[Sweep]) -> Suggestion:
        """Take a finished or recorded sweep, and return what our rule suggests for it: `ours`.

        Args:
            sweeps: those of one call or one picker, of which the last one has ended.
        """
        self.ours = ours = ours_at_once(sweeps)
        self._sweeps, self._judged, self._is_due = sweeps, None, True
        return ours

    @property
    def no_pick(self) -> str:
        """Why there is no pick, where there is none, when the sweep has ended."""
        if self.withheld:
            return say("practice.guess.first")
        if self.ours is None:
            return say("no_pick.idle")
        return say("no_pick.cleared") if self.ours.pick else self.ours.reason

    def summary(self, ended: str, *, one_rate: bool) -> str:
        """Return how the sweep ended and what is suggested, in one line.

        Args:
            ended: from `outcome`.
            one_rate: one rate trains all layers.
        """
        if self.withheld or self.ours is None:
            return f"{ended} {self.no_pick}"
        return summary(ended, self.ours, one_rate=one_rate)

    @property
    def suggestions(self) -> dict[str, Suggestion]:
        """What is suggested, by rule: made when it is first asked for; {} before the first end."""
        return self._judge()[0] if self._sweeps and not self.withheld else {}

    def take_due(self) -> Explanation | None:
        """Say what the curve that has ended shows; None where that has been said, or nothing has.

        What is taken is due no more.
        """
        if not self._is_due or self.withheld:
            return None
        explanation = self.whole()
        self._is_due = False  # not before: an interrupt meanwhile loses nothing
        return explanation

    def whole(self) -> Explanation:
        """Say what the curve that has ended shows, also where that is withheld or has been said."""
        return self._explain(self._sweeps[-1], *self._judge())

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Leave for later, within this context, whatever is due."""
        due, self._is_due = self._is_due, False
        try:
            yield
        finally:
            self._is_due = due

    def _judge(self) -> tuple[dict[str, Suggestion], Suggestion]:
        if self._judged is None:
            self._judged = suggestions_for(self._sweeps)
        return self._judged

    def _explain(
        self, sweep: Sweep, suggestions: Mapping[str, Suggestion], own: Suggestion
    ) -> Explanation:
        """Say what a curve shows.

        Args:
            sweep: its record.
            suggestions: by rule; that of several repeats under `OURS`.
            own: what this sweep alone suggests.
        """
        ours = suggestions[OURS]
        reading = reading_of(sweep)
        lowest = None if reading is None else reading.ring
        if not self._enabled:
            return replace(self._said, suggested=ours.lr, lowest=lowest)
        warned, text = reading_text(sweep, ours, own)
        known = own.pick is not None or is_whole(sweep)
        marked = [
            {
                **mark._asdict(),
                "pick": suggestions[mark.rule].pick,
                "interval": suggestions[mark.rule].interval,
            }
            for mark in marks(suggestions)
        ]
        return Explanation(
            reading=text,
            warned=warned,
            zones=[zone._asdict() for zone in zones(sweep, reading)] if known else [],
            marks=marked,
            rules_note="" if marked else _note(suggestions, known=known),
            suggested=ours.lr,
            lowest=lowest,
        )


def _note(suggestions: Mapping[str, Suggestion], *, known: bool) -> str:
    times = disagreement(suggestions)
    if not known or times is None or times < 2:
        return say("rules.none")
    return say("rules.disagree", times=f"{times:,.0f}" if times < 1e7 else format_lr(times))
