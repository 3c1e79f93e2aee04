"""Candidates: what `keep`, `drop` and `try_picks` make of those that were kept."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any

from lr_widget.records.pick import Pick, checked_pick
from lr_widget.trials.request import MAX_CANDIDATES

# Between the proposed candidates. docs/trials.md has what trials over this span bought.
APART = 4.0


def with_one_more(kept: Sequence[Pick], pick: Any) -> tuple[list[Pick], Pick]:
    """Return the candidates with a pick, and the pick; one that is kept already is kept once.

    Raises:
        TypeError, ValueError: it is no pick, or there are too many.
    """
    chosen = checked_pick("pick", pick)
    if chosen in kept:
        return list(kept), chosen
    if len(kept) == MAX_CANDIDATES:
        raise ValueError(
            f"keep must be called at most {MAX_CANDIDATES} times, got one more: {chosen!r}"
        )
    return [*kept, chosen], chosen


def without(kept: Sequence[Pick], pick: Any) -> list[Pick]:
    """Return the candidates without a pick.

    Raises:
        TypeError, ValueError: it is no pick, or not one of them.
    """
    chosen = checked_pick("pick", pick)
    if chosen not in kept:
        raise ValueError(f"pick must be one that was kept, {tuple(kept)!r}, got {chosen!r}")
    return [each for each in kept if each != chosen]


def proposed(kept: Sequence[Pick], suggested: Pick | None) -> list[Pick]:
    """Return those that were kept; else the suggestion, with one below and one above.

    Raises:
        ValueError: there is neither.
    """
    if kept:
        return list(kept)
    if suggested is None:
        raise ValueError(
            "picks must be given, or kept by picker.keep(), where nothing is suggested, got None"
        )
    return [Pick(suggested.lo * by, suggested.hi * by) for by in (1 / APART, 1.0, APART)]


def on_the_wire(picks: Sequence[Pick]) -> list[dict[str, Any]]:
    """Return name, lo and hi of every candidate."""
    pairs = zip(ascii_uppercase, picks, strict=False)
    return [{"name": name, "lo": lo, "hi": hi} for name, (lo, hi) in pairs]
