"""The dozen cases that come with the package: `gallery()`.

They are real range tests and trainings, recorded on a CPU in 2026-11. `tools/make_cases.py` packs
them and says where they come from.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, overload

import numpy as np

from lr_widget.practice.case import Case
from lr_widget.practice.table import table_of
from lr_widget.practice.truth import Truth
from lr_widget.records.read_only import Floats
from lr_widget.records.stop_reason import StopReason
from lr_widget.records.sweep import Sweep

START_LR, END_LR, NUM_IT = 1e-7, 10.0, 100  # as every one of them was planned


class Gallery(Mapping[str, Case]):
    """The cases by name, in the order in which to practise; a notebook shows them as a table."""

    def __init__(self, cases: Mapping[str, Case]) -> None:
        self._cases = dict(cases)

    def __getitem__(self, name: str) -> Case:
        return self._cases[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cases)

    def __len__(self) -> int:
        return len(self._cases)

    def __repr__(self) -> str:
        width = max(map(len, self._cases))
        lines = (f"{name:{width}}  {case.about}" for name, case in self._cases.items())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return table_of(list(self._cases.values()))


@overload
def gallery() -> Gallery: ...
@overload
def gallery(name: str) -> Case: ...


def gallery(name: str | None = None) -> Gallery | Case:
    """Return the cases to practise on, or one of them.

    Args:
        name: of a case; None for all, as a mapping of names to cases.

    Raises:
        TypeError: `name` is no string.
        ValueError: there is no such case; the message lists those there are.
    """
    cases = _gallery()
    if name is None:
        return cases
    if not isinstance(name, str):
        raise TypeError(f"name must be a string or None, got {name!r}")
    if name not in cases:
        known = ", ".join(repr(each) for each in cases)
        raise ValueError(f"name must be one of {known}, got {name!r}")
    return cases[name]


@lru_cache(maxsize=1)
def _gallery() -> Gallery:
    packed = resources.files("lr_widget.practice").joinpath("cases.json.gz").read_bytes()
    found: dict[str, dict[str, Any]] = json.loads(gzip.decompress(packed))
    return Gallery({name: _case(name, each) for name, each in found.items()})


def _case(name: str, found: dict[str, Any]) -> Case:
    is_whole = len(found["lrs"]) == NUM_IT
    reason = StopReason.FINISHED if is_whole else StopReason.DIVERGED
    sweep = Sweep(
        _column(found["lrs"]),
        _column(found["losses"]),
        found["optimizer"],
        stop_reason=str(reason),
        settings={"start_lr": START_LR, "end_lr": END_LR, "num_it": NUM_IT},
        groups=[f"group {i + 1}" for i in range(found["param_groups"])],
        label=name,
    )
    grid = _column(found["grid_lrs"]), _column(found["grid_val_loss"])
    truth = Truth(*grid, found["init_val_loss"])
    return Case(name, sweep, found["about"], truth, found["lesson"])


def _column(values: list[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values])
