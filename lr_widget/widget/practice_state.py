"""What the page is told of practice: `js/src/source/types.ts` has the other side of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from lr_widget.practice.answers import Guess
from lr_widget.practice.case import Case
from lr_widget.practice.picks import Picks
from lr_widget.practice.score import misreadings
from lr_widget.records.files import write_numbers


class Replay(NamedTuple):
    """A wish to see the curve drawn again.

    Attributes:
        id: another one for every wish.
        speed: 1 takes eight seconds for the whole curve.
        until: the rate at which it stands still, or None.
    """

    id: str
    speed: float
    until: float | None


def practice_state(
    case: Case | None,
    guess: Guess | None,
    replay: Replay | None,
    picks: Picks | None,
    *,
    withheld: bool,
) -> dict[str, Any]:
    """Return what there is to practise, as JSON takes it.

    Args:
        case: what is known of the training behind the sweep, or None.
        guess: what was handed in, or None.
        replay: the last wish to see the curve drawn again, or None.
        picks: those of a class, or None.
        withheld: a guess is wanted first, so nothing goes along that would tell what is true.
    """
    return {
        "stage": "guess" if withheld else "open",
        "case": "" if case is None else case.name,
        "about": "" if case is None else case.about,
        "guess": None if guess is None else guess._asdict(),
        "truth": None if case is None or withheld else _truth(case),
        "replay": None if replay is None else replay._asdict(),
        "rounds": [] if picks is None else [_round(each) for each in _rounds(picks)],
    }


def _truth(case: Case) -> dict[str, Any]:
    truth = case.truth
    return {
        "lrs": truth.lrs.tolist(),
        "valid_losses": write_numbers(truth.valid_losses),
        "init_valid_loss": truth.init_valid_loss,
        "best_lr": truth.best_lr,
        "good": truth.good,
        "misreadings": misreadings(truth, case.sweep),
        "lesson": case.lesson,
    }


def _rounds(picks: Picks) -> list[Picks]:
    return [picks] if picks.second is None else [picks, picks.second]


def _round(picks: Picks) -> dict[str, Any]:
    return {
        "lrs": [pick.hi for pick in picks.picks],
        "median": picks.median,
        "quartiles": picks.quartiles,
        "text": picks.text,
    }
