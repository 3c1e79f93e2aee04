"""The record of trials: all runs of one call, candidate by candidate."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lr_widget.common import checks
from lr_widget.records.files import (
    FileFormat,
    import_pandas,
    read_number,
    read_numbers,
    write_number,
    write_numbers,
)
from lr_widget.records.pick import checked_pick
from lr_widget.records.stop_reason import OF_TRIALS
from lr_widget.records.trial import Epoch, Trial
from lr_widget.trials.verdict import Verdict, epochs_text, judge_trials

FILES = FileFormat("lr_widget trials", 1, "holds no saved trials")
COLUMNS = ("pick", "seed", "epoch", "train_loss", "valid_loss", "time")


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Trials(Sequence[Trial]):
    """All runs of one call of `try_picks`, candidate by candidate; they cannot be changed.

    Args:
        trials: the runs.
        epochs: how many epochs each was to train.
        planned: how many epochs the real run will have, or None.
        start_loss: the validation loss before training; None where nobody knows it (`fit=fn`).

    Raises:
        TypeError: they are no `Trial` objects, or a number is none.
        ValueError: a number breaks a rule.
    """

    _trials: tuple[Trial, ...]
    epochs: int
    planned: int | None
    start_loss: float | None

    def __init__(
        self,
        trials: Sequence[Trial],
        epochs: int,
        planned: int | None = None,
        start_loss: float | None = None,
    ) -> None:
        runs = tuple(trials)
        for trial in runs:
            if not isinstance(trial, Trial):
                raise TypeError(f"trials must hold Trial objects only, got {trial!r}")
        held = {
            "_trials": runs,
            "epochs": checks.whole("epochs", epochs, 1),
            "planned": None if planned is None else checks.whole("planned", planned, 1),
            "start_loss": None if start_loss is None else checks.real("start_loss", start_loss),
        }
        for name, value in held.items():
            object.__setattr__(self, name, value)  # frozen for everybody else

    @property
    def best(self) -> Trial:
        """The run with the lowest validation loss; a training loss never decides.

        With several seeds the mean over them decides, and the run of the lowest seed is returned.

        Raises:
            ValueError: no candidate finished, or none has learned: then no rate is better.
        """
        best = self.verdict.best
        if best is None:
            raise ValueError(
                f"trials.best needs a run that finished and has learned, got none: {self.answer}"
            )
        runs = [trial for trial in self._trials if trial.name == best and trial.finished]
        return min(runs, key=lambda trial: trial.seed)

    @property
    def answer(self) -> str:
        """Which candidate did better, in words that are no more certain than the numbers."""
        return self.verdict.plain

    @property
    def verdict(self) -> Verdict:
        """The best candidate's name, or None, and the answer with its marks."""
        return judge_trials(self._trials, self.epochs, self.planned, self.start_loss)

    def __len__(self) -> int:
        return len(self._trials)

    def __iter__(self) -> Iterator[Trial]:
        return iter(self._trials)

    def __getitem__(self, index: Any) -> Any:
        return self._trials[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trials) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return self._trials, self.epochs, self.planned, self.start_loss

    def __repr__(self) -> str:
        return f"Trials({len(self)} runs of {epochs_text(self.epochs)}): {self.answer}"

    def __reduce__(self) -> tuple[Any, ...]:  # for copies, and for other processes
        return Trials._from_json, (self._to_json(),)

    def to_frame(self) -> Any:
        """Return a pandas DataFrame, one row per candidate, seed and epoch.

        Columns: pick, seed, epoch (from 0), train_loss, valid_loss, each metric by its name, time
        (seconds). A metric with the name of another column is called "metric ...".

        Raises:
            ImportError: pandas is not installed.
        """
        pd = import_pandas()
        names = list(dict.fromkeys(n for t in self for e in t.epochs for n in e.metrics))
        titles = {name: f"metric {name}" if name in COLUMNS else name for name in names}
        rows = [
            {
                "pick": trial.pick,
                "seed": trial.seed,
                "epoch": number,
                "train_loss": math.nan if epoch.train_loss is None else epoch.train_loss,
                "valid_loss": epoch.valid_loss,
                **{title: epoch.metrics.get(n, math.nan) for n, title in titles.items()},
                "time": epoch.seconds,
            }
            for trial in self
            for number, epoch in enumerate(trial.epochs)
        ]
        return pd.DataFrame(rows, columns=[*COLUMNS[:-1], *titles.values(), COLUMNS[-1]])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the trials as JSON (format 1); every float comes back to the last bit."""
        FILES.write(path, self._to_json())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trials:
        """Read trials that `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is damaged, of another kind, or of a newer format; the message
                names it.
        """
        return FILES.read(path, cls._from_json)

    def _to_json(self) -> dict[str, Any]:
        return {
            **FILES.head(),
            "epochs": self.epochs,
            "planned": self.planned,
            # left out where unknown, as in the files from before there was any
            **({} if self.start_loss is None else {"start_loss": self.start_loss}),
            "trials": [_trial_to_json(trial) for trial in self],
        }

    @classmethod
    def _from_json(cls, data: Any) -> Trials:
        FILES.checked(data)
        trials = [_trial_from_json(each) for each in data["trials"]]
        return cls(trials, data["epochs"], data.get("planned"), data.get("start_loss"))


def _trial_to_json(trial: Trial) -> dict[str, Any]:
    return {
        "name": trial.name,
        "pick": list(trial.pick),
        "seed": trial.seed,
        "ended": trial.ended,
        "group_lrs": list(trial.group_lrs),
        "train_losses": write_numbers(trial.train_losses),
        "epochs": [
            {
                "train_loss": write_number(epoch.train_loss),
                "valid_loss": write_number(epoch.valid_loss),
                "metrics": {name: write_number(value) for name, value in epoch.metrics.items()},
                "seconds": epoch.seconds,
            }
            for epoch in trial.epochs
        ],
    }


def _trial_from_json(data: Any) -> Trial:
    name, ended = data["name"], data["ended"]
    if not isinstance(name, str):
        raise TypeError(f"name must be a string, got {name!r}")
    if ended not in OF_TRIALS:
        known = ", ".join(repr(reason.value) for reason in OF_TRIALS)
        raise ValueError(f"ended must be one of {known}, got {ended!r}")
    lrs = tuple(checks.positive("group_lrs", lr) for lr in data["group_lrs"])
    return Trial(
        name=name,
        pick=checked_pick("pick", data["pick"]),
        seed=checks.whole("seed", data["seed"], 0),
        train_losses=read_numbers("train_losses", data["train_losses"]),
        epochs=tuple(map(_epoch_from_json, data["epochs"])),
        ended=ended,
        group_lrs=lrs,
    )


def _epoch_from_json(data: Any) -> Epoch:
    train_loss = data["train_loss"]
    return Epoch(
        train_loss=None if train_loss is None else read_number("train_loss", train_loss),
        valid_loss=read_number("valid_loss", data["valid_loss"]),
        metrics={name: read_number("metrics", value) for name, value in data["metrics"].items()},
        seconds=checks.real("seconds", data["seconds"]),
    )
