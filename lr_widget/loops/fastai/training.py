"""fastai: one training run of a candidate, the same as `learn.fit_one_cycle` typed by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import Any

from fastai.callback.core import Callback, CancelFitException, CancelTrainException
from fastai.learner import Recorder, defaults
from fastai.torch_basics import noop

from lr_widget.engine.training_run import Training
from lr_widget.loops.fastai.callbacks import is_writer
from lr_widget.loops.fastai.scheduled import Scheduled
from lr_widget.loops.loaders import has_length
from lr_widget.records.pick import Pick
from lr_widget.records.stop_reason import StopReason

HEARD = frozenset({"before_fit", "before_epoch", "after_batch", "after_epoch", "after_fit"})


def check_training(learn: Any, valid: Any) -> None:
    """Check that candidates can be ranked.

    Raises:
        ValueError: the Learner has no validation data, or no epochs, or `valid` is given.
    """
    if valid is not None:
        raise ValueError(f"valid must be left out for a Learner, which has its own, got {valid!r}")
    loaders = learn.dls.loaders
    empty = len(loaders) < 2 or (has_length(loaders[1]) and len(loaders[1]) == 0)
    if empty:
        raise ValueError(
            "learn.dls.valid must have data, since candidates are ranked by their validation "
            f"loss, got none in {learn.dls!r}"
        )
    if not has_length(learn.dls.train):
        raise ValueError(
            "learn.dls.train must have a length to be trained on in epochs, got one without: "
            f"{learn.dls.train!r}; use fit=fn"
        )
    recorder = getattr(learn, "recorder", None)
    if recorder is not None and not recorder.valid_metrics:
        raise ValueError(
            "learn.recorder must record validation losses (valid_metrics=True), got "
            f"{recorder.valid_metrics!r}"
        )


def train(learn: Any, pick: Pick, epochs: int, training: Training) -> None:
    """Call `fit_one_cycle` with a pick and tell what comes of it."""
    _bring_fit_one_cycle()
    with _without_writers(learn) as recorder, ExitStack() as hooks:
        rates = Scheduled(hooks)
        # the first of these comes right behind the schedule, which has the same order
        learn.fit_one_cycle(epochs, pick.slice, cbs=[rates, *recorder, _Tell(training, rates)])
    if rates.error is not None:
        raise rates.error


def validate(learn: Any) -> float:
    """Return the validation loss as it is: that of an epoch of `fit` without its training.

    NaN where a callback of the user's lets nothing be validated.
    """
    asked = _Validate()
    with _without_writers(learn) as recorder:
        learn.fit(1, cbs=[*recorder, asked])
    return asked.found


@contextmanager
def _without_writers(learn: Any) -> Iterator[list[Recorder]]:
    """Leave out what writes about a run; yields a recorder where the Learner has none."""
    callbacks, logger = learn.cbs, learn.logger
    kept = [each for each in callbacks if not is_writer(each)]
    learn.cbs, learn.logger = type(callbacks)(kept), noop
    try:
        yield [] if any(isinstance(each, Recorder) for each in kept) else [Recorder()]
    finally:
        learn.cbs, learn.logger = callbacks, logger


def _bring_fit_one_cycle() -> None:
    """Import what gives a Learner its `fit_one_cycle`; later Learners get no bar by it."""
    before = list(defaults.callbacks)
    import fastai.callback.schedule  # noqa: F401

    defaults.callbacks[:] = before


class _Tell(Callback):
    """Tells a run's losses, and ends it if asked to."""

    name = "lr_widget_trial"
    order = 10_000  # after the recorder, and after the user's own callbacks
    run_valid = False

    def __init__(self, training: Training, rates: Scheduled) -> None:
        super().__init__()
        # one word: fastai has an attribute `training` of its own
        self.told, self.began = training, 0.0
        self.rates = rates
        self.goes_on, self.is_within_epoch = True, False
        self._seen: Any = None  # the loss that has been told, or one of the validation

    def __call__(self, event_name: str) -> Any:
        # fastai asks every callback about every one of its 20 events a step
        return super().__call__(event_name) if event_name in HEARD else None

    def before_fit(self) -> None:
        self._seen = getattr(self.learn, "loss", None)
        names = [str(name) for name in self.learn.recorder.metric_names]
        rest = ("epoch", "train_loss", "valid_loss", "time")
        batches = len(self.learn.dls.train)
        self.told.begin(batches, [name for name in names if name not in rest])

    def before_epoch(self) -> None:
        self.began = perf_counter()

    @property
    def has_loss(self) -> bool:
        """Whether the present loss has not been told: not so where a batch was cancelled early."""
        return self.learn.loss is not self._seen

    def after_batch(self) -> None:
        self.rates.check()
        if not self.has_loss:
            return
        self._seen, self.is_within_epoch = self.learn.loss, True
        self.goes_on = self.told.batch(self.learn.loss)
        if not self.goes_on:
            # with a text: fastai makes an IndexError of an exception without arguments
            raise CancelFitException("the trial is over")

    def after_epoch(self) -> None:
        self._tell_epoch()

    def after_fit(self) -> None:
        if not self.rates.are_kept():
            return
        self._tell_epoch()  # where another callback has ended the fit after an epoch
        if self.has_loss:  # or within a batch, as at NaN
            self.told.batch(self.learn.loss)
        if self.is_within_epoch or self.has_loss:
            finite = bool(self.learn.loss.isfinite().all())
            self.told.finish(StopReason.NOT_VALIDATED if finite else StopReason.NON_FINITE_LOSS)

    def _tell_epoch(self) -> None:
        recorder = self.learn.recorder
        if not self.goes_on or len(recorder.values) <= len(self.told.epochs):
            return
        # where there was a validation, the present loss is its last one
        self._seen, self.is_within_epoch = self.learn.loss, False
        names = [str(name) for name in recorder.metric_names][1:]
        row = dict(zip(names, map(_number, self.learn.final_record), strict=False))
        row.pop("time", None)
        if recorder.cancel_valid or self.learn.final_record[names.index("valid_loss")] is None:
            self.told.finish(StopReason.NOT_VALIDATED)
        train_loss, valid_loss = row.pop("train_loss", None), row.pop("valid_loss", math.nan)
        seconds = perf_counter() - self.began
        self.told.end_epoch(valid_loss, seconds=seconds, train_loss=train_loss, metrics=row)


class _Validate(Callback):
    """Ends a fit after its first validation, before which nothing is trained.

    Before the end of the epoch, too: callbacks that watch the losses of epochs find none of the
    training there.
    """

    name = "lr_widget_validation"
    order = 10_000  # after the recorder, and after the user's own callbacks

    def __init__(self) -> None:
        super().__init__()
        self.found = math.nan

    def before_train(self) -> None:
        raise CancelTrainException("nothing is trained")

    def after_validate(self) -> None:
        recorder = self.learn.recorder
        if not recorder.cancel_valid:
            self.found = _number(recorder.loss.value)
        raise CancelFitException("the validation is over")


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):  # none, or one for each class
        return math.nan
