"""The start of trials is validated once, and leaves no trace in them."""

import math

import pytest
import torch
from torch.nn import functional

from lr_widget.loops.protocol import BaseLoop
from lr_widget.loops.pytorch import PyTorchLoop
from lr_widget.testing.bits import random_bits
from lr_widget.testing.rig import Plant
from tests.support.rigs import StepRig
from tests.support.tried import PICKS, attempt, rig_of

TRAINABLE = ["pytorch", "fastai", "fastai with a torch optimizer"]
STILL = [(1e-12, 1e-11), (1e-11, 1e-10)]  # rates at which nothing is learned


def mean_loss(rig):
    """The validation loss by hand: of 40 items, in batches of which each has the same size."""
    x, y = (rig.learn.dls.valid if rig.kind == "fastai" else rig.loader).dataset.items.tensors
    rig.model.eval()
    with torch.no_grad():
        return float(functional.cross_entropy(rig.model(x), y))


@pytest.mark.parametrize("kind", TRAINABLE)
def test_the_start_is_validated_before_the_first_run(kind):
    rig = rig_of(kind)
    before = rig.bits()
    seen = []
    picker = rig.find()
    picker.observe(lambda change: seen.append(change.new), "_trials")
    trials = picker.try_picks(PICKS, **rig.trial_arguments())
    assert rig.bits() == before
    assert trials.start_loss == pytest.approx(mean_loss(rig_of(kind)), rel=1e-6)
    told = [state["start_loss"] for state in seen if state["runs"]]
    assert set(told) == {trials.start_loss}
    assert seen[0]["start_loss"] is None


@pytest.mark.parametrize("kind", TRAINABLE)
def test_the_runs_are_what_they_are_without_it(kind, monkeypatch):
    validated, other = attempt(rig_of(kind), leave="best"), rig_of(kind)
    monkeypatch.setattr(PyTorchLoop, "validate", BaseLoop.validate)
    monkeypatch.setattr("lr_widget.loops.fastai.loop.validate", lambda _: math.nan)
    without = attempt(other, leave="best")
    assert without.start_loss is None
    assert validated.start_loss is not None
    for one, two in zip(validated, without, strict=True):
        assert one.train_losses.tobytes() == two.train_losses.tobytes()
        assert one.valid_loss == two.valid_loss


@pytest.mark.parametrize("kind", TRAINABLE)
def test_where_none_has_learned_the_start_is_left_and_no_rate_is_named(kind):
    rig = rig_of(kind)
    before = rig.bits()
    picker = rig.find()
    trials = picker.try_picks(STILL, leave="best", planned=4, **rig.trial_arguments())
    assert trials.answer.startswith("None has learned yet: after 1 epoch no run ends clearly below")
    assert picker._trials["best"] is None
    assert picker._trials["answer"].startswith("**None has learned yet:**")
    assert picker._trials["outcome"].endswith("Your model is as it was.")
    with pytest.raises(ValueError, match="None has learned yet"):
        _ = trials.best
    assert rig.bits() == before


def test_a_function_that_trains_cannot_validate_the_start():
    rig = StepRig()
    losses = iter([2.072, 2.063])
    trials = rig.find().try_picks(PICKS, fit=lambda _: next(losses))
    assert trials.start_loss is None
    assert trials.best.name == "B"


def test_a_start_whose_loss_is_no_number_is_none_to_compare_with():
    rig = rig_of("pytorch")
    picker = rig.find()

    def only_training(output):
        return output if rig.model.training or rig.passed("optimizer") else output * math.nan

    with rig.planted(Plant("model", 1, only_training)):
        trials = picker.try_picks(PICKS, **rig.trial_arguments())
    assert trials.start_loss is None
    assert trials.best


@pytest.mark.parametrize("kind", TRAINABLE)
def test_an_error_in_it_is_raised_and_leaves_no_trace(kind):
    rig = rig_of(kind)
    picker = rig.find()
    before, random = rig.bits(), random_bits()

    def fail(_output):
        raise OSError("disk is full")

    with (
        rig.planted(Plant("model", 1, fail)),
        pytest.raises(OSError, match="disk is full") as caught,
    ):
        picker.try_picks(PICKS, **rig.trial_arguments())
    assert len(caught.value.trials) == 0
    assert picker._trials["status"] == "failed"
    assert (rig.bits(), random_bits()) == (before, random)


def test_callbacks_that_watch_epochs_see_nothing_of_it():
    rig = rig_of("fastai")
    from fastai.callback.core import Callback
    from fastai.callback.tracker import EarlyStoppingCallback, ReduceLROnPlateau

    seen = []

    class Watch(Callback):
        order = 60  # after the recorder

        def after_epoch(self):
            if not hasattr(self, "lr_finder"):
                seen.append(len(self.recorder.values[-1]))

    watching = [EarlyStoppingCallback(monitor="valid_loss", patience=5), ReduceLROnPlateau()]
    rig.learn.add_cbs([*watching, Watch()])
    trials = rig.find().try_picks(PICKS, epochs=2)
    assert seen == [2] * 4
    assert trials.start_loss is not None


def test_a_learner_without_a_recorder_is_validated_too():
    rig = rig_of("fastai")
    from fastai.learner import Recorder

    rig.learn.remove_cbs([each for each in rig.learn.cbs if isinstance(each, Recorder)])
    trials = rig.find().try_picks(PICKS)
    assert trials.start_loss is not None


def test_a_callback_that_lets_nothing_be_validated_leaves_it_unknown():
    rig = rig_of("fastai")
    from fastai.callback.core import Callback, CancelValidException

    class Skip(Callback):
        def before_validate(self):
            raise CancelValidException("no")

    picker = rig.find()
    rig.learn.add_cb(Skip())
    trials = picker.try_picks(PICKS)
    assert trials.start_loss is None
    assert trials.answer.startswith("No answer")
