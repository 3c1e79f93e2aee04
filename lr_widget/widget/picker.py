"""The picker: what people see and touch in the notebook."""

from __future__ import annotations

import logging
import uuid
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from traitlets import Bool, Bytes, Dict, Enum, Int, List, TraitError, TraitType, Unicode

from lr_widget.common import checks
from lr_widget.common.sentences import plain, say
from lr_widget.explanation.ending import outcome, summary
from lr_widget.hosts import kernel
from lr_widget.loops.shown import RECORDED, Shown
from lr_widget.records.history import Run, run_of
from lr_widget.records.pick import checked_pick, spread
from lr_widget.records.plan import Plan, plan_of
from lr_widget.records.sweep import Sweep, status_of
from lr_widget.suggestions.choose import MARKED, OURS, Suggestion, combine, judge, repeated, suggest
from lr_widget.widget import assets
from lr_widget.widget.export import Handed
from lr_widget.widget.wire import PointStream, encode_points

logger = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]

_NOTHING: tuple[Floats, Floats] = (np.empty(0), np.empty(0))
_ONE = Run(None)
_KEYWORDS = ("value", "continuous_update", "explain", "layout")


class PickTrait(TraitType[Any, Any]):
    """None, or two learning rates `(lo, hi)` with `0 < lo <= hi`, both finite."""

    allow_none = True
    default_value = None

    def validate(self, _obj: Any, value: Any) -> tuple[float, float] | None:
        """Return two Python floats."""
        try:
            lo, hi = checked_pick(self.name or "value", value)
        except (TypeError, ValueError) as error:
            raise TraitError(str(error)) from error
        return lo, hi


def curve_to_json(run: str, picker: Any) -> dict[str, Any]:
    """Return the run's id with all points so far.

    The trait holds only the id; the whole curve is made when it is asked for. So it grows without a
    message, and a page that reloads or a second view gets what there is.
    """
    return {"run": run, "points": encode_points(*picker._points)}  # noqa: SLF001


def curve_from_json(_curve: Any, picker: Any) -> str:
    """Keep what Python wrote: nobody else writes the curve."""
    run: str = picker._curve  # noqa: SLF001
    return run


