"""Runs trials: each candidate trains from the same start, which is put back after each.

The start itself is validated once, to tell which of them has learned anything.

The first seed is the random state of the start itself, so a run is the training that the same call
typed by hand would be. Other seeds seed Python, NumPy, torch and the loader's generators.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import Any, NamedTuple, Protocol, cast

from lr_widget.engine.training_run import Training
from lr_widget.hosts.interrupts import Interrupts
from lr_widget.loops.protocol import BaseLoop, TrainableLoop
from lr_widget.records.pick import Pick
from lr_widget.records.read_only import Floats
from lr_widget.records.stop_reason import StopReason
from lr_widget.records.trial import Trial
from lr_widget.snapshot.loader_graph import LoaderGraph
from lr_widget.snapshot.random_states import seed_everything
from lr_widget.snapshot.snapshot import Snapshot
from lr_widget.snapshot.torch_modes import search_no_anomalies
from lr_widget.trials.request import Request
from lr_widget.trials.results import Trials
from lr_widget.trials.verdict import judge_trials


class Listener(Protocol):
    """What hears of the runs while they are made."""

    def begin(self, start_loss: float) -> None:
        """The runs begin from this validation loss; not called where it is unknown."""

    def begin_run(self, name: str, seed: int) -> None:
        """A run begins."""

    def follow(self, training: Training) -> None:
        """It has new losses, or has ended an epoch."""

    def end_run(self, trial: Trial, batch: int) -> None:
        """It has ended, at this batch."""


class Outcome(NamedTuple):
    """What came of a request.

    Attributes:
        trials: the runs, those that were made.
        left: name of the candidate whose run the model was left as, or None.
        error: what was raised, or None.
    """

    trials: Trials
    left: str | None
    error: BaseException | None


class Runner:
    """Makes the runs of one request.

    Args:
        loop: what trains.
        request: what is to be tried.
        listener: hears of it.
        interrupts: those of the context in which `run` is called.
        should_stop: asked after each batch.
    """

    def __init__(
        self,
        loop: BaseLoop,
        request: Request,
        listener: Listener,
        interrupts: Interrupts,
        should_stop: Callable[[], bool],
    ) -> None:
        self._loop = loop
        self._request = request
        self._listener = listener
        self._interrupts = interrupts
        self._should_stop = should_stop
        self._start_loss: float | None = None
        self._trials: list[Trial] = []
        self._best: Snapshot | None = None
        self._left: str | None = None

    def run(self) -> Outcome:
        """Make all runs, put everything back, and return what came of it."""
        error: BaseException | None = None
        try:
            with Snapshot(self._holders(), self._request.also) as start:
                self._run_all(start)
        except BaseException as raised:  # noqa: BLE001  whatever it is, the caller raises it again
            error = raised
        if self._best is not None:
            try:
                if error is None or self._interrupts.is_stop(error):
                    self._best.restore()
                else:
                    self._left = None
            except BaseException as raised:  # noqa: BLE001  as above
                error = raised
            finally:
                self._best.free()
        if error is not None and self._interrupts.is_stop(error):
            error = None
        return Outcome(self._in_order(), self._left, error)

    def _holders(self) -> list[Any]:
        return [*self._loop.holders(), LoaderGraph(self._request.valid)]

    def _run_all(self, start: Snapshot) -> None:
        fresh = self._request.fit is not None
        if not fresh:
            self._validate_start()
        for name, pick in self._request.candidates:
            # the start's own random state comes last: only that run is one to be left in place
            for seed in reversed(range(self._request.seeds)):
                if not fresh:
                    start.restore()
                if self._stopped:
                    return
                fresh = False
                self._run_one(name, pick, seed)
            self._keep_if_best(name)

    def _validate_start(self) -> None:
        try:
            with self._interrupts.breakable():
                loss = self._loop.validate(self._request.valid)
        finally:
            self._interrupts.shield()
        if loss is not None and math.isfinite(loss):
            self._start_loss = float(loss)
            self._listener.begin(self._start_loss)

    @property
    def _stopped(self) -> bool:
        return self._interrupts.stop_requested or self._should_stop()

    def _run_one(self, name: str, pick: Pick, seed: int) -> None:
        search_no_anomalies()
        if seed:
            seed_everything(seed, self._loop.generators())
        training = Training(
            self._request.epochs,
            should_stop=lambda: self._stopped,
            on_change=self._listener.follow,
            shielded=self._interrupts.shielded,
            start_losses=self._start_losses(),
        )
        self._listener.begin_run(name, seed)
        ended = StopReason.STOPPED  # by what is raised, if anything is
        try:
            with self._interrupts.breakable():
                self._train(pick, training)
            ended = StopReason.FINISHED
        finally:
            self._interrupts.shield()
            self._take(name, pick, seed, training, ended)

    def _start_losses(self) -> Floats | None:
        """Return the losses of the lowest rate so far: all runs start where that one did."""
        calm = [trial for trial in self._trials if trial.finished]
        return min(calm, key=lambda trial: trial.pick.hi).train_losses if calm else None

    def _train(self, pick: Pick, training: Training) -> None:
        request = self._request
        if request.fit is None:
            loop = cast(TrainableLoop, self._loop)  # as the request has checked
            loop.train(pick, request.epochs, request.valid, training)
            return
        began = perf_counter()
        training.begin(0)
        valid_loss = request.fit(pick if self._loop.groups_are_layers else Pick(pick.hi, pick.hi))
        number = _as_number(valid_loss)
        training.end_epoch(number, seconds=perf_counter() - began)

    def _take(
        self, name: str, pick: Pick, seed: int, training: Training, ended: StopReason
    ) -> None:
        training.finish(ended)
        losses, epochs, ended = training.losses, tuple(training.epochs), training.ended
        if ended is StopReason.FINISHED and not epochs:
            ended = StopReason.NOT_VALIDATED
        elif ended is StopReason.FINISHED and not math.isfinite(epochs[-1].valid_loss):
            ended = StopReason.NON_FINITE_LOSS
        lrs = tuple(self._loop.group_lrs(pick))
        trial = Trial(name, pick, seed, losses, epochs, ended.value, lrs)
        self._trials.append(trial)
        self._listener.end_run(trial, len(losses))

    def _keep_if_best(self, name: str) -> None:
        """Capture the model as the last run has left it, if that is the best one by now."""
        request = self._request
        if request.leave != "best" or not self._trials[-1].finished:
            return
        verdict = judge_trials(self._trials, request.epochs, request.planned, self._start_loss)
        if verdict.best != name:
            return
        if self._best is not None:
            self._best.free()  # before the next one is made: never more than one beside the start
        self._best = Snapshot(self._holders(), request.also)
        self._left = name

    def _in_order(self) -> Trials:
        """Return the runs candidate by candidate, the first seed first."""
        names = [name for name, _ in self._request.candidates]
        runs = sorted(self._trials, key=lambda trial: (names.index(trial.name), trial.seed))
        return Trials(runs, self._request.epochs, self._request.planned, self._start_loss)


def _as_number(value: Any) -> float:
    """Return what `fit` has returned as a float."""
    refused = isinstance(value, (bool, str, bytes)) or not hasattr(value, "__float__")
    if not refused:
        with suppress(TypeError, ValueError, RuntimeError):  # more than one element
            return float(value)
    raise TypeError(f"fit must return the validation loss, a number, got {value!r}")
