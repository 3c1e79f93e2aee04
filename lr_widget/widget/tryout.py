"""Trials of a picker's candidates: asked for, run, and kept for the page. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lr_widget.common.errors import RestoreError, record_or_raise
from lr_widget.hosts import notebook
from lr_widget.hosts.interrupts import Interrupts
from lr_widget.loops.shown import BEST_PICK
from lr_widget.trials.request import Request, named
from lr_widget.widget.trial_feed import TrialFeed

if TYPE_CHECKING:
    from lr_widget.loops.protocol import BaseLoop
    from lr_widget.loops.recall import Recall
    from lr_widget.trials.results import Trials


class Tryout:
    """Trains with candidates, where there is a model to train.

    Attributes:
        recall: what was swept; None where the sweeps are records alone.
    """

    def __init__(self) -> None:
        self.recall: Recall | None = None
        self._feed: TrialFeed | None = None

    def loop(self, picker: str) -> BaseLoop:
        """Return the loop that was swept.

        Args:
            picker: how the picker is called, if it has to be refused.

        Raises:
            ValueError: there is none, or what it swept is gone.
        """
        if self.recall is None:
            raise ValueError(
                "try_picks must be called on a picker that lr_find returned, which has a model "
                f"to train, got {picker}"
            )
        return self.recall.loop()

    def request(self, loop: BaseLoop, picks: Any, **options: Any) -> Request:
        """Return what is to be tried.

        Args:
            loop: the loop that trains.
            picks: the candidates.
            options: the other fields of `Request`, but for `also`.

        Raises:
            TypeError, ValueError: something breaks a rule.
        """
        also = [] if self.recall is None else self.recall.also()
        return Request(named(picks), **options, also=also).checked(loop)

    def begin(
        self,
        loop: BaseLoop,
        request: Request,
        send: Callable[[dict[str, Any], list[bytes]], None],
        on_state: Callable[[dict[str, Any]], None],
    ) -> TrialFeed:
        """Return what keeps the page's picture of the runs to come.

        Args:
            loop: the loop that trains.
            request: what is to be tried.
            send: as for `TrialFeed`.
            on_state: as for `TrialFeed`.
        """
        epochs = request.planned or request.epochs
        code = BEST_PICK if request.fit else loop.trials_code_line(epochs)
        self._feed = TrialFeed(request, code, send, on_state)
        return self._feed

    def losses_to_json(self) -> dict[str, Any]:
        """Return the losses of the last runs as the page gets them, {} before the first."""
        return {} if self._feed is None else self._feed.losses_to_json()


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
    return record_or_raise("trials", *_run(loop, request, feed, should_stop, on_end))


def _run(
    loop: BaseLoop,
    request: Request,
    feed: TrialFeed,
    should_stop: Callable[[], bool],
    on_end: Callable[[Trials], None],
) -> tuple[Trials, BaseException | None]:
    """Return the runs, and what has to be raised after them."""
    from lr_widget.trials.runner import Runner

    with Interrupts(as_stop=notebook.is_running()) as interrupts:
        trials, left, error = Runner(loop, request, feed, interrupts, should_stop).run()
        on_end(trials)
        feed.conclude(trials, left, error, restored=not isinstance(error, RestoreError))
    return trials, interrupts.due(error)
