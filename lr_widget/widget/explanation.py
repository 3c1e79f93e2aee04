"""The traits in which a picker says why: reading, zones and marks of the rules."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

import anywidget
import numpy as np
import numpy.typing as npt
from traitlets import Bool, Dict, Float, List, Unicode

from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say
from lr_widget.curves.features import reading_of
from lr_widget.explanation.curve import disagreement, is_whole, marks, reading_text, so_far, zones
from lr_widget.records.sweep import Sweep
from lr_widget.suggestions.choose import OURS, Suggestion

Floats = npt.NDArray[np.float64]

READ_SECONDS = 0.25  # between two readings of a running sweep, each of 0.2 ms at 100 points
# Phases whose rates settle within a few points, and are then those that the end names.
SETTLING = ("worse", "only_worse")


class Explained(anywidget.AnyWidget):
    """The part of a picker that explains its curve. Python writes all of it."""

    _explain = Bool(True, help="Whether anything of this is shown.").tag(sync=True)
    _reading = Unicode(help="What the curve shows, in words; ** and ` are marks.").tag(sync=True)
    _warned = Bool(False, help="Whether the reading begins with a warning.").tag(sync=True)
    _zones = List(Dict(), help="name, lo and hi of every zone, from the left.").tag(sync=True)
    _marks = List(Dict(), help="rule, lr, agrees, says, pick, interval of every marked rule.").tag(
        sync=True
    )
    _rules_note = Unicode(help="What stands for the marks where there are none.").tag(sync=True)
    _suggested = Float(None, allow_none=True, help="The suggested hi.").tag(sync=True)
    _lowest = Float(None, allow_none=True, help="Rate of the lowest point, if it is one.").tag(
        sync=True
    )

    def __init__(self, **traits: Any) -> None:
        self._phase = ""
        self._read_at = -float("inf")
        super().__init__(**traits)

    def _follow(self, lrs: Floats, losses: Floats) -> None:
        """Read a running sweep now and then; another phase is news, and where it gets worse."""
        if not self._explain or monotonic() - self._read_at < READ_SECONDS:
            return
        phase, sentence = so_far(lrs, losses)
        self._read_at = monotonic()
        if phase != self._phase or phase in SETTLING:
            self._phase, self._reading = phase, sentence

    def _forget_reading(self) -> None:
        """Begin a new sweep with nothing said."""
        self._phase = self._reading = ""
        self._warned, self._zones, self._marks = False, [], []
        self._suggested = self._lowest = None
        self._rules_note = say("rules.running")

    def _explain_sweep(
        self, sweep: Sweep, suggestions: Mapping[str, Suggestion], own: Suggestion
    ) -> None:
        """Say what a finished or recorded curve shows; `own`: what it alone suggests."""
        ours = suggestions[OURS]
        reading = reading_of(sweep)
        self._lowest = None if reading is None else reading.ring
        self._suggested = ours.lr
        if not self._explain:
            return
        self._warned, self._reading = reading_text(sweep, ours, own)
        known = own.pick is not None or is_whole(sweep)
        self._zones = [zone._asdict() for zone in zones(sweep, reading)] if known else []
        self._marks = [
            {
                **mark._asdict(),
                "pick": suggestions[mark.rule].pick,
                "interval": suggestions[mark.rule].interval,
            }
            for mark in marks(suggestions)
        ]
        self._rules_note = "" if self._marks else _note(suggestions, known=known)


def _note(suggestions: Mapping[str, Suggestion], *, known: bool) -> str:
    times = disagreement(suggestions)
    if not known or times is None or times < 2:
        return say("rules.none")
    return say("rules.disagree", times=f"{times:,.0f}" if times < 1e7 else format_lr(times))
