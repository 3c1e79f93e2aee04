"""What a pick on a case is worth, and what the usual misreadings of its curve would have been."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say
from lr_widget.curves.features import reading_of

if TYPE_CHECKING:
    from lr_widget.practice.truth import Truth
    from lr_widget.records.sweep import Sweep

USUAL_LR = 1e-3  # what is typed where nobody has looked
NEAR_DECADES = 0.05  # half of the last digit that is said of a distance
NEXT_TO_NOTHING = 0.005  # what is rounded to 0 %


@dataclass(frozen=True)
class Score:
    """What a pick gives up.

    Attributes:
        regret: the share of what training gains that is given up, from 0 (nothing) over 1 (no
            better than untrained) to 2 (the most, and where training failed), at the rate of the
            last layers.
        decades: log10 of that rate over the best one: above 0 it is too high, below 0 too low.
        text: the same in words, and what the usual misreadings would have given up.
    """

    regret: float
    decades: float
    text: str

    def __str__(self) -> str:
        return self.text


def score(truth: Truth, sweep: Sweep, hi: float) -> Score:
    """Return what a rate of the last layers gives up.

    Args:
        truth: what training came to at each rate.
        sweep: the curve that was read, whose lowest point is one of the misreadings.
        hi: the rate, above 0.
    """
    decades = math.log10(hi) - math.log10(truth.best_lr)  # their ratio may be no number
    who, percent = say("practice.score.pick"), _percent(truth, hi)
    sentences = [
        say(f"practice.score.{_kind(truth, hi)}", who=who, percent=percent, hi=format_lr(hi)),
        *misreadings(truth, sweep),
        _read_at(truth, hi, decades),
        say("practice.score.good", lo=format_lr(truth.good[0]), hi=format_lr(truth.good[1])),
    ]
    edge = min(max(hi, float(truth.lrs[0])), float(truth.lrs[-1]))
    if edge != hi:
        beyond = say("practice.score.beyond", hi=format_lr(hi), edge=format_lr(edge))
        sentences.append(beyond)
    return Score(truth.regret(hi), decades, " ".join(sentences))


def lowest_lr(sweep: Sweep) -> float | None:
    """Return the rate of the lowest point of the line that is drawn; None without a line."""
    reading = reading_of(sweep)
    return None if reading is None else reading.lowest


def misreadings(truth: Truth, sweep: Sweep) -> list[str]:
    """Return what the usual misreadings of a curve would have given up, a sentence for each."""
    usual = would(truth, USUAL_LR, say("practice.score.usual"))
    lowest = lowest_lr(sweep)
    if lowest is None:
        return [usual]
    named = say("practice.score.lowest", lr=format_lr(lowest))
    return [would(truth, lowest, named), usual]


def would(truth: Truth, lr: float, who: str) -> str:
    """Return what `who`, which stands for a rate, would have given up, in words."""
    key = f"practice.score.would.{_kind(truth, lr)}"
    return say(key, who=who, percent=_percent(truth, lr))


def _read_at(truth: Truth, hi: float, decades: float) -> str:
    words = {"hi": format_lr(hi), "best": format_lr(truth.best_lr)}
    if abs(decades) < NEAR_DECADES:
        return say("practice.score.read_at_best", **words)
    side = say(f"practice.score.{'above' if decades > 0 else 'below'}")
    return say("practice.score.read_at", decades=f"{abs(decades):.1f}", side=side, **words)


def _kind(truth: Truth, lr: float) -> str:
    """Return which sentence a rate gets."""
    regret = truth.regret(lr)
    if regret >= 1:
        if truth.fails_at(lr):
            return "failed"
        return "all" if regret < 1.05 else "worse"
    return "next_to_nothing" if regret < NEXT_TO_NOTHING else "some"


def _percent(truth: Truth, lr: float) -> int:
    return math.floor(100 * truth.regret(lr) + 0.5)  # as the page rounds, not to even
