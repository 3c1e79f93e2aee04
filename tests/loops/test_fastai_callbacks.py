"""fastai: which callbacks run during a sweep, and all as they were after it."""

import numpy as np
import pytest
import torch

from tests.support import models

pytest.importorskip("fastai")

from fastai.callback import tracker
from fastai.callback.core import Callback
from fastai.callback.progress import CSVLogger, ProgressCallback
from fastai.callback.schedule import ParamScheduler, SchedExp
from fastai.callback.training import ShortEpochCallback
from fastai.learner import Recorder

from lr_widget.testing import Plant
from tests.support.rigs import STEPS


class Counting(Callback):
    """A user's own callback, with state of every kind."""

    order = 5

    def __init__(self):
        self.calls, self.table, self.list, self.fits = 0, {}, [], 0

    def before_fit(self):
        self.fits += 1
        self.table["fits"] = self.fits

    def after_batch(self):
        self.calls += 1
        self.list.append(self.calls)


def names(learn):
    return [type(callback).__name__ for callback in learn.cbs]


@pytest.mark.parametrize("trained", [False, True])
def test_callbacks_and_recorder_are_the_same_in_the_same_order(rig, trained):
    rig.learn.add_cb(Counting())
    if trained:
        rig.train_epoch()
    learn, cbs = rig.learn, rig.learn.cbs
    before, values = list(cbs), [list(row) for row in learn.recorder.values] if trained else None
    counting = dict(vars(learn.counting))
    rig.find()
    assert learn.cbs is cbs
    assert len(cbs) == len(before)
    assert all(now is then for now, then in zip(cbs, before, strict=True))
    assert all(callback.learn is learn for callback in cbs)
    assert vars(learn.counting) == counting
    if trained:
        assert [list(row) for row in learn.recorder.values] == values


def test_a_users_own_callback_runs_and_is_as_it_was(rig):
    seen = []

    class Watching(Counting):
        def after_batch(self):
            super().after_batch()
            seen.append((self.calls, len(self.list), self.table["fits"]))

    rig.learn.add_cb(Watching())
    rig.find()
    assert seen == [(n, n, 1) for n in range(1, STEPS + 1)]
    assert (rig.learn.watching.calls, rig.learn.watching.list) == (0, [])
    assert rig.learn.watching.table == {}


def test_a_callback_may_read_what_the_recorder_would_have_set(rig):
    read = []

    class Reading(Callback):
        order = Recorder.order + 1

        def after_batch(self):
            read.append(float(self.smooth_loss))

    rig.learn.add_cb(Reading())
    losses = rig.find().sweep.losses.tolist()
    assert len(losses) == STEPS
    assert read == losses
    assert not hasattr(rig.learn, "smooth_loss")


def silent(kind, *args, **kwargs):
    """A subclass of fastai's callback that fails the test if a sweep calls it."""

    def called(self, event_name):
        if event_name in ("before_fit", "before_batch", "after_batch", "after_epoch", "after_fit"):
            pytest.fail(f"{kind.__name__} was called")

    return type(f"My{kind.__name__}", (kind,), {"__call__": called})(*args, **kwargs)


WATCHERS = {
    "progress": lambda: silent(ProgressCallback),
    "csv": lambda: silent(CSVLogger),
    "early stopping": lambda: silent(tracker.EarlyStoppingCallback),
    "saving": lambda: silent(tracker.SaveModelCallback),
    "NaN": lambda: silent(tracker.TerminateOnNaNCallback),
    "plateau": lambda: silent(tracker.ReduceLROnPlateau),
    "schedule": lambda: silent(ParamScheduler, {"lr": SchedExp(1.0, 2.0)}),
    "recorder": lambda: silent(Recorder),
}


@pytest.mark.parametrize("kind", WATCHERS)
def test_what_watches_reports_or_schedules_is_silent(rig, kind):
    callback = WATCHERS[kind]()
    rig.learn.add_cb(callback)
    assert rig.find().sweep.lrs[-1] == 1e-2
    assert callback in list(rig.learn.cbs)


class Own(Callback):
    """A callback of the user's, which notes that it ran."""

    def __init__(self, log):
        self.log = lambda: log.append(hasattr(self.learn, "lr_finder"))

    def before_batch(self):
        self.log()


@pytest.mark.parametrize(
    ("kind", "runs"),
    [
        (Own, True),
        (type("Quiet", (Own,), {"runs_in_lr_find": False}), False),
        (type("Tracker", (Own, tracker.TerminateOnNaNCallback), {}), False),
        (type("Wanted", (Own, tracker.TerminateOnNaNCallback), {"runs_in_lr_find": True}), True),
        (lambda log: setattr(own := Own(log), "runs_in_lr_find", False) or own, False),
    ],
    ids=["own", "told not to", "of a tracker", "told to", "told not to, itself"],
)
def test_an_attribute_decides_for_a_callback_of_ones_own(rig, kind, runs):
    log = []
    rig.learn.add_cb(kind(log))
    rig.find()
    assert log == [True] * STEPS if runs else log == []
    assert not hasattr(rig.learn, "lr_finder")


def test_an_epoch_may_be_cut_short(rig):
    rig.learn.add_cb(ShortEpochCallback(0.5))
    assert len(rig.find().sweep) == STEPS


class Averaging(Callback):
    """State of every kind, deep inside."""

    def __init__(self, model):
        import copy

        self.average, self.table = copy.deepcopy(model), {"deep": [{"n": [0]}]}
        self.offset, self.rng, self.history = torch.zeros(2), np.random.default_rng(1), np.zeros(3)

    def after_batch(self):
        for ours, theirs in zip(self.average.parameters(), self.model.parameters(), strict=True):
            ours.data.lerp_(theirs.data, 0.1)
        self.table["deep"][0]["n"].append(self.rng.random())
        self.offset += 1
        self.history += 1


def test_state_deep_inside_a_callback_is_as_it_was(rig):
    averaging = Averaging(rig.model)
    rig.learn.add_cb(averaging)

    def everything():
        return models.bits([
            models.model_bits(averaging.average),
            averaging.table,
            averaging.offset,
            averaging.history,
            averaging.rng.bit_generator.state,
        ])  # fmt: skip

    before = everything()
    rig.find()
    assert everything() == before


class LeavesAutocastOn(Callback):
    """As fastai's mixed precision: an error between the two leaves it on."""

    def before_batch(self):
        self.context = torch.autocast("cpu", torch.bfloat16)
        self.context.__enter__()

    def after_loss(self):
        self.context.__exit__(None, None, None)


def test_autocast_is_off_after_an_error_between_its_two_ends(rig):
    rig.learn.add_cb(LeavesAutocastOn())
    fail = Plant("loss", 12, lambda _: int("x"))
    with pytest.raises(ValueError, match="invalid literal"), rig.planted(fail):
        rig.find()
    assert not torch.is_autocast_enabled("cpu")
    assert torch.autocast_increment_nesting() == 1
    torch.autocast_decrement_nesting()


def test_nothing_is_printed_and_no_file_written(rig, tmp_path, capfd):
    rig.learn.add_cbs([CSVLogger(), tracker.SaveModelCallback(), ProgressCallback()])
    rig.find()
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
