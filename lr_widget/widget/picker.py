"""The picker: what people see and touch in the notebook."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lr_widget.common import checks
from lr_widget.common.sentences import plain, say
from lr_widget.engine.exclusive import Alone
from lr_widget.explanation.ending import outcome, summary
from lr_widget.hosts import kernel
from lr_widget.loops.shown import RECORDED
from lr_widget.records.history import run_of
from lr_widget.records.pick import Pick, spread
from lr_widget.records.plan import plan_of
from lr_widget.records.sweep import Sweep, groups_of, status_of
from lr_widget.suggestions.choose import OURS
from lr_widget.trials.request import Request, named
from lr_widget.widget import assets, trials
from lr_widget.widget.comparison import Comparison, checked_sweeps, compare, span_of
from lr_widget.widget.copies import Copies
from lr_widget.widget.explained import ExplainedPicker
from lr_widget.widget.export import page_of
from lr_widget.widget.still import add_still
from lr_widget.widget.trial_feed import TrialFeed
from lr_widget.widget.wire import encode_points

if TYPE_CHECKING:
    from lr_widget.figures.spec import Picture
    from lr_widget.loops.protocol import BaseLoop
    from lr_widget.loops.recall import Recall
    from lr_widget.trials.results import Trials

logger = logging.getLogger(__name__)

NOTHING = np.empty(0), np.empty(0)  # no points yet
_KEYWORDS = ("value", "continuous_update", "explain", "layout")


class LRPicker(Copies, ExplainedPicker):
    """A loss curve with two handles.

    Made by `lr_find`, or over recorded sweeps: `LRPicker(sweep)`, `LRPicker([a, b, c])`, which
    needs neither torch nor a model.

    Args:
        sweeps: one `Sweep` or several; the last one is shown, faint lines under it are the others.
        value: the pick to start with, `(lo, hi)`; without it, what the rule suggests.
        continuous_update: `value` follows every move of a handle, not only its end.
        explain: show zones, the rules' marks and the reading beside the curve.

    Raises:
        TypeError: `sweeps` are none, or a keyword is unknown.
        TraitError: `value` is reversed, not above 0, not finite or no pair.
    """

    def __init__(
        self,
        sweeps: Sweep | Sequence[Sweep] = (),
        *,
        value: Any = None,
        continuous_update: bool = False,
        explain: bool = True,
        **unknown: Any,
    ) -> None:
        wrong = [name for name in unknown if name not in _KEYWORDS]
        if wrong:
            raise TypeError(
                f"LRPicker has the keywords {', '.join(_KEYWORDS)}, got "
                f"{wrong[0]}={unknown[wrong[0]]!r}"
            )
        self.sweeps = checked_sweeps(sweeps)
        self.trials: Trials | None = None
        self._n_before = 0  # sweeps of earlier calls
        self._points = NOTHING
        self._place = kernel.Place()
        self._comparison = Comparison()
        self._recall: Recall | None = None
        self._feed: TrialFeed | None = None
        self._stop_run = ""  # id of the run that the page wants to end
        super().__init__(
            value=value,
            continuous_update=continuous_update,
            explain=checks.flag("explain", explain),
            _esm=assets.loader(),
            _bundle_id=assets.shared_bundle().model_id,
            _bundle_hash=assets.bundle_hash(),
            _code=RECORDED.code,
            _schedule=RECORDED.schedule,
            _no_pick=say("no_pick.idle"),
            _outcome=say("outcome.idle"),
            **unknown,
        )
        self.on_msg(self._on_page_message)
        if self.sweeps:
            self._open(self.sweeps)

    @property
    def sweep(self) -> Sweep | None:
        """The sweep shown, or None before the first one of this picker's own has ended."""
        return self.sweeps[-1] if len(self.sweeps) > self._n_before else None

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
        (in plain PyTorch `OneCycleLR` over the groups, in Lightning `trainer.fit`), from the same
        weights, optimizer, random states and order of batches. Afterwards everything is as it was,
        however that ended.

        Args:
            picks: at least two different `(lo, hi)`; None for those that were kept, or without any
                the suggestion and the same a factor of 4 below and above.
            epochs: how many each run trains.
            planned: how many the real run will have: below half of it the answer warns, since short
                runs favour high rates.
            seeds: how many runs each candidate gets, the first with the random state of the start.
            leave: "start", or "best": the model as the best candidate's run left it, at the price
                of a second copy of it.
            valid: plain PyTorch: a loader of validation batches. Lightning: the same, where neither
                module nor datamodule has one.
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

    @property
    def figure(self) -> Any:
        """The same picture as a `plotly.graph_objects.Figure`.

        Raises:
            ValueError: nothing has been swept.
        """
        from lr_widget.figures.plotly import plotly_figure

        return plotly_figure(self._picture())

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Write one HTML file in which chart and handles work, without kernel and network.

        It holds the sweep and the earlier ones under it, the groups' names, what the rules say, the
        present pick, and the last trials. Its line of code shows the rates as numbers. About 0.6
        MB.

        Args:
            path: the file; one that is there already is written over.

        Raises:
            ValueError: nothing has been swept, or a sweep or trials are still running.
            OSError: the file cannot be written.
        """
        if "running" in (self.status, self._trials.get("status")):
            raise ValueError(say("errors.running"))
        sweep = self.sweep
        if sweep is None:
            raise ValueError(say("errors.no_sweep"))
        page = page_of(self.get_state(), self._name, sweep.started, str(self))
        Path(path).write_bytes(page.encode("utf-8", "xmlcharrefreplace"))

    def __repr__(self) -> str:
        pick = "None" if self.value is None else "({:.1e}, {:.1e})".format(*self.value)
        points = len(self._points[0])
        return f"LRPicker(status={self.status!r}, points={points}, value={pick})"

    def __str__(self) -> str:
        """How the sweep ended, what its curve shows, and what to mind; `print(picker)` shows it."""
        if self.sweep is None:
            return f"{say('rows.title')}. {self._outcome}"
        if not self._reading:
            return self._summary()
        warnings = self.suggestions[OURS].warnings
        more = warnings[1:] if self._warned else warnings  # the reading begins with the first
        return "\n".join([self._outcome, plain(self._reading), *more])

    def _picked(self) -> tuple[float, float]:
        if self.value is None:
            raise ValueError(self._no_pick)
        lo, hi = self.value
        return lo, hi

    def _picture(self) -> Picture:
        from lr_widget.figures.spec import picture_of

        sweep = self.sweep
        if sweep is None:
            raise ValueError(say("errors.no_sweep"))
        ends = self._span or (self._plan["start_lr"], self._plan["end_lr"])
        pick = None if self.value is None else Pick(*self.value)
        zones = [(zone["name"], zone["lo"], zone["hi"]) for zone in self._zones]
        swept = ends[0], ends[1]
        earlier, name = self._comparison.drawn, self._name
        return picture_of(sweep, swept, pick, self._lowest, zones, earlier=earlier, name=name)

    def _summary(self) -> str:
        ours = self._explainer.ours
        assert ours is not None  # noqa: S101  for mypy: there is a sweep
        one_rate = self._one_rate or len(self._groups) == 1
        return summary(self._outcome, ours, one_rate=one_rate)

    # ---- recorded sweeps; SweepFeed brings those that run ----

    def _open(self, sweeps: Sequence[Sweep]) -> None:
        """Show recorded sweeps: the last one, over the others."""
        *earlier, sweep = sweeps
        self._points = sweep.lrs, sweep.losses
        self._plan = plan_of(sweep)._asdict()
        self._show_groups(groups_of(sweep), one_rate=sweep.settings.one_rate)
        self._curve = uuid.uuid4().hex
        self._show_comparison(compare(earlier, run_of(sweep)))
        self._span = span_of(sweeps)
        self._conclude(sweep, restored=False)

    def _conclude(self, sweep: Sweep, *, restored: bool) -> None:
        ours = self._explainer.conclude(self.sweeps[self._n_before :])
        with self.hold_sync():
            self._outcome = outcome(sweep, restored=restored)
            self._no_pick = say("no_pick.cleared") if ours.pick else ours.reason
            if self._place.outputs:  # a page waits for it
                self._explain_now()
            if self.value is None and ours.pick is not None:
                self.value = tuple(ours.pick)
            self.status = status_of(sweep)

    def _show_groups(self, groups: Sequence[tuple[str, bool]], *, one_rate: bool) -> None:
        self._one_rate = one_rate
        self._groups = [{"name": name, "frozen": frozen} for name, frozen in groups]

    def _show_comparison(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._name, self._coming = comparison.name, list(comparison.coming)
        self._earlier = comparison.on_the_wire()

    # ---- trials ----

    def _try(self, loop: BaseLoop, request: Request) -> Trials:
        self._kept = trials.on_the_wire([pick for _, pick in request.candidates])
        code = trials.code_line(loop, request)
        self._feed = feed = TrialFeed(request, code, self.send, self._show_trials)
        with self.hold_sync():
            self._trial_losses = feed.run
            self._kernel_id = kernel.kernel_id()
            self._show_trials(feed.state)
        if self._place.outputs == 0 and kernel.running_kernel() is not None:
            kernel.show(self)
        should_stop = partial(self._is_stopped, feed.run)
        return trials.run(loop, request, feed, should_stop, self._keep_trials)

    def _show_trials(self, state: dict[str, Any]) -> None:
        self._trials = state

    def _keep_trials(self, made: Trials) -> None:
        self.trials = made
        self.send_state("_trial_losses")

    # ---- the page ----

    def _curve_to_json(self) -> dict[str, Any]:
        return {"run": self._curve, "points": encode_points(*self._points)}

    def _is_stopped(self, run: str) -> bool:
        # set from another thread, where the host lets a page's message in during a cell
        return bool(self._stop_run == run)

    def _trial_losses_to_json(self) -> dict[str, Any]:
        return {} if self._feed is None else self._feed.losses_to_json()

    def _on_page_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        kind = content.get("type")
        if kind == "stop":
            self._stop_run = str(content.get("run"))
        elif kind in ("keep", "drop"):
            self._on_page_wish(kind, content.get("pick"))
        elif kind == "bundle":
            self._bundle = assets.bundle()
        elif kind == "error":
            logger.warning("the page reports: %s", content.get("text"))

    def _on_page_wish(self, kind: str, pick: Any) -> None:
        """Keep or drop a candidate for the page; it may ask twice, or too late."""
        try:
            (self.keep if kind == "keep" else self.drop)(pick)
        except (TypeError, ValueError) as error:
            logger.warning("the page asks for what cannot be done: %s", error)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return bundle
        self._place.outputs += 1
        if self.status == "running":
            # what a front end without widgets shows for ever: not a state that is soon over
            bundle[0]["text/plain"] = say("outcome.no_front_end")
        elif self.sweep is not None and kernel.running_kernel() is not None:
            bundle[0]["text/plain"] = self._summary()
            add_still(bundle[0], self._picture)
        return bundle

    def _ipython_display_(self) -> None:
        # lr_find has shown this picker already; as the last line of the same cell it would be
        # drawn twice. IPython takes NotImplementedError as "use the MIME bundle".
        if self._place.cell != kernel.cell_number() or not kernel.showing_cell_value():
            raise NotImplementedError
