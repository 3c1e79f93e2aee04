"""Recorded sweeps of real trainings, with what training at each learning rate came to.

`make_sweeps.py` says what they are and where they come from.
"""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lr_widget import Sweep

FILE = Path(__file__).parent / "sweeps.json.gz"
START_LR, END_LR = 1e-7, 10.0  # of every one of them
WORST = 2.0  # regret of a training that ended in NaN, and the most that any other can have
NONE = 1.0  # regret of no suggestion: as good as not trained

Floats = npt.NDArray[np.float64]


class Recorded(NamedTuple):
    """One sweep, and the validation losses of trainings from the same start.

    Attributes:
        task: what was trained.
        seed: of the sweep: 0 or 1.
        num_it: planned steps of the sweep: 100 or 200.
        set: "first" or "second".
        n_steps: of a training.
        sweep: the record of the range test.
        grid_lrs: highest rates of the trainings, rising, shape `(n,)`.
        grid_val_loss: their validation losses, shape `(n,)`, NaN where not finite.
        init_val_loss: the validation loss before any training.
        peers: what each public rule says, by name.
    """

    task: str
    seed: int
    num_it: int
    set: str
    n_steps: int
    sweep: Sweep
    grid_lrs: Floats
    grid_val_loss: Floats
    init_val_loss: float
    peers: dict[str, float | None]

    def regret(self, lr: float | None) -> float:
        """Return what a training with this highest rate loses against the best one.

        (validation loss - best) / (loss before training - best), linear between the trainings in
        the logarithm of the rate; at most 2, and 2 for NaN. 0 is perfect, 1 no better than
        untrained; no rate counts as 1. Beyond the trainings the nearest one counts.
        """
        if lr is None:
            return NONE
        best = np.nanmin(self.grid_val_loss)
        regrets = (self.grid_val_loss - best) / (self.init_val_loss - best)
        regrets = np.fmin(np.nan_to_num(regrets, nan=WORST), WORST)
        return float(np.interp(np.log10(lr), np.log10(self.grid_lrs), regrets))


@lru_cache(maxsize=1)
def _packed() -> list[dict[str, Any]]:
    with gzip.open(FILE, "rt", encoding="utf-8") as file:
        found: list[dict[str, Any]] = json.load(file)
    return found


def load() -> list[Recorded]:
    """Return every recorded sweep, in the order of tasks, seeds and lengths."""
    return [_recorded(found) for found in _packed()]


def _recorded(found: dict[str, Any]) -> Recorded:
    settings = {"start_lr": START_LR, "end_lr": END_LR, "num_it": found["num_it"]}
    sweep = Sweep(
        _column(found["lrs"]),
        _column(found["losses"]),
        found["optimizer"],
        settings=settings,
        groups=[f"group {i + 1}" for i in range(found["param_groups"])],
        label=f"{found['task']}, seed {found['seed']}",
    )
    return Recorded(
        task=found["task"],
        seed=found["seed"],
        num_it=found["num_it"],
        set=found["set"],
        n_steps=found["n_steps"],
        sweep=sweep,
        grid_lrs=_column(found["grid_lrs"]),
        grid_val_loss=_column(found["grid_val_loss"]),
        init_val_loss=found["init_val_loss"],
        peers=found["suggestions_of_peers"],
    )


def _column(values: list[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values])
