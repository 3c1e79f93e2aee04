"""The sweep that a picker shows: its curve, what is said of it, and where it stands."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from traitlets import TraitError, validate

from lr_widget.common.sentences import plain, say
from lr_widget.explanation.ending import outcome
from lr_widget.hosts import kernel
from lr_widget.loops.shown import RECORDED
from lr_widget.records.history import run_of
from lr_widget.records.pick import Pick
from lr_widget.records.plan import plan_of
from lr_widget.records.sweep import Sweep, groups_of, status_of
from lr_widget.suggestions.choose import OURS, Suggestion
from lr_widget.widget import assets
from lr_widget.widget.comparison import Comparison, compare, span_of
from lr_widget.widget.explanation import Explainer
from lr_widget.widget.still import add_still
from lr_widget.widget.traits import PickerTraits
from lr_widget.widget.wire import encode_points

if TYPE_CHECKING:
    from lr_widget.figures.spec import Picture

NOTHING = np.empty(0), np.empty(0)  # no points yet


class ShownSweep(PickerTraits):
    """A picker as far as it shows a sweep, and others under it.

    What its helpers return is plain state, which it writes to the traits: `_explainer` says what a
    curve shows, `_comparison` lays earlier sweeps under it.

    Args:
        sweeps: recorded ones, of which the last is shown; none where `SweepFeed` will bring some.
        explain: say anything beside what is suggested and lowest.
        withheld: say nothing, and have no pick, before `_explainer.withheld` is false.
        traits: values of the traits.
    """

    def __init__(
        self, sweeps: tuple[Sweep, ...], *, explain: bool, withheld: bool, **traits: Any
    ) -> None:
        self.sweeps = sweeps
        self._n_before = 0  # sweeps of earlier calls
        self._points = NOTHING
        self._place = kernel.Place()
        self._comparison = Comparison()
        self._explainer = Explainer(enabled=explain, withheld=withheld)
        super().__init__(
            _explain=explain,
            _esm=assets.loader(),
            _bundle_id=assets.shared_bundle().model_id,
            _bundle_hash=assets.bundle_hash(),
            _code=RECORDED.code,
            _schedule=RECORDED.schedule if sweeps else None,  # a loop brings its own: 1 kB
            _no_pick=self._explainer.no_pick,
            _outcome=say("outcome.idle"),
            **traits,
        )
        if sweeps:
            self._open(sweeps)

    @property
    def sweep(self) -> Sweep | None:
        """The sweep shown, or None before the first one of this picker's own has ended."""
        return self.sweeps[-1] if len(self.sweeps) > self._n_before else None

    @property
    def suggestions(self) -> dict[str, Suggestion]:
        """What each rule suggests, ours under "ours".

        Empty before the first sweep has ended, and as long as a guess is wanted first.
        """
        return self._explainer.suggestions

    @property
    def figure(self) -> Any:
        """The same picture as a `plotly.graph_objects.Figure`.

        Raises:
            ValueError: nothing has been swept.
        """
        from lr_widget.figures.plotly import plotly_figure

        return plotly_figure(self._picture())

    @property
    def model_id(self) -> str:  # type: ignore[override]  # ipywidgets declares no types
        """The id by which a page knows this picker.

        Who asks is about to show it, alone or in a box of other widgets: from then on the page has
        all of it.
        """
        self._explain_now()
        return str(super().model_id)

    def close(self) -> None:
        """Take the picker off every page; what it knows stays what it is."""
        if self.comm is None:  # never opened, or closed before
            return
        with self._explainer.waiting():  # closing asks for the id, too
            super().close()

    def __str__(self) -> str:
        """How the sweep ended, what its curve shows, and what to mind; `print(picker)` shows it."""
        if self.sweep is None:
            return f"{say('rows.title')}. {self._outcome}"
        if not self._reading:
            return self._summary()
        warnings = self.suggestions[OURS].warnings
        more = warnings[1:] if self._warned else warnings  # the reading begins with the first
        return "\n".join([self._outcome, plain(self._reading), *more])

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

    def _show(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            self.set_trait(name, value)  # raises where there is no such trait

    def _open(self, sweeps: Sequence[Sweep]) -> None:
        """Show recorded sweeps, the last one over the others; SweepFeed brings those that run."""
        *earlier, sweep = sweeps
        self._points = sweep.lrs, sweep.losses
        self._plan = plan_of(sweep)._asdict()
        self._show(groups_state(groups_of(sweep), one_rate=sweep.settings.one_rate))
        self._curve = uuid.uuid4().hex
        self._show_comparison(compare(earlier, run_of(sweep)))
        self._span = span_of(sweeps)
        self._conclude(sweep, restored=False)

    def _show_comparison(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._show(comparison.state())

    def _conclude(self, sweep: Sweep, *, restored: bool) -> None:
        ours = self._explainer.conclude(self.sweeps[self._n_before :])
        with self.hold_sync():
            self._outcome = outcome(sweep, restored=restored)
            self._no_pick = self._explainer.no_pick
            if self._place.outputs:  # a page waits for it
                self._explain_now()
            if self.value is None and ours.pick is not None and not self._explainer.withheld:
                self.value = tuple(ours.pick)
            self.status = status_of(sweep)

    def _explain_now(self) -> None:
        explanation = self._explainer.take_due()
        if explanation is not None:
            with self.hold_sync():
                self._show(explanation.state())

    def _curve_to_json(self) -> dict[str, Any]:
        return {"run": self._curve, "points": encode_points(*self._points)}

    @validate("value")
    def _check_value(self, proposal: Any) -> Any:
        if proposal["value"] is not None and self._explainer.withheld:
            raise TraitError(say("practice.guess.first"))
        return proposal["value"]

    def _ended(self, name: str) -> Sweep:
        """Return the sweep for what `name` does, which has to wait for its end."""
        if self.status == "running":
            raise ValueError(f"{name} must wait until the sweep has ended, got status 'running'")
        if self.sweep is None:
            raise ValueError(f"{name} must have a sweep that has ended, got none")
        return self.sweep

    def _summary(self) -> str:
        one_rate = self._one_rate or len(self._groups) == 1
        return self._explainer.summary(self._outcome, one_rate=one_rate)

    def _picture(self) -> Picture:
        from lr_widget.figures.spec import picture_of

        sweep = self.sweep
        if sweep is None:
            raise ValueError(say("errors.no_sweep"))
        ends = self._span or (self._plan["start_lr"], self._plan["end_lr"])
        pick = None if self.value is None else Pick(*self.value)
        zones = [(zone["name"], zone["lo"], zone["hi"]) for zone in self._zones]
        swept = ends[0], ends[1]
        return picture_of(
            sweep,
            swept,
            pick,
            self._lowest,
            zones,
            earlier=self._comparison.drawn,
            name=self._name,
            knows_truth=self._practice.get("truth") is not None,
        )


def groups_state(groups: Sequence[tuple[str, bool]], *, one_rate: bool) -> dict[str, Any]:
    """Return the traits that show parameter groups, by name.

    Args:
        groups: name of each, and whether it is frozen.
        one_rate: the groups are no layers.
    """
    named = [{"name": name, "frozen": frozen} for name, frozen in groups]
    return {"_one_rate": one_rate, "_groups": named}
