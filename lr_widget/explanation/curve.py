"""What is said and drawn about a curve beside the curve: its reading, its zones, the rules' marks.

In the sentences `**` marks what stands out and backticks mark code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say
from lr_widget.curves.features import Reading, read, reading_of
from lr_widget.records.read_only import Floats
from lr_widget.records.sweep import Sweep, status_of
from lr_widget.suggestions.cautions import cautions_by_name
from lr_widget.suggestions.choose import MARKED, OURS, Suggestion
from lr_widget.suggestions.discriminative import follows_stage, has_one_rate

CLEAR_DECADES = 0.6  # half the interval's width, up to which a suggestion counts as clear
BESIDE = 1.12  # the lowest point is below this factor above the pick: 0.0 decades
AGREE = 3.0  # rules within this factor of ours agree with it


class Zone(NamedTuple):
    """A part of the axis: `name` is a key of the sentences, `lo` and `hi` are rates."""

    name: str
    lo: float
    hi: float


class Mark(NamedTuple):
    """A rule's tick below the axis.

    Attributes:
        rule: its name for `suggest`.
        lr: its rate.
        agrees: it is within a factor of three of ours.
        says: how it reads the curve and how far it is from ours, in words.
    """

    rule: str
    lr: float
    agrees: bool
    says: str


def zones(sweep: Sweep, reading: Reading | None) -> list[Zone]:
    """Return the zones of a curve from left to right; their borders are the reading's places."""
    if reading is None:
        return []
    start, last = float(sweep.lrs[0]), float(sweep.lrs[-1])

    def border(lr: float | None, otherwise: float) -> float:
        if lr is None:
            return otherwise
        # a place at an end of the sweep may be off it by a rounding error
        return next((end for end in (start, last) if math.isclose(lr, end)), lr)

    end = border(reading.worse_from, last)
    cut = [("flat", start, end), ("diverging", end, last)]
    if reading.falls:
        falls, edge = border(reading.falls_from, start), min(border(reading.edge_from, last), end)
        cut[:1] = [("too_slow", start, falls), ("learning", falls, edge), ("edge", edge, end)]
    return [Zone(name, lo, hi) for name, lo, hi in cut if hi > lo]


def marks(suggestions: Mapping[str, Suggestion]) -> list[Mark]:
    """Return the marks of our rule and fastai's four, from left to right; none without ours.

    Args:
        suggestions: of "ours" and of the rules in `MARKED`, by name.
    """
    ours = suggestions[OURS]
    if ours.lr is None:
        return []
    says = ours.reason
    if ours.interval is not None:
        lo, hi = (format_lr(lr) for lr in ours.interval)
        says += " " + say("rules.interval", lo=lo, hi=hi)
    found = [Mark(OURS, ours.lr, True, says)]
    for name in MARKED:
        theirs = suggestions[name]
        if theirs.lr is None:
            continue
        ratio = theirs.lr / ours.lr
        times = max(ratio, 1 / ratio)
        where = "same" if times < 1.05 else "above" if ratio > 1 else "below"
        beside = say(f"rules.{where}", times=f"{times:.3g}" if times < 100 else format_lr(times))
        says = say("rules.says", lr=format_lr(theirs.lr), reads=theirs.reason, beside=beside)
        found.append(Mark(name, theirs.lr, times <= AGREE, says))
    return sorted(found, key=lambda mark: mark.lr)


def disagreement(suggestions: Mapping[str, Suggestion]) -> float | None:
    """Return the ratio of the highest to the lowest rate of fastai's rules, if there are two."""
    lrs = [lr for lr in (suggestions[name].lr for name in MARKED) if lr]
    return max(lrs) / min(lrs) if len(lrs) > 1 else None


def so_far(lrs: Floats, losses: Floats) -> tuple[str, str]:
    """Return the phase of a running or unfinished sweep, and say what its curve shows.

    Both are empty where there are too few losses.
    """
    reading = read(lrs, losses)
    if reading is None:
        return "", ""
    phase, values = "level", {}
    if reading.worse_from is not None:
        phase = "worse" if reading.falls else "only_worse"
        values = {"worse": reading.worse_from, "lowest": reading.lowest}
    elif reading.falls_from is not None:
        phase, values = "falls", {"lr": reading.falls_from}
    written = {name: format_lr(lr) for name, lr in values.items()}
    return phase, say(f"so_far.{phase}", **written)


