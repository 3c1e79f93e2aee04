"""The picker: what people see and touch in the notebook."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from traitlets import TraitError

from lr_widget.common import checks
from lr_widget.common.sentences import plain, say
from lr_widget.explanation.ending import outcome, summary
from lr_widget.hosts import kernel
from lr_widget.loops.shown import RECORDED
from lr_widget.practice.case import Case
from lr_widget.records.history import run_of
from lr_widget.records.pick import Pick, spread
from lr_widget.records.plan import plan_of
from lr_widget.records.sweep import Sweep, groups_of, status_of
from lr_widget.suggestions.choose import OURS
from lr_widget.widget import assets, page_code
from lr_widget.widget.comparison import Comparison, checked_sweeps, compare, span_of
from lr_widget.widget.copies import Copies
from lr_widget.widget.export import page_of
from lr_widget.widget.still import add_still
from lr_widget.widget.tried import TryingPicker
from lr_widget.widget.wire import encode_points

if TYPE_CHECKING:
    from lr_widget.figures.spec import Picture

logger = logging.getLogger(__name__)

NOTHING = np.empty(0), np.empty(0)  # no points yet
_KEYWORDS = ("value", "continuous_update", "explain", "guess", "layout")


class LRPicker(Copies, TryingPicker):
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
        self.sweeps = checked_sweeps(sweeps if case is None else case.sweep)
        self._n_before = 0  # sweeps of earlier calls
        self._points = NOTHING
        self._place = kernel.Place()
        self._comparison = Comparison()
        self._stop_run = ""  # id of the run that the page wants to end
        super().__init__(
            guess=guess,
            case=case,
            value=value,
            continuous_update=continuous_update,
            explain=checks.flag("explain", explain),
            _esm=assets.loader(),
            _bundle_id=assets.shared_bundle().model_id,
            _bundle_hash=assets.bundle_hash(),
            _code=RECORDED.code,
            _schedule=RECORDED.schedule,
            _no_pick=say("practice.guess.first" if guess else "no_pick.idle"),
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
    def figure(self) -> Any:
        """The same picture as a `plotly.graph_objects.Figure`.

        Raises:
            ValueError: nothing has been swept.
        """
        from lr_widget.figures.plotly import plotly_figure

        return plotly_figure(self._picture())

    def save_html(self, path: str | os.PathLike[str], *, shared: str | None = None) -> None:
        """Write one HTML file in which chart and handles work, without kernel and network.

        It holds the sweep and the earlier ones under it, the groups' names, what the rules say, the
        present pick, and the last trials. Its line of code shows the rates as numbers. About 0.6
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
        sweep = self.sweep
        if sweep is None:
            raise ValueError(say("errors.no_sweep"))
        withheld = self._state_when_open()
        place = None if shared is None else page_code.checked_shared(shared, path)
        named = self.get_state(), self._name, sweep.started, str(self)
        page = page_of(*named, withheld=withheld, shared=shared)
        Path(path).write_bytes(page.encode("utf-8", "xmlcharrefreplace"))
        if place is not None:
            page_code.put_shared(place)

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
        if self._explainer.withheld:
            return f"{self._outcome} {self._no_pick}"
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
            self._no_pick = self._why_no_pick()
            if self._place.outputs:  # a page waits for it
                self._explain_now()
            if self.value is None and ours.pick is not None and not self._explainer.withheld:
                self.value = tuple(ours.pick)
            self.status = status_of(sweep)

    def _show_groups(self, groups: Sequence[tuple[str, bool]], *, one_rate: bool) -> None:
        self._one_rate = one_rate
        self._groups = [{"name": name, "frozen": frozen} for name, frozen in groups]

    def _show_comparison(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._name, self._coming = comparison.name, list(comparison.coming)
        self._earlier = comparison.on_the_wire()

    # ---- the page ----

    def _curve_to_json(self) -> dict[str, Any]:
        return {"run": self._curve, "points": encode_points(*self._points)}

    def _is_stopped(self, run: str) -> bool:
        # set from another thread, where the host lets a page's message in during a cell
        return bool(self._stop_run == run)

    def _on_page_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        kind = content.get("type")
        if kind == "stop":
            self._stop_run = str(content.get("run"))
        elif kind in ("keep", "drop", "guess", "handles"):
            self._on_page_wish(kind, content)
        elif kind == "replayed":
            self._end_replay(content.get("id"))
        elif kind == "bundle":
            self._bundle = assets.bundle()
        elif kind == "practice":
            self.send({"type": kind}, [assets.practice()])
        elif kind == "error":
            logger.warning("the page reports: %s", content.get("text"))

    def _on_page_wish(self, kind: str, content: Any) -> None:
        """Do what a page asks for; it may ask twice, or too late."""
        pick = content.get("pick")
        try:
            if kind == "guess":
                self.submit(pick, content.get("why", ""))
            elif kind == "handles":
                # not told back to the page, which may be further on
                self.set_state({"_handles": pick})  # type: ignore[attr-defined]
            else:
                (self.keep if kind == "keep" else self.drop)(pick)
        except (TypeError, ValueError, TraitError) as error:
            logger.warning("the page asks for what cannot be done: %s", error)
            if kind == "guess":
                self.send({"type": "refused", "why": str(error)})

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
            if not self._explainer.withheld:
                add_still(bundle[0], self._picture)
        return bundle

    def _ipython_display_(self) -> None:
        # lr_find has shown this picker already; as the last line of the same cell it would be
        # drawn twice. IPython takes NotImplementedError as "use the MIME bundle".
        if self._place.cell != kernel.cell_number() or not kernel.showing_cell_value():
            raise NotImplementedError
