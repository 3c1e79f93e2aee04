"""A picker that tries picks: candidates, and the trials that are made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from lr_widget.engine.exclusive import Alone
from lr_widget.hosts import kernel, notebook
from lr_widget.records.pick import Pick
from lr_widget.suggestions.choose import OURS
from lr_widget.trials.request import Request, named
from lr_widget.widget import trials
from lr_widget.widget.practised import PractisedPicker
from lr_widget.widget.trial_feed import TrialFeed

if TYPE_CHECKING:
    from lr_widget.loops.protocol import BaseLoop
    from lr_widget.loops.recall import Recall
    from lr_widget.trials.results import Trials


class TryingPicker(PractisedPicker):
    """A picker that keeps candidates and trains with them, where there is a model to train.

    Args:
        traits: values of the traits, and what its base takes.
    """

    _place: kernel.Place  # where the picker stands

    def __init__(self, **traits: Any) -> None:
        self.trials: Trials | None = None
        self._recall: Recall | None = None
        self._feed: TrialFeed | None = None
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
        picks, chosen = trials.with_one_more(self.kept, self._picked() if pick is None else pick)
        self._kept = trials.on_the_wire(picks)
        return chosen

    def drop(self, pick: Any = None) -> None:
        """Take a candidate away again: a given one, or that at the present pick.

        Raises:
            ValueError: it is not a candidate.
        """
        picks = trials.without(self.kept, self._picked() if pick is None else pick)
        self._kept = trials.on_the_wire(picks)

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
        (in plain PyTorch `OneCycleLR` over the groups, in Lightning `trainer.fit`, in Transformers
        `trainer.train()`), from the same weights, optimizer, random states and order of batches.
        Afterwards everything is as it was, however that ended.

        Args:
            picks: at least two different `(lo, hi)`; None for those that were kept (two or more);
                or, if none was kept, for the suggestion, a quarter of it, and four times it.
            epochs: how many each run trains.
            planned: how many the real run will have: below half of it the answer warns, since short
                runs favour high rates.
            seeds: how many runs each candidate gets, the first with the random state of the start.
            leave: "start", or "best": the model as the best candidate's run left it, at the price
                of a second copy of it.
            valid: plain PyTorch: a loader of validation batches. Lightning: the same, where neither
                module nor datamodule has one. Transformers: a dataset, in place of the Trainer's
                `eval_dataset`.
            fit: for any other loop: called with the `Pick`, trains, returns the validation loss.
                `epochs` is then only what it is said to train.

        Returns:
            The runs. A stop keeps those that have finished. Where none ends clearly below the
            validation loss before training, `best` raises, and the answer says so.

        Raises:
            TypeError, ValueError: an argument breaks a rule; nothing has been touched.
            MemoryError: there is no room for a copy of the state.
            Exception: what training raised, with the trials so far as `error.trials`.
        """
        with Alone("try_picks"):
            if self._recall is None:
                raise ValueError(
                    "try_picks must be called on a picker that lr_find returned, which has a model "
                    f"to train, got {self!r}"
                )
            loop = self._recall.loop()
            ours = self.suggestions.get(OURS)
            suggested = None if ours is None else ours.pick
            candidates = named(trials.proposed(self.kept, suggested) if picks is None else picks)
            also = self._recall.also()
            request = Request(candidates, epochs, planned, seeds, leave, valid, fit, also)
            return self._try(loop, request.checked(loop))

    def _try(self, loop: BaseLoop, request: Request) -> Trials:
        self._kept = trials.on_the_wire([pick for _, pick in request.candidates])
        code = trials.code_line(loop, request)
        self._feed = feed = TrialFeed(request, code, self.send, self._show_trials)
        with self.hold_sync():
            self._trial_losses = feed.run
            self._kernel_id = kernel.kernel_id()
            self._show_trials(feed.state)
        if self._place.outputs == 0 and notebook.is_running():
            notebook.show(self)
        should_stop = partial(self._is_stopped, feed.run)
        return trials.run(loop, request, feed, should_stop, self._keep_trials)

    def _show_trials(self, state: dict[str, Any]) -> None:
        self._trials = state

    def _keep_trials(self, made: Trials) -> None:
        self.trials = made
        self.send_state("_trial_losses")

    def _trial_losses_to_json(self) -> dict[str, Any]:
        return {} if self._feed is None else self._feed.losses_to_json()

    def _is_stopped(self, run: str) -> bool:
        """Tell whether the page wants this run to end."""
        raise NotImplementedError
