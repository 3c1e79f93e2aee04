"""A guess, and the line of text in which somebody hands it in.

    lr1 collab 1.4e-3 1.4e-2

The first word is the form's name and number, the second the case ("sweep" where there is none),
then the rates of the first and the last layers. ASCII, one space, two digits. A line is text that
is taken apart, never code that is run.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say
from lr_widget.records.pick import Pick

FORM = "lr1"
NO_CASE = "sweep"
NAME = re.compile(r"[a-z0-9_]+")

# each digit has one place to be matched in, so that a long word takes no longer than its length
_RATE = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")
_DASHES = str.maketrans("−–", "--")  # as some keyboards and mail programs write a minus


class Guess(NamedTuple):
    """What somebody picked before they had seen what there is to see.

    Attributes:
        lo: learning rate of the first layers.
        hi: learning rate of the last layers (the head).
        why: the reason in their own words, or "".
    """

    lo: float
    hi: float
    why: str = ""


def write_line(case: str | None, pick: Pick | Guess) -> str:
    """Return the line in which a pick is handed in, such as "lr1 collab 1.4e-3 1.4e-2".

    Args:
        case: name of the case, or None where there is none.
        pick: two rates; they are written in two digits.
    """
    return f"{FORM} {case or NO_CASE} {format_lr(pick.lo)} {format_lr(pick.hi)}"


def read_line(line: str, case: str | None) -> Pick:
    """Return the pick that a line holds.

    Args:
        line: as `write_line` makes it; more spaces, a rate in another form (0.0014), and the quotes
            with which a notebook prints it will do.
        case: name of the case that it has to be for; None for a sweep that is no case.

    Raises:
        ValueError: it is no such line, or for another case; the message says why, in words.
    """
    words = _words(line)
    if not begins(line):
        raise ValueError(say("practice.line.start"))
    points = [_COMMA.sub(".", word) for word in words[2:]]
    if points != words[2:] and all(map(_RATE.fullmatch, points)):
        point = shortened(" ".join(points), 40)
        raise ValueError(say("practice.line.comma", point=point))
    if len(words) != 4 or not NAME.fullmatch(words[1]):
        raise ValueError(say("practice.line.parts"))
    wanted = case or NO_CASE
    if words[1] != wanted:
        raise ValueError(say("practice.line.other", other=shortened(words[1], 20), case=wanted))
    lo, hi = _rate(words[2]), _rate(words[3])
    if lo > hi:
        raise ValueError(say("practice.line.reversed"))
    return Pick(lo, hi)


def begins(line: str) -> bool:
    """Tell whether a line begins as one that is handed in, whatever follows."""
    return _words(line)[:1] == [FORM]


def shortened(text: str, most: int) -> str:
    """Return text of others as it can be shown: in one line, not longer than `most` characters."""
    plain = "".join(sign if sign.isprintable() else "�" for sign in text[: most + 1])
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _words(line: str) -> list[str]:
    return line.translate(_DASHES).strip().strip("'\"").split()


def _rate(word: str) -> float:
    if not _RATE.fullmatch(word):
        raise ValueError(say("practice.line.rate", text=shortened(word, 20)))
    rate = float(word)
    if not 0 < rate < math.inf:
        raise ValueError(say("practice.line.positive"))
    return rate
