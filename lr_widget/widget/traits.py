"""All traits of a picker: what it shares with its page, and what a saved notebook holds of it."""

from __future__ import annotations

from typing import Any, cast

import anywidget
from traitlets import (
    Bool,
    Bytes,
    Dict,
    Enum,
    Float,
    HasTraits,
    Int,
    List,
    TraitError,
    TraitType,
    Unicode,
)

from lr_widget.records.pick import checked_pick


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


def grown(whole: str, **metadata: Any) -> Any:
    """Return a trait that holds only an id, while the page gets all that has grown under it.

    What has grown is made when it is asked for. So it grows without a message, and a page that
    reloads or a second view gets what there is. Nobody but Python writes it.

    Args:
        whole: name of the widget's method that returns what the page gets.
        metadata: of the trait, such as its help.
    """
    trait = Unicode(**metadata)
    return trait.tag(
        sync=True,
        echo_update=False,
        to_json=lambda _id, widget: getattr(widget, whole)(),
        from_json=lambda _sent, widget: getattr(widget, str(trait.name)),  # as it was
    )


class _Told(TraitType[Any, Any]):
    """A trait that says something of the curve: the picker makes that when it is first read."""

    def get(self, obj: HasTraits, cls: type[Any] | None = None) -> Any:
        """Return the value, after the explanation that is due."""
        cast(PickerTraits, obj)._explain_now()  # noqa: SLF001  no other class has such traits
        return super().get(obj, cls)


class _ToldText(_Told, Unicode[Any, Any]):
    pass


class _ToldFlag(_Told, Bool[Any, Any]):
    pass


class _ToldList(_Told, List[Any]):
    pass


class _ToldNumber(_Told, Float[Any, Any]):
    pass


class PickerTraits(anywidget.AnyWidget):
    """The traits. The page writes `value` and `_handles`; Python all but `_handles`."""

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
    _curve: Any = grown("_curve_to_json", help="Id of the run; all its points on the wire.")
    _plan = Dict(help="start_lr, end_lr, num_it, schedule.").tag(sync=True)
    _groups = List(Dict(), help="name and frozen of every parameter group.").tag(sync=True)
    _one_rate = Bool(False, help="Whether the groups are no layers: all get hi.").tag(sync=True)
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

    # Why: those of `Explanation`.
    _explain = Bool(True, help="Whether anything of this is shown.").tag(sync=True)
    _reading = _ToldText(help="What the curve shows, in words; ** and ` are marks.").tag(sync=True)
    _warned = _ToldFlag(False, help="Whether the reading begins with a warning.").tag(sync=True)
    _zones = _ToldList(Dict(), help="name, lo and hi of every zone, from the left.").tag(sync=True)
    _marks = _ToldList(
        Dict(), help="rule, lr, agrees, says, pick, interval of every marked rule."
    ).tag(sync=True)
    _rules_note = _ToldText(help="What stands for the marks where there are none.").tag(sync=True)
    _suggested = _ToldNumber(None, allow_none=True, help="The suggested hi.").tag(sync=True)
    _lowest = _ToldNumber(
        None, allow_none=True, help="Rate of the lowest point, if it is one."
    ).tag(sync=True)

    # Earlier sweeps: those of `Comparison`.
    _earlier = List(Dict(), help="name and points, as on the wire, of each earlier sweep.").tag(
        sync=True, echo_update=False
    )
    _coming = List(Unicode(), help="Names of those that will be earlier ones at the end.").tag(
        sync=True
    )
    _name = Unicode(help="What the present sweep is called.").tag(sync=True)
    _span = List(Float(), help="Ends of the axis where it is wider than the plan; or none.").tag(
        sync=True
    )

    # Practice: those of `practice_state`; nothing where nobody practises.
    _practice = Dict(help="A guess that is wanted or was made, the truth, a replay, picks.").tag(
        sync=True
    )
    _handles = PickTrait(help="Where the handles stand before the guess. The page tells it.").tag(
        sync=True, echo_update=False
    )
    _bundle_practice = Unicode(help="Model id of the widget with the parts for it.").tag(sync=True)

    # Trials: those of `TrialFeed`.
    _kept = List(Dict(), help="name, lo and hi of every candidate.").tag(sync=True)
    _trials = Dict(help="The trials, but for their losses: see trial_feed.py.").tag(sync=True)
    _trial_losses: Any = grown(
        "_trial_losses_to_json",
        help="Id of the trials; the losses of every run on the wire.",
    )

    def _explain_now(self) -> None:
        """Write to the traits what is said of the curve, if that has not been done yet."""
