"""A picker that is copied or pickled, alone or with a model that holds it: what comes back.

It is a picker over the same record, with a page of its own, no observers, and no model: `try_picks`
needs the original. A picker is `Any` here, since `picker.py` imports this file.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from lr_widget.practice.answers import Guess
from lr_widget.practice.case import Case
from lr_widget.records.pick import Pick
from lr_widget.records.sweep import Sweep

if TYPE_CHECKING:
    from lr_widget.trials.results import Trials


def reduced(picker: Any) -> tuple[Any, ...]:
    """Return a function that makes such a picker again, and its arguments, as pickle wants them."""
    return _made_again, (_kind_of(picker), _Record.of(picker))


def copy_of(picker: Any) -> Any:
    """Return a copy, as a pickle would give it back: a record cannot be changed."""
    make, of = picker.__reduce__()
    return make(*of)


def _kind_of(picker: Any) -> Any:
    """Return a picker's class: its own type is one that traitlets has made for it alone."""
    for kind in type(picker).__mro__:
        if getattr(sys.modules[kind.__module__], kind.__name__, None) is kind:
            return kind
    raise TypeError(f"a picker must be of a class that can be imported, got {type(picker)!r}")


class _Record(NamedTuple):
    sweeps: Sequence[Sweep] | Case
    options: dict[str, bool]
    guess: Guess | None
    open: bool
    value: tuple[float, float] | None
    kept: Sequence[Pick]
    trials: Trials | None

    @classmethod
    def of(cls, picker: Any) -> _Record:
        # of a picker whose first sweep still runs nothing is known yet
        sweeps = () if picker.sweep is None else picker.sweeps
        options = {
            "continuous_update": picker.continuous_update,
            "explain": picker._explain,
            "guess": picker._practising.asks,
        }
        return cls(
            picker._practising.case or sweeps,
            options,
            picker.guess,
            not picker._explainer.withheld,
            picker.value,
            picker.kept,
            picker.trials,
        )


def _made_again(kind: type[Any], record: _Record) -> Any:
    picker = kind(record.sweeps, **record.options)
    if record.guess is not None:
        picker.submit(record.guess[:2], record.guess.why)
    elif record.open and record.options["guess"]:
        picker.reveal()
    picker.value = record.value  # also where it is None: that was chosen, too
    for pick in record.kept:
        picker.keep(pick)
    picker.trials = record.trials
    return picker