def reading_text(
    sweep: Sweep, suggestion: Suggestion, own: Suggestion | None = None
) -> tuple[bool, str]:
    """Say in a sentence or two what a finished curve shows and what is suggested for it.

    Args:
        sweep: the record.
        suggestion: what is suggested.
        own: what this sweep alone suggests, where `suggestion` is the mean of several.

    Returns:
        Whether that begins with a warning, and the words.
    """
    reading = reading_of(sweep)
    if reading is None:
        return False, suggestion.reason
    if suggestion.pick is not None and own is not None and own.pick is None:
        return False, suggestion.reason  # that of the sweeps that this one repeats
    found = cautions_by_name(sweep, reading)
    if suggestion.pick is None:
        if "flat" in found and is_whole(sweep):
            return True, " ".join(found["flat"])
        return False, so_far(sweep.lrs, sweep.losses)[1]
    # what ended on NaN has no right side to speak of
    shape = _shape(reading._replace(worse_from=None) if "nan" in found else reading)
    if not found:
        above = reading.ring is not None and suggestion.pick.hi > BESIDE * reading.ring
        sure = "clear" if is_clear(suggestion) and not above else "rough"
        picked = _suggested(sweep, suggestion, reading.ring)
        return False, say(f"reading.{sure}", shape=shape, suggested=picked)
    picked = _suggested(sweep, suggestion, reading.ring, short=True)
    what, do = next(iter(found.values()))
    middle = _capital(picked) if "only_rises" in found else f"{_capital(shape)}. {_capital(picked)}"
    return True, say("reading.warned", what=what, middle=middle, do=do)


def is_whole(sweep: Sweep) -> bool:
    """Tell whether the sweep has ended by itself: not by hand, and not by an error."""
    return status_of(sweep) == "finished"


def is_clear(suggestion: Suggestion) -> bool:
    """Tell whether the best rate is likely to be near the suggested one."""
    if suggestion.interval is None:
        return False
    lo, hi = suggestion.interval
    return math.log10(hi / lo) / 2 <= CLEAR_DECADES


def _shape(reading: Reading) -> str:
    if reading.falls_from is None or reading.fastest is None:
        places = [say("reading.level")]
    else:
        from_, fastest = format_lr(reading.falls_from), format_lr(reading.fastest)
        places = [say("reading.falls", lr=from_, fastest=fastest)]
    if reading.worse_from is not None:
        places.append(say("reading.worse", lr=format_lr(reading.worse_from)))
    elif reading.ring is not None:
        places.append(say("reading.lowest", lr=format_lr(reading.ring)))
    return ", ".join(places)


def _suggested(
    sweep: Sweep, suggestion: Suggestion, lowest: float | None, *, short: bool = False
) -> str:
    assert suggestion.pick is not None  # noqa: S101  for mypy: the caller has looked
    lo, hi = suggestion.pick
    key = ("short_" if short else "suggested_") + (
        "one_group" if has_one_rate(sweep) else "several"
    )
    said = say(f"reading.{key}", lo=format_lr(lo), hi=format_lr(hi))
    if not short and follows_stage(sweep, suggestion.pick):
        said += ", " + say("reading.after_stage")
    elif not short and lowest is not None and not 1 / BESIDE < lowest / hi < BESIDE:
        decades = math.log10(lowest / hi)
        key = "below_lowest" if decades > 0 else "above_lowest"
        said += ", " + say(f"reading.{key}", decades=f"{abs(decades):.1f}")
    if suggestion.interval is None:
        said += "; " + say("reading.cannot_tell")
    elif not is_clear(suggestion):
        least, most = suggestion.interval
        said += "; " + say("reading.anything", lo=format_lr(least), hi=format_lr(most))
    return said


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
