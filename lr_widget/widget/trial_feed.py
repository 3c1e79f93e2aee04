"""What the page is told of trials while they run, and what it shows of them afterwards.

`js/src/source/types.ts` has the other side of it.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lr_widget.common.errors import error_text
from lr_widget.common.sentences import say
from lr_widget.records.files import write_number
from lr_widget.records.read_only import Floats
from lr_widget.records.stop_reason import StopReason
from lr_widget.records.trial import Epoch, Trial
from lr_widget.trials.request import Request
from lr_widget.trials.results import Trials
from lr_widget.trials.verdict import epochs_text
from lr_widget.widget.wire import PointStream, encode_points

if TYPE_CHECKING:
    from lr_widget.engine.training_run import Training


class TrialFeed:
    """Keeps the page's picture of some trials, and says when it has changed.

    Args:
        request: what is to be tried.
        code: the line of code that trains with the best one.
        send: sends a message with its buffers.
        on_state: called with `state` when it is another one.
    """

    def __init__(
        self,
        request: Request,
        code: str,
        send: Callable[[dict[str, Any], list[bytes]], None],
        on_state: Callable[[dict[str, Any]], None],
    ) -> None:
        self.run = uuid.uuid4().hex
        self.losses: list[Floats] = []
        self._send = send
        self._on_state = on_state
        self._runs: list[dict[str, Any]] = []
        candidates, seeds = request.candidates, request.seeds
        self._names = [name for name, _ in candidates]
        self._state: dict[str, Any] = {
            "run": self.run,
            "status": "running",
            "outcome": "",
            "candidates": [{"name": name, "lo": lo, "hi": hi} for name, (lo, hi) in candidates],
            "epochs": request.epochs,
            "seeds": seeds,
            "total": len(candidates) * seeds,
            "batches": 0,
            "metrics": [],
            "start_loss": None,
            "best": None,
            "answer": "",
            "code": code,
        }
        self._stream = self._new_stream()

    @property
    def state(self) -> dict[str, Any]:
        """All but the losses of the batches, as JSON takes it."""
        return {**self._state, "runs": [dict(run) for run in self._runs]}

    def begin(self, start_loss: float) -> None:
        """See `trials.runner.Listener`."""
        self._state["start_loss"] = start_loss
        self._on_state(self.state)

    def begin_run(self, name: str, seed: int) -> None:
        """See `trials.runner.Listener`."""
        run = {"candidate": self._names.index(name), "seed": seed, "ended": "", "epochs": []}
        self._runs.append(run)
        self.losses.append(np.empty(0))
        self._stream = self._new_stream()
        self._on_state(self.state)

    def follow(self, training: Training) -> None:
        """See `trials.runner.Listener`."""
        epochs = self._runs[-1]["epochs"]
        described = training.batches, list(training.metrics)
        news = described != (self._state["batches"], self._state["metrics"])
        if news:
            self._state["batches"], self._state["metrics"] = described
        news = news or len(training.epochs) > len(epochs)
        if not news and not self._stream.is_due:  # of a long run an array is no small matter
            return
        self.losses[-1] = training.losses
        self._stream.flush(self.losses[-1])
        if news:
            self._runs[-1]["epochs"] = [_row(each, described[1]) for each in training.epochs]
            self._on_state(self.state)

    def end_run(self, trial: Trial, batch: int) -> None:
        """See `trials.runner.Listener`."""
        self.losses[-1] = trial.train_losses
        self._stream.flush(trial.train_losses)
        self._runs[-1]["ended"] = ended_text(trial, batch)
        self._on_state(self.state)

    def conclude(
        self, trials: Trials, left: str | None, error: BaseException | None, *, restored: bool
    ) -> None:
        """Show what came out, when everything has been put back.

        Args:
            trials: the runs.
            left: name of the candidate whose run the model was left as, or None.
            error: what was raised, or None.
            restored: everything could be put back.
        """
        verdict = trials.verdict
        stopped = next((trial.name for trial in trials if trial.ended == StopReason.STOPPED), None)
        whole = len(trials) == self._state["total"]
        last = self._names[self._runs[-1]["candidate"]] if self._runs else self._names[0]
        after = say("tried.outcome.as_best", name=left) if left else ""
        if restored and not left:
            after = say("tried.outcome.as_it_was")
        words = {"name": stopped or last, "after": after}
        if error is not None and not isinstance(error, KeyboardInterrupt):
            status, key = "failed", "error"
            words["error"] = (error_text(error) or type(error).__name__).rstrip(".")
        elif stopped or not whole:
            status, key = "stopped", "stopped"
        else:
            status, key = "finished", "finished_seeds" if self._state["seeds"] > 1 else "finished"
            words |= _how_many(self._state)
        answer = verdict.answer if key != "error" or verdict.best else ""
        self._state |= {
            "status": status,
            "outcome": say(f"tried.outcome.{key}", **words).strip(),
            "best": None if verdict.best is None else self._names.index(verdict.best),
            "answer": answer,
        }
        self._on_state(self.state)

    def losses_to_json(self) -> dict[str, Any]:
        """Return the losses of all runs, each as the bytes of `wire.py`."""
        return {"run": self.run, "losses": [encode_points(losses) for losses in self.losses]}

    def _new_stream(self) -> PointStream:
        message = {"type": "trial", "run": self.run, "index": len(self._runs) - 1}
        return PointStream(self._send, message)


def ended_text(trial: Trial, batch: int) -> str:
    """Say why a run ended before its end; "" if it did not."""
    if trial.ended == StopReason.FINISHED:
        return ""
    if trial.ended == StopReason.NON_FINITE_LOSS and trial.epochs and not trial.finished:
        bad_end = not np.isfinite(trial.epochs[-1].valid_loss)
        if bad_end:
            return say("tried.ended.no_number")
    return say(f"tried.ended.{trial.ended}", batch=batch)


def _how_many(state: dict[str, Any]) -> dict[str, Any]:
    count = len(state["candidates"])
    return {
        "count": count,
        "epochs": epochs_text(state["epochs"]),
        "seeds": state["seeds"],
        "same": say("tried.both" if count == 2 else "tried.all"),
    }


def _row(epoch: Epoch, names: list[str]) -> dict[str, Any]:
    return {
        "train_loss": write_number(epoch.train_loss),
        "valid_loss": write_number(epoch.valid_loss),
        "metrics": [write_number(epoch.metrics.get(name, math.nan)) for name in names],
        "seconds": epoch.seconds,
    }
