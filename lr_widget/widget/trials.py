"""The part of a picker that keeps candidates and tries them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from traitlets import Dict, List, Unicode

from lr_widget.common.errors import RestoreError, attach
from lr_widget.engine.exclusive import Alone
from lr_widget.hosts import kernel
from lr_widget.hosts.interrupts import Interrupts
from lr_widget.loops.shown import BEST_PICK
from lr_widget.records.pick import Pick, checked_pick
from lr_widget.suggestions.choose import OURS
from lr_widget.trials.request import MAX_CANDIDATES, Request, named
from lr_widget.widget.comparison import Compared
from lr_widget.widget.trial_feed import TrialFeed

if TYPE_CHECKING:
    from lr_widget.loops.protocol import BaseLoop
    from lr_widget.loops.recall import Recall
    from lr_widget.trials.results import Trials

logger = logging.getLogger(__name__)

# Between the proposed candidates: on 71 recorded tasks trials over this span bought more than over
# a wider one.
APART = 4.0


def _losses_to_json(_run: str, picker: Any) -> dict[str, Any]:
    """Return the losses of every run, made when they are asked for; nothing where none was made."""
    feed = picker._feed  # noqa: SLF001
    return {} if feed is None else feed.losses_to_json()


def _losses_from_json(_losses: Any, picker: Any) -> str:
    run: str = picker._trial_losses  # noqa: SLF001  nobody else writes them
    return run


class Tried(Compared):
    """Candidates, and what came of trying them. Python writes all of it."""

    _kept = List(Dict(), help="name, lo and hi of every candidate.").tag(sync=True)
    _trials = Dict(help="The trials, but for their losses: see trial_feed.py.").tag(sync=True)
    _trial_losses = Unicode(help="Id of the trials; the losses of every run on the wire.").tag(
        sync=True, echo_update=False, to_json=_losses_to_json, from_json=_losses_from_json
    )

    def __init__(self, **traits: Any) -> None:
        self._recall: Recall | None = None
        self._feed: TrialFeed | None = None
        self._stop_run = ""
        self.trials: Trials | None = None
        super().__init__(**traits)

    @property
    def kept(self) -> tuple[Pick, ...]:
        """The candidates: those that were kept, or others that were tried last."""
        return tuple(Pick(each["lo"], each["hi"]) for each in self._kept)

    def keep(self, pick: Any = None) -> Pick:
        """Make the present pick, or a given one, a candidate for `try_picks`.

        Args:
            pick: `(lo, hi)`; None for the present one.

        Returns:
            The candidate. One that is kept already is kept once.

        Raises:
            TypeError, ValueError: `pick` is no pick, or there is no present one.
        """
        chosen = Pick(*self._picked()) if pick is None else checked_pick("pick", pick)
        if chosen not in self.kept:
            if len(self._kept) == MAX_CANDIDATES:
                raise ValueError(
                    f"keep must be called at most {MAX_CANDIDATES} times, got one more: {chosen!r}"
                )
            self._set_kept([*self.kept, chosen])
        return chosen

    def drop(self, pick: Any = None) -> None:
        """Take a candidate away again: a given one, or that at the present pick.

        Raises:
            ValueError: it is not a candidate.
        """
        chosen = Pick(*self._picked()) if pick is None else checked_pick("pick", pick)
        if chosen not in self.kept:
            raise ValueError(f"pick must be one that was kept, {self.kept!r}, got {chosen!r}")
        self._set_kept([each for each in self.kept if each != chosen])

    def try_picks(
        self,
        picks: Sequence[Any] | None = None,
        epochs: int = 1,
        *,
        planned: int | None = None,
        seeds: int = 1,
        leave: str = "start",
        valid: Any = None,
        fit: Callable[[Pick], Any] | None = None,
    ) -> Trials:
        """Train with each candidate from the same start, and say which came out lower.

        Each run is the training that `learn.fit_one_cycle(epochs, pick.slice)` typed here would be
        (in plain PyTorch `OneCycleLR` over the groups), from the same weights, optimizer, random
        states and order of batches. Afterwards everything is as it was, however that ended.

        Args:
            picks: at least two different `(lo, hi)`; None for those that were kept, or without any
                the suggestion and the same a factor of 4 below and above.
            epochs: how many each run trains.
            planned: how many the real run will have: below half of it the answer warns, since short
                runs favour high rates.
            seeds: how many runs each candidate gets, the first with the random state of the start.
            leave: "start", or "best": the model as the best candidate's run left it, at the price
                of a second copy of it.
            valid: plain PyTorch: a loader of validation batches.
            fit: for any other loop: called with the `Pick`, trains, returns the validation loss.
                `epochs` is then only what it is said to train.

        Returns:
            The runs. A stop keeps those that have finished.

        Raises:
            TypeError, ValueError: an argument breaks a rule; nothing has been touched.
            MemoryError: there is no room for a copy of the state.
            Exception: what training raised, with the trials so far as `error.trials`.
        """
        with Alone("try_picks"):
            loop = self._swept_loop()
            candidates = named(self._proposed() if picks is None else picks)
            also = self._recall.also() if self._recall else ()
            request = Request(candidates, epochs, planned, seeds, leave, valid, fit, also)
            return self._try(loop, request.checked(loop))

    def _swept_loop(self) -> BaseLoop:
        if self._recall is None:
            raise ValueError(
                "try_picks must be called on a picker that lr_find returned, which has a model to "
                f"train, got {self!r}"
            )
        return self._recall.loop()

    def _proposed(self) -> list[Pick]:
        """Return those that were kept; else the suggestion, with one below and one above."""
        if self.kept:
            return list(self.kept)
        ours = self.suggestions[OURS].pick if self.suggestions else None
        if ours is None:
            raise ValueError(
                "picks must be given, or kept by picker.keep(), where nothing is suggested, got "
                "None"
            )
        return [Pick(ours.lo * by, ours.hi * by) for by in (1 / APART, 1.0, APART)]

    def _try(self, loop: BaseLoop, request: Request) -> Trials:
        from lr_widget.trials.runner import Runner

        self._set_kept([pick for _, pick in request.candidates])
        epochs = request.planned or request.epochs
        code = BEST_PICK if request.fit else loop.trials_code_line(epochs)
        feed = TrialFeed(request, code, self.send, self._show_trials)
        self._feed = feed
        with self.hold_sync():
            self._trial_losses = feed.run
            self._kernel_id = kernel.kernel_id()
            self._show_trials()
        in_notebook = kernel.running_kernel() is not None
        if in_notebook and self._displays == 0:
            self._show_here()
        with Interrupts(as_stop=in_notebook) as interrupts:
            runner = Runner(loop, request, feed, interrupts, lambda: self._stop_run == feed.run)
            trials, left, error = runner.run()
            self.trials = trials
            self.send_state("_trial_losses")
            feed.conclude(trials, left, error, restored=not isinstance(error, RestoreError))
        error = interrupts.due(error)
        if error is not None:
            attach(error, "trials", trials)
            try:
                raise error
            finally:
                del error  # else its traceback, which holds this frame, would keep tensors alive
        return trials

    def _on_page_wish(self, kind: str, pick: Any) -> None:
        """Keep or drop a candidate for the page; it may ask twice, or too late."""
        try:
            (self.keep if kind == "keep" else self.drop)(pick)
        except (TypeError, ValueError) as error:
            logger.warning("the page asks for what cannot be done: %s", error)

    def _show_trials(self) -> None:
        if self._feed is not None:
            self._trials = self._feed.state

    def _show_here(self) -> None:
        kernel.show(self)

    def _set_kept(self, picks: Sequence[Pick]) -> None:
        pairs = zip(ascii_uppercase, picks, strict=False)
        self._kept = [{"name": name, "lo": lo, "hi": hi} for name, (lo, hi) in pairs]
