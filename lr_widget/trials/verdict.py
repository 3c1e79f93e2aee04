"""Which candidate did better, and in which words: no more certain than the numbers are.

Candidates are ranked by the validation loss at the end, never by a training loss; with several
seeds by the mean over them. A run that did not finish, or not on a number, puts its candidate out
of the ranking, and so does a seed that it had not had when the trials were stopped.

Where the loss before training is known, a candidate has learned if it ends more than 1 % of that
below it, and by more than its seeds differ. Where none has, there is no best one: the order of runs
that have learned nothing says nothing about rates. Two that end within that 1 % are called close.

Short runs favour high rates: over 32 recorded tasks, trials of a tenth, a quarter and a half of the
budget that they stood for chose 0.46, 0.39 and 0.22 decades too high.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import plain, say
from lr_widget.records.arithmetic import quietly
from lr_widget.records.read_only import Floats
from lr_widget.records.stop_reason import StopReason
from lr_widget.records.trial import Trial

ENOUGH = 0.5  # of the planned epochs: below it the answer warns
# Why a candidate is out, by how its run ended; else it came to no finite number.
OUT: dict[str, str] = {StopReason.DIVERGED: "diverged", StopReason.NOT_VALIDATED: "not_validated"}
TOO_HIGH_DECADES = ((0.1, 0.46), (0.25, 0.39), (0.5, 0.22))  # by the share of the planned epochs
CLEAR = 0.01  # of the loss before training: a smaller gain, or gap between two, is not clear
# Of what training has gained: where validation lies further above it, half of that is memorised.
FAR_ABOVE = 0.5


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
    """Validation losses of one candidate by seed, all of them finite, and its training loss."""

    name: str
    losses: dict[int, float]
    train: float

    @property
    def mean(self) -> float:
        return float(np.mean(list(self.losses.values())))


@quietly
def judge_trials(
    trials: Sequence[Trial], epochs: int, planned: int | None, start_loss: float | None = None
) -> Verdict:
    """Return which candidate to take, and why, in words.

    Args:
        trials: the runs.
        epochs: how many epochs each was to train.
        planned: how many the real run will have, or None.
        start_loss: the validation loss before training, finite, or None where nobody knows it.
    """
    ranked = sorted(_scores(trials), key=lambda score: score.mean)
    lost = " ".join(_losses(trials))
    if not ranked:
        return Verdict(None, f"{say('tried.answer.none')} {lost}".strip())
    if start_loss is not None and not any(_has_learned(score, start_loss) for score in ranked):
        start, after = _number(start_loss), epochs_text(epochs)
        none = say("tried.answer.none_learned", start=start, after=after)
        return Verdict(None, f"{none} {lost}".strip())
    best = ranked[0]
    if len(ranked) == 1:
        said = [say("tried.answer.only", best=best.name, loss=_number(best.mean))]
    else:
        said = [_comparison(ranked, epochs, start_loss)]
    if lost:
        said.append(lost)
    if start_loss is not None and _is_far_above(best, start_loss):
        valid, train = _number(best.mean), _number(best.train)
        said.append(say("tried.answer.far_above", best=best.name, valid=valid, train=train))
    if planned is not None and epochs < ENOUGH * planned:
        said.append(_short(epochs, planned))
    return Verdict(best.name, " ".join(said))


def _scores(trials: Sequence[Trial]) -> list[_Score]:
    """Return the candidates that came to a finite loss with every seed that any of them has had."""
    whole = [trial for trial in trials if trial.ended != StopReason.STOPPED]
    seeds = {trial.seed for trial in whole}
    found = []
    for name in dict.fromkeys(trial.name for trial in whole):
        runs = [trial for trial in whole if trial.name == name]
        losses = {trial.seed: trial.valid_loss for trial in runs if trial.finished}
        if len(losses) == len(runs) == len(seeds):
            train = [trial.epochs[-1].train_loss for trial in runs]
            mean = float(np.mean([math.nan if loss is None else loss for loss in train]))
            found.append(_Score(name, losses, mean))
    return found


def _has_learned(score: _Score, start_loss: float) -> bool:
    """Tell whether a candidate ends clearly below the loss before training."""
    gains = start_loss - np.array(list(score.losses.values()))
    return bool(gains.mean() > max(CLEAR * abs(start_loss), _spread(gains)))


def _is_far_above(score: _Score, start_loss: float) -> bool:
    """Tell whether validation has missed much of what training has gained; not where it is NaN."""
    gained = start_loss - score.train
    return gained > CLEAR * abs(start_loss) and score.mean - score.train > FAR_ABOVE * gained


def _losses(trials: Sequence[Trial]) -> list[str]:
    """Say of each candidate that is out why it is: once, however many seeds."""
    said: dict[str, str] = {}
    for trial in trials:
        if trial.ended == StopReason.STOPPED or trial.finished or trial.name in said:
            continue
        key = OUT.get(trial.ended, "not_finite")
        said[trial.name] = say(f"tried.answer.{key}", name=trial.name)
    return list(said.values())


def _comparison(ranked: Sequence[_Score], epochs: int, start_loss: float | None) -> str:
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
    close = start_loss is not None and gap <= CLEAR * abs(start_loss)
    key = "close" if close else "lead" if len(ranked) == 2 else "lead_of_many"
    lead = say(f"tried.answer.{key}", **names, gap=size)
    return say(f"tried.answer.{how}", lead=lead, after=after, runs=runs)


def _gaps(first: _Score, second: _Score) -> Floats:
    """Return how far the second is above the first, seed by seed: the same shuffles."""
    return np.array([second.losses[seed] - loss for seed, loss in first.losses.items()])


def _spread(gaps: Floats) -> float:
    """Return the standard deviation over the seeds; 0 for one of them, or if all are the same."""
    return 0.0 if len(gaps) == 1 or np.ptp(gaps) == 0 else float(gaps.std(ddof=1))


def _short(epochs: int, planned: int) -> str:
    share = epochs / planned
    nearest = min(TOO_HIGH_DECADES, key=lambda known: abs(math.log(known[0] / share)))
    return say("tried.answer.short", epochs=epochs, planned=planned, decades=nearest[1])


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
