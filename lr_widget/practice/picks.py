"""The picks of a class: lines of text that are read, counted, and put in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say
from lr_widget.practice.answers import NO_CASE, read_line, shortened
from lr_widget.practice.lines import Line, Lines, numbered
from lr_widget.records.pick import Pick

MOST = 500  # lines; more dots cannot be told apart
SHOWN = 60  # characters of a line that is left out
NAMED = 5  # lines that are left out and named in the text


class Rejected(NamedTuple):
    """A line that is left out.

    Attributes:
        number: of the line, from 1; in a folder through all files, in the order of their names.
        line: its beginning, and before it the name of its file, in a folder; of a file that is left
            out as one the first line, if it is text.
        why: in words.
    """

    number: int
    line: str
    why: str


@dataclass(frozen=True)
class Picks:
    """The picks of a class for one case, without names.

    Attributes:
        picks: every pick that was read, in the order of the lines.
        rejected: the lines that were left out, each with its number and the reason.
        case: name of the case, or None.
        second: those of a second vote, or None.
    """

    picks: tuple[Pick, ...]
    rejected: tuple[Rejected, ...]
    case: str | None
    second: Picks | None = None

    @property
    def n(self) -> int:
        """How many picks there are."""
        return len(self.picks)

    @property
    def median(self) -> float | None:
        """Median of the last layers' rates, taken in decades; None without a pick."""
        return _quantile([pick.hi for pick in self.picks], 0.5)

    @property
    def quartiles(self) -> tuple[float, float] | None:
        """The rates between which the middle half of the last layers' lie; None without a pick."""
        his = [pick.hi for pick in self.picks]
        lower, upper = _quantile(his, 0.25), _quantile(his, 0.75)
        return None if lower is None or upper is None else (lower, upper)

    @property
    def text(self) -> str:
        """How many, median and quartiles in words; and how many lines are left out, and why."""
        return " ".join(filter(None, (self._said(), self._left_out())))

    def __str__(self) -> str:
        if self.second is None:
            return self.text
        votes = {"first": self.text, "second": self.second.text}
        return "\n".join(f"{say(f'practice.class.{vote}')}: {text}" for vote, text in votes.items())

    def _said(self) -> str:
        case = self.case or NO_CASE
        median, quartiles = self.median, self.quartiles
        lo = _quantile([pick.lo for pick in self.picks], 0.5)
        if median is None or quartiles is None or lo is None:
            return say("practice.picks.none", case=case)
        words = {"case": case, "lr": format_lr(median), "lo": format_lr(lo)}
        if self.n == 1:
            return say("practice.picks.one", **words)
        his = [pick.hi for pick in self.picks]
        middle, span = _range(*quartiles), _range(min(his), max(his))
        return say("practice.picks.some", count=self.n, quartiles=middle, all=span, **words)

    def _left_out(self) -> str:
        if not self.rejected:
            return ""
        named = [
            say("practice.picks.line", number=each.number, why=each.why)
            for each in self.rejected[:NAMED]
        ]
        lines, more = ", ".join(named), len(self.rejected) - len(named)
        if more:
            lines = say("practice.picks.more", lines=lines, count=more)
        key = "rejected_one" if len(self.rejected) == 1 else "rejected"
        return say(f"practice.picks.{key}", count=len(self.rejected), lines=lines)


def read_picks(lines: Lines, case: str | None) -> Picks:
    """Return the picks in lines of text.

    Empty lines are passed over. A line that is none, or for another case, is left out and named
    with its number. Two lines that say the same are two picks.

    Args:
        lines: text with a pick in each line; a list of such texts; or the path of a file, or of a
            folder whose files are read in the order of their names (hidden ones, and folders in it,
            are passed over). A file in it that is too large, no text, or has no line that begins
            with lr1 is left out as one.
        case: name of the case that they have to be for; None for a sweep that is no case.

    Raises:
        TypeError: `lines` is none of these.
        ValueError: there are more than 500 lines, or `lines` is a file larger than 1 MB.
        OSError: the file or folder cannot be read.
    """
    picks: list[Pick] = []
    rejected: list[Rejected] = []
    for line in numbered(lines):
        if not line.text.strip() and not line.why:
            continue
        if len(picks) + len(rejected) == MOST:
            raise ValueError(f"lines must hold at most {MOST} picks, got more")
        if line.why:
            rejected.append(_rejected(line, line.why))
            continue
        try:
            picks.append(read_line(line.text, case))
        except ValueError as error:
            rejected.append(_rejected(line, str(error)))
    return Picks(tuple(picks), tuple(rejected), case)


def _rejected(line: Line, why: str) -> Rejected:
    named = ": ".join(filter(None, (line.source, line.text.strip())))
    return Rejected(line.number, shortened(named, SHOWN), why)


def _quantile(lrs: Sequence[float], share: float) -> float | None:
    return float(10 ** np.quantile(np.log10(lrs), share)) if lrs else None


def _range(lo: float, hi: float) -> str:
    return say("practice.picks.range", lo=format_lr(lo), hi=format_lr(hi))