class LRPicker(Handed):
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

    value = PickTrait(help="The pick (lo, hi), or None. Handles and Python write it.").tag(
        sync=True
    )
    status = Enum(
        ["idle", "running", "finished", "stopped", "failed"],
        default_value="idle",
        help="What the sweep does or how it ended. Python writes it.",
    ).tag(sync=True)
    continuous_update = Bool(
        False, help="Whether value follows every move of a handle. Python writes it."
    ).tag(sync=True)

    # The page's side of the picker; Python writes all of them.
    _esm = Unicode(help="The picker's own module.").tag(sync=True)
    _bundle_id = Unicode(help="Model id of the widget that holds the bundle.").tag(sync=True)
    _bundle_hash = Unicode(help="Which bundle that is.").tag(sync=True)
    _bundle = Bytes(help="The bundle itself, where a page cannot reach that widget.").tag(
        sync=True, echo_update=False
    )
    _curve = Unicode(help="Id of the run; all its points on the wire.").tag(
        sync=True, echo_update=False, to_json=curve_to_json, from_json=curve_from_json
    )
    _plan = Dict(help="start_lr, end_lr, num_it, schedule.").tag(sync=True)
    _groups = List(Dict(), help="name and frozen of every parameter group.").tag(sync=True)
    _code = Unicode(help="The line of code that is shown, with blanks for rates.").tag(sync=True)
    _schedule: Any = List(None, allow_none=True, help="(share of training, of peak) ...").tag(
        sync=True
    )
    _outcome = Unicode(help="How the sweep ended, in words.").tag(sync=True)
    _no_pick = Unicode(help="Why value is None, if it is.").tag(sync=True)
    _renewals = Int(0, help="How often the output that shows the picker was renewed.").tag(
        sync=True
    )
    _kernel_id = Unicode(help="The kernel to interrupt for Stop.").tag(sync=True)

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
        self.sweeps = _checked_sweeps(sweeps)
        self.suggestions: dict[str, Suggestion] = {}
        self._points = _NOTHING
        self._shown_in: int | None = None
        self._displays = 0  # outputs that it stands in
        super().__init__(
            value=value,
            continuous_update=continuous_update,
            _explain=checks.flag("explain", explain),
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
    def max_lr(self) -> slice:
        """`slice(lo, hi)` of the present pick, for fastai's training calls.

        Pass it by position: `learn.fit_one_cycle(2, picker.max_lr)`.

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
        return spread(lo, hi, len(self._groups))

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

    def _open(self, sweeps: Sequence[Sweep]) -> None:
        """Show recorded sweeps: the last one, over the others."""
        *earlier, sweep = sweeps
        self._points = (sweep.lrs, sweep.losses)
        self._plan = plan_of(sweep)._asdict()
        frozen = sweep.settings.frozen
        if len(frozen) != len(sweep.groups):
            frozen = (False,) * len(sweep.groups)  # not recorded
        self._groups = [
            {"name": name, "frozen": still}
            for name, still in zip(sweep.groups, frozen, strict=True)
        ]
        self._curve = uuid.uuid4().hex
        self._compare(earlier, run_of(sweep))
        self._span_all(sweeps)
        self._conclude(sweep, restored=False)

    def _follow_on(self, earlier: tuple[Sweep, ...]) -> None:
        """Take over the sweeps of earlier calls on the same model; called before the first one."""
        self.sweeps = earlier
        self._n_before = len(earlier)

    def _begin(
        self, plan: Plan, shown: Shown, groups: Sequence[tuple[str, bool]], run: Run = _ONE
    ) -> PointStream:
        """Get ready for a sweep's points; called by `lr_find` before the picker is shown."""
        self._points = _NOTHING
        ours = self.suggestions.get(OURS)
        if ours is not None and ours.pick == self.value:
            self.value = None  # that of the sweep before, which this one repeats
        with self.hold_sync():
            self._plan = plan._asdict()
            self._code, self._schedule = shown
            self._groups = [{"name": name, "frozen": frozen} for name, frozen in groups]
            self._kernel_id = kernel.kernel_id()
            self._curve = uuid.uuid4().hex
            self._compare(self.sweeps, run, more_come=True)
            self._outcome = ""
            self._no_pick = say("no_pick.running")
            self._forget_reading()
            self.status = "running"
        return PointStream(self.send, {"type": "points", "run": self._curve})

    def _end(self, sweep: Sweep, *, restored: bool) -> None:
        """Take the finished record; called by `lr_find` after the restore."""
        self.sweeps = (*self.sweeps, sweep)
        self._points = (sweep.lrs, sweep.losses)
        self.send_state("_curve")
        self._conclude(sweep, restored=restored)

    def _conclude(self, sweep: Sweep, *, restored: bool) -> None:
        judged = [judge(each) for each in repeated(self.sweeps[self._n_before :])]
        suggestion = combine(judged)
        public = {name: suggest(sweep, rule=name) for name in MARKED}
        self.suggestions = {OURS: suggestion, **public}
        with self.hold_sync():
            self._outcome = outcome(sweep, restored=restored)
            self._no_pick = say("no_pick.cleared") if suggestion.pick else suggestion.reason
            self._explain_sweep(sweep, self.suggestions, judged[-1])
            if self.value is None and suggestion.pick is not None:
                self.value = tuple(suggestion.pick)
            self.status = status_of(sweep)

    def _stop_requested(self) -> bool:
        # set from another thread, where the host lets a page's message in during a cell
        return self._stop_run == self._curve

    def _summary(self) -> str:
        return summary(self._outcome, self.suggestions[OURS], len(self._groups))

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

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return bundle
        self._displays += 1
        if self.status == "running":
            # what a front end without widgets shows for ever: not a state that is soon over
            bundle[0]["text/plain"] = say("outcome.no_front_end")
        elif self.sweep is not None and kernel.running_kernel() is not None:
            from lr_widget.figures.png import png

            bundle[0]["text/plain"] = self._summary()
            if (picture := png(self._picture())) is not None:
                bundle[0]["image/png"] = b64encode(picture).decode("ascii")
        return bundle

    def _ipython_display_(self) -> None:
        # lr_find has shown this picker already; as the last line of the same cell it would be
        # drawn twice. IPython takes NotImplementedError as "use the MIME bundle".
        if self._shown_in != kernel.cell_number() or not kernel.showing_cell_value():
            raise NotImplementedError


def _checked_sweeps(sweeps: Any) -> tuple[Sweep, ...]:
    if isinstance(sweeps, Sweep):
        return (sweeps,)
    if not isinstance(sweeps, (list, tuple)):
        raise TypeError(f"sweeps must be a Sweep or a list of them, got {sweeps!r}")
    for sweep in sweeps:
        if not isinstance(sweep, Sweep):
            raise TypeError(f"sweeps must hold Sweep objects only, got {sweep!r}")
    return tuple(sweeps)
