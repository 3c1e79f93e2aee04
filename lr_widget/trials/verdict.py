"""Which candidate did better, and in which words: no more certain than the numbers are.

Candidates are ranked by the validation loss at the end, never by a training loss; with several
seeds by the mean over them. A run that did not finish, or not on a number, puts its candidate out
of the ranking, and so does a seed that it had not had when the trials were stopped.

Short runs favour high rates: over 32 recorded tasks, trials of a tenth, a quarter and a half of the
budget that they stood for chose 0.46, 0.39 and 0.22 decades too high.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import plain, say
from lr_widget.records.stop_reason import StopReason
from lr_widget.records.trial import Trial

ENOUGH = 0.5  # of the planned epochs: below it the answer warns
# Why a candidate is out, by how its run ended; else it came to no finite number.
OUT: dict[str, str] = {StopReason.DIVERGED: "diverged", StopReason.NOT_VALIDATED: "not_validated"}
TOO_HIGH_DECADES = ((0.1, 0.46), (0.25, 0.39), (0.5, 0.22))  # by the share of the planned epochs
CLOSE = 0.05  # of the lower loss: a smaller gap between two short runs decides nothing


class Verdict(NamedTuple):
    """What came out.

    Attributes:
        best: name of the candidate to take, or None.
        answer: in words; `**` and backticks are marks.
    """

    best: str | None
    answer: str

    @property
    def plain(self) -> str:
        """The answer without its marks."""
        return plain(self.answer)


class _Score(NamedTuple):
    """Validation losses of one candidate by seed, all of them finite."""

    name: str
    hi: float
    losses: dict[int, float]

    @property
    def mean(self) -> float:
        return float(np.mean(list(self.losses.values())))


def judge_trials(trials: Sequence[Trial], epochs: int, planned: int | None) -> Verdict:
    """Return which candidate to take, and why, in words.

    Args:
        trials: the runs.
        epochs: how many epochs each was to train.
        planned: how many the real run will have, or None.
    """
    ranked = sorted(_scores(trials), key=lambda score: score.mean)
    lost = " ".join(_losses(trials))
    if not ranked:
        return Verdict(None, f"{say('tried.answer.none')} {lost}".strip())
    short = planned is not None and epochs < ENOUGH * planned
    best = ranked[0].name
    if len(ranked) == 1:
        loss = _number(ranked[0].mean)
        said = [say("tried.answer.only", best=best, loss=loss)]
    else:
        said = [_comparison(ranked, epochs)]
    if lost:
        said.append(lost)
    if short and planned is not None:
        lower = _lower_if_close(*ranked[:2]) if len(ranked) > 1 else None
        said.append(_short(epochs, planned, lower))
    return Verdict(best, " ".join(said))


def _scores(trials: Sequence[Trial]) -> list[_Score]:
    """Return the candidates that came to a finite loss with every seed that any of them has had."""
    whole = [trial for trial in trials if trial.ended != StopReason.STOPPED]
    seeds = {trial.seed for trial in whole}
    found = []
    for name in dict.fromkeys(trial.name for trial in whole):
        runs = [trial for trial in whole if trial.name == name]
        losses = {trial.seed: trial.valid_loss for trial in runs if trial.finished}
        if len(losses) == len(runs) == len(seeds):
            found.append(_Score(name, runs[0].pick.hi, losses))
    return found


def _losses(trials: Sequence[Trial]) -> list[str]:
    """Say of each candidate that is out why it is: once, however many seeds."""
    said: dict[str, str] = {}
    for trial in trials:
        if trial.ended == StopReason.STOPPED or trial.finished or trial.name in said:
            continue
        key = OUT.get(trial.ended, "not_finite")
        said[trial.name] = say(f"tried.answer.{key}", name=trial.name)
    return list(said.values())


def _comparison(ranked: Sequence[_Score], epochs: int) -> str:
    """Say how far the best is below the next one."""
    first, second = ranked[:2]
    gaps = _gaps(first, second)
    gap, runs, after = float(gaps.mean()), len(gaps), epochs_text(epochs)
    names = {"best": first.name, "other": second.name}
    if gap == 0:
        return say("tried.answer.same", **names, after=after)
    spread = _spread(gaps)
    size, beside = _number(gap), _number(spread, beside=gap)
    if spread >= gap:
        values = {"gap": size, "spread": beside, "runs": runs, "after": after}
        return say("tried.answer.no_difference", **names, **values)
    how = "one_run" if runs == 1 else "several_runs" if spread else "alike"
    if how == "several_runs":
        size = say("tried.answer.difference", gap=size, spread=beside)
    key = "lead" if len(ranked) == 2 else "lead_of_many"
    lead = say(f"tried.answer.{key}", **names, gap=size)
    return say(f"tried.answer.{how}", lead=lead, after=after, runs=runs)


def _gaps(first: _Score, second: _Score) -> npt.NDArray[np.float64]:
    """Return how far the second is above the first, seed by seed: the same shuffles."""
    return np.array([second.losses[seed] - loss for seed, loss in first.losses.items()])


def _spread(gaps: npt.NDArray[np.float64]) -> float:
    """Return the standard deviation over the seeds; 0 for one of them, or if all are the same."""
    return 0.0 if len(gaps) == 1 or np.ptp(gaps) == 0 else float(gaps.std(ddof=1))


def _lower_if_close(first: _Score, second: _Score) -> str | None:
    """Return the name of the lower rate of two candidates whose gap is small; else None."""
    gaps = _gaps(first, second)
    if gaps.mean() > max(_spread(gaps), CLOSE * abs(first.mean)):
        return None
    return min(first, second, key=lambda score: score.hi).name


def _short(epochs: int, planned: int, lower: str | None) -> str:
    share = epochs / planned
    nearest = min(TOO_HIGH_DECADES, key=lambda known: abs(math.log(known[0] / share)))
    said = say("tried.answer.short", epochs=epochs, planned=planned, decades=nearest[1])
    return said if lower is None else f"{said} {say('tried.answer.take_lower', lower=lower)}"


def epochs_text(epochs: int) -> str:
    """Return "1 epoch" or "2 epochs"."""
    return say("tried.epoch" if epochs == 1 else "tried.epochs", count=epochs)


def _number(loss: float, beside: float | None = None) -> str:
    """Return a loss with three decimals, as the table of epochs has; smaller ones in two digits.

    Args:
        loss: what is written.
        beside: another number, written before, whose form it takes.
    """
    size = abs(loss if beside is None else beside)
    written = f"{loss:.3f}" if size >= 0.0095 or loss == 0 else format_lr(loss)
    return format_lr(loss) if loss and float(written) == 0 else written
