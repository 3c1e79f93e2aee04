"""Candidates, and what comes of trying them: what `keep` and `try_picks` decide and do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from lr_widget.common.errors import RestoreError, attach
from lr_widget.hosts import notebook
from lr_widget.hosts.interrupts import Interrupts
from lr_widget.loops.shown import BEST_PICK
from lr_widget.records.pick import Pick, checked_pick
from lr_widget.trials.request import MAX_CANDIDATES, Request

if TYPE_CHECKING:
    from lr_widget.loops.protocol import BaseLoop
    from lr_widget.trials.results import Trials
    from lr_widget.widget.trial_feed import TrialFeed

# Between the proposed candidates: on 71 recorded tasks trials over this span bought more than over
# a wider one.
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


def code_line(loop: BaseLoop, request: Request) -> str:
    """Return the line of code that trains with the best candidate."""
    return BEST_PICK if request.fit else loop.trials_code_line(request.planned or request.epochs)


def run(
    loop: BaseLoop,
    request: Request,
    feed: TrialFeed,
    should_stop: Callable[[], bool],
    on_end: Callable[[Trials], None],
) -> Trials:
    """Make the runs, and put everything back.

    Args:
        loop: the loop that trains.
        request: what is to be tried.
        feed: tells the page.
        should_stop: whether the page asks for a stop.
        on_end: called with the runs, before the page hears how they ended.

    Raises:
        BaseException: what training raised, with the runs so far as `error.trials`.
    """
    from lr_widget.trials.runner import Runner

    with Interrupts(as_stop=notebook.is_running()) as interrupts:
        trials, left, error = Runner(loop, request, feed, interrupts, should_stop).run()
        on_end(trials)
        feed.conclude(trials, left, error, restored=not isinstance(error, RestoreError))
    error = interrupts.due(error)
    if error is not None:
        attach(error, "trials", trials)
        try:
            raise error
        finally:
            del error  # else its traceback, which holds this frame, would keep tensors alive
    return trials
