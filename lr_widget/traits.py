"""The two traits of a picker that are more than a plain value: its pick and its curve."""

from __future__ import annotations

from typing import Any

from traitlets import TraitError, TraitType

from lr_widget.records.pick import checked_pick
from lr_widget.stream import encode_points


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
