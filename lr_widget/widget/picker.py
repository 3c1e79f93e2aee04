"""The picker: what people see and touch in the notebook."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from lr_widget.common import checks
from lr_widget.common.sentences import say
from lr_widget.engine.exclusive import Alone
from lr_widget.hosts import kernel, notebook
from lr_widget.practice.answers import Guess
from lr_widget.practice.case import Case
from lr_widget.practice.picks import Picks
from lr_widget.records.pick import Pick, spread
from lr_widget.records.sweep import Sweep
from lr_widget.suggestions.choose import OURS
from lr_widget.widget import candidates, copies
from lr_widget.widget.comparison import checked_sweeps
from lr_widget.widget.export import save_page
from lr_widget.widget.page_messages import on_page_message
from lr_widget.widget.practising import Practice
from lr_widget.widget.shown_sweep import ShownSweep
from lr_widget.widget.tryout import Tryout, run

if TYPE_CHECKING:
    from lr_widget.trials.results import Trials

_KEYWORDS = ("value", "continuous_update", "explain", "guess", "layout")


class LRPicker(ShownSweep):
    """A loss curve with two handles.

    Made by `lr_find`, or over recorded sweeps: `LRPicker(sweep)`, `LRPicker([a, b, c])`, which
    needs neither torch nor a model. `LRPicker(case)` is one to practise on.

    Args:
        sweeps: one `Sweep` or several; the last one is shown, faint lines under it are the others.
            Or a `Case`.
        value: the pick to start with, `(lo, hi)`; without it, what the rule suggests.
        continuous_update: `value` follows every move of a handle, not only its end.
        explain: show zones, the rules' marks and the reading beside the curve.
        guess: ask for a guess first: nothing is said or suggested, and `value` is None, before
            somebody has handed one in, in the page or by `submit`, or `reveal` is called.

    Attributes:
        value: the pick `(lo, hi)`, or None; it can be set and observed.
        status: "idle", "running", "finished", "stopped" or "failed".
        sweeps: the sweep shown and those under it, oldest first.
        trials: what `try_picks` returned last, or None.
        kept: the candidates.

    Raises:
        TypeError: `sweeps` are none, or a keyword is unknown.
        ValueError: there is a `value`, but it is to be guessed.
        TraitError: `value` is reversed, not above 0, not finite or no pair.
    """

    def __init__(
        self,
        sweeps: Sweep | Sequence[Sweep] | Case = (),
        *,
        value: Any = None,
        continuous_update: bool = False,
        explain: bool = True,
        guess: bool = False,
        **unknown: Any,
    ) -> None:
        wrong = [name for name in unknown if name not in _KEYWORDS]
        if wrong:
            raise TypeError(
                f"LRPicker has the keywords {', '.join(_KEYWORDS)}, got "
                f"{wrong[0]}={unknown[wrong[0]]!r}"
            )
        if checks.flag("guess", guess) and value is not None:
            raise ValueError(f"value must be left out with guess=True, got {value!r}")
        case = sweeps if isinstance(sweeps, Case) else None
        checked = checked_sweeps(sweeps if case is None else case.sweep)
        self.trials: Trials | None = None
        self._stop_run = ""  # id of the run that the page wants to end
        self._when_open: Callable[[], None] | None = None
        self._practising = Practice(asks=guess, case=case)
        self._tryout = Tryout()
        is_practice = guess or case is not None
        super().__init__(
            checked,
            explain=checks.flag("explain", explain),
            withheld=guess,
            value=value,
            continuous_update=continuous_update,
            **(self._practising.state(withheld=guess) if is_practice else {}),
            **unknown,
        )
        self.on_msg(self._on_page_message)

    @property
    def max_lr(self) -> slice:
        """`slice(lo, hi)` of the present pick, for fastai's training calls.

        Pass it by position: `learn.fit_one_cycle(2, picker.max_lr)`; `learn.fine_tune` takes one
        rate, `picker.value[1]`.

        Raises:
            ValueError: there is no pick; the message says why and how to make one.
        """
        lo, hi = self._picked()
        return slice(lo, hi)

    @property
    def group_lrs(self) -> list[float]:
        """One learning rate per parameter group, first layers first.

        Raises:
            ValueError: there is no pick, or the parameter groups are not known.
        """
        lo, hi = self._picked()
        if not self._groups:
            raise ValueError(say("errors.no_groups"))
        return spread(lo, hi, len(self._groups), one_rate=self._one_rate)

    def save_html(self, path: str | os.PathLike[str], *, shared: str | None = None) -> None:
        """Write one HTML file in which chart and handles work, without kernel and network.

        It holds the sweep and the earlier ones under it, the groups' names, what the rules say, the
        present pick, and the last trials. Its lines of code have the rates as numbers. About 0.6
        MB. Where a guess is wanted first, the page asks for it, and shows the rest by itself; who
        reads its source finds all of it there.

        Args:
            path: the file; one that is there already is written over.
            shared: None for a page that has all in it; or the name of a script, such as
                "lr_widget.js", that is put beside it (unless it is there) and holds the code for
                any number of pages in that folder, each of which then has a few kB.

        Raises:
            TypeError: `shared` is no string.
            ValueError: nothing has been swept, or a sweep or trials are still running; or `shared`
                is no plain name ending in ".js", or that of a file of another kind.
            OSError: a file cannot be written.
        """
        if "running" in (self.status, self._trials.get("status")):
            raise ValueError(say("errors.running"))
        if self.sweep is None:
            raise ValueError(say("errors.no_sweep"))
        told = self.get_state(), self._name, self.sweep.started, str(self)
        save_page(path, *told, withheld=self._state_when_open(), shared=shared)

    @property
    def guess(self) -> Guess | None:
        """What was handed in by `submit` or the button, or None."""
        return self._practising.guess

    @property
    def answer(self) -> str:
        """The line to hand in: "lr1 collab 1.4e-3 1.4e-2", with "sweep" where there is no case.

        Raises:
            ValueError: there is no guess.
        """
        return self._practising.answer

    def submit(self, pick: Any = None, why: str = "") -> Guess:
        """Hand in a guess, as the button "This is my pick" does; then everything is shown.

        Args:
            pick: `(lo, hi)`; None for where the handles stand in the page.
            why: the reason, in the guesser's own words.

        Returns:
            The guess; `value` is its pick.

        Raises:
            TypeError: `pick` is no pick, or `why` no string.
            ValueError: no guess is wanted (any more), the sweep has not ended, `pick` breaks a
                rule, or no handle has been moved.
        """
        handles = self._handles if pick is None else pick
        guess = self._practising.checked_guess(handles, why, withheld=self._explainer.withheld)
        self._ended("submit")
        self._open_up(guess)
        return guess

    def reveal(self) -> None:
        """Show everything without a guess; `value` is then the suggested pick.

        Raises:
            ValueError: the sweep has not ended.
        """
        if self._explainer.withheld:
            self._ended("reveal")
            self._open_up(None)

    def replay(self, speed: float = 1.0, until: float | None = None) -> None:
        """Draw the recorded curve again, in the page, where it can be paused and stepped through.

        Points to come are not drawn meanwhile, and nothing is said of the curve.

        Args:
            speed: 1 takes eight seconds for the whole curve, 2 half of that; from 0.05 to 50.
            until: learning rate at which it stands still, to ask what comes next; within the sweep.

        Raises:
            TypeError: an argument is no number.
            ValueError: an argument is out of its range, or there is no sweep that has ended.
        """
        self._practising.play(self._ended("replay"), speed, until)
        self._show_practice()

    def show_picks(self, lines: Any, second: Any = None) -> Picks:
        """Show a class's picks as a strip of dots over the axis, hidden until "Show" is pressed.

        Args:
            lines: the lines that were handed in (`answer`): a string of them, a list, or the `Path`
                of a file or a folder of files.
            second: those of a second vote, shown beside the first.

        Returns:
            Those of `lines`: how many, which were left out and why, median and quartiles, in
            numbers and in words; those of `second` as `second` of them.

        Raises:
            TypeError: `lines` or `second` are of another kind.
            ValueError: there are more than 500 in one of them.
            OSError: a file cannot be read.
        """
        picks = self._practising.read_picks(lines, second)
        self._show_practice()
        return picks

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
        wanted = self._picked() if pick is None else pick
        picks, chosen = candidates.with_one_more(self.kept, wanted)
        self._kept = candidates.on_the_wire(picks)
        return chosen

    def drop(self, pick: Any = None) -> None:
        """Take a candidate away again: a given one, or that at the present pick.

        Raises:
            ValueError: it is not a candidate.
        """
        picks = candidates.without(self.kept, self._picked() if pick is None else pick)
        self._kept = candidates.on_the_wire(picks)

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
            fit: for any other loop: called with the `Pick` (twice `hi` where the groups are no
                layers), trains, returns the validation loss.
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
            loop = self._tryout.loop(repr(self))
            if picks is None:
                ours = self.suggestions.get(OURS)
                picks = candidates.proposed(self.kept, None if ours is None else ours.pick)
            options = {"planned": planned, "seeds": seeds, "leave": leave, "valid": valid}
            request = self._tryout.request(loop, picks, epochs=epochs, fit=fit, **options)
            self._kept = candidates.on_the_wire([pick for _, pick in request.candidates])
            feed = self._tryout.begin(loop, request, self.send, self._show_trials)
            with self.hold_sync():
                self._trial_losses = feed.run
                self._kernel_id = kernel.kernel_id()
                self._show_trials(feed.state)
            if self._place.outputs == 0 and notebook.is_running():
                notebook.show(self)
            should_stop = partial(self._is_stopped, feed.run)
            return run(loop, request, feed, should_stop, self._keep_trials)

    def __repr__(self) -> str:
        pick = "None" if self.value is None else "({:.1e}, {:.1e})".format(*self.value)
        points = len(self._points[0])
        return f"LRPicker(status={self.status!r}, points={points}, value={pick})"

    def __reduce__(self) -> tuple[Any, ...]:
        return copies.reduced(self)

    # ipywidgets refuses both; a record cannot be changed, so that a shallow one will do
    def __copy__(self) -> Any:
        return copies.copy_of(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return copies.copy_of(self)

    def _show_practice(self) -> None:
        self._show(self._practising.state(withheld=self._explainer.withheld))

    def _open_up(self, guess: Guess | None) -> None:
        """Show everything, at once."""
        self._practising.guess = guess
        self._practising.replay = None  # the whole curve is shown with it
        self._explainer.withheld = False
        ours = self._explainer.ours
        suggested = None if ours is None else ours.pick
        with self.hold_sync():
            self._no_pick = self._explainer.no_pick
            self._explain_now()
            self._show_practice()
            self.value = suggested if guess is None else (guess.lo, guess.hi)
        if self._when_open is not None:
            self._when_open()

    def _state_when_open(self) -> dict[str, Any] | None:
        """Return the traits that a page without a kernel shows anew after the guess; or None."""
        if not self._explainer.withheld:
            return None
        return {**self._explainer.whole().state(), "_practice": self._practising.state_when_open()}

    def _show_trials(self, state: dict[str, Any]) -> None:
        self._trials = state

    def _keep_trials(self, made: Trials) -> None:
        self.trials = made
        self.send_state("_trial_losses")

    def _trial_losses_to_json(self) -> dict[str, Any]:
        return self._tryout.losses_to_json()

    def _picked(self) -> tuple[float, float]:
        if self.value is None:
            raise ValueError(self._no_pick)
        lo, hi = self.value
        return lo, hi

    def _is_stopped(self, run: str) -> bool:
        # set from another thread, where the host lets a page's message in during a cell
        return bool(self._stop_run == run)

    def _on_page_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        on_page_message(self, content)
