"""fastai: what counts as a step, whatever callbacks do to a batch."""

import pytest

pytest.importorskip("fastai")

from fastai.callback.core import (
    Callback,
    CancelBatchException,
    CancelEpochException,
    CancelStepException,
    CancelTrainException,
)
from fastai.callback.training import GradientAccumulation

from lr_widget.loops.fastai import sweep as fastai_sweep
from lr_widget.testing import Plant


def watch_steps(rig):
    """Note the rate of every call of the optimizer, and the loss of every batch."""
    rates, losses = [], []
    step = rig.learn._step
    rig.learn._step = lambda: rates.append(rig.rates()[0]) or step()
    note = Plant("loss", 1, lambda loss: losses.append(float(loss.detach())) or loss)
    return rates, losses, note


@pytest.mark.parametrize("n_acc", [8, 16, 33])
def test_the_micro_batches_of_a_step_are_one_point_at_one_rate(rig, n_acc):
    rig.learn.add_cbs([GradientAccumulation(n_acc)])
    rates, losses, note = watch_steps(rig)
    with rig.planted(note):
        sweep = rig.find(num_it=12).sweep
    n = -(-n_acc // 8)  # batches of 8
    assert rates == sweep.lrs.tolist()
    assert {lr for seen in rig.seen[:n] for lr in seen["lrs"]} == {1e-6}
    means = [sum(losses[i : i + n]) / n for i in range(0, 12 * n, n)]
    assert sweep.losses.tolist() == pytest.approx(means, rel=1e-12)


class Skipping(Callback):
    """As mixed precision does where gradients overflow."""

    order = 10

    def __init__(self, batches):
        self.batches, self.n = batches, 0

    def before_step(self):
        self.n += 1
        if self.n in self.batches:
            raise CancelStepException


def test_a_step_that_was_skipped_leaves_no_point_and_is_tried_again(rig):
    rig.learn.add_cb(Skipping({1, 2, 7}))
    rates, losses, note = watch_steps(rig)
    with rig.planted(note):
        sweep = rig.find(num_it=12).sweep
    assert len(losses) == 15
    assert rates == sweep.lrs.tolist()
    kept = [loss for n, loss in enumerate(losses, 1) if n not in {1, 2, 7}]
    assert sweep.losses.tolist() == kept


def test_nothing_but_skipped_steps_does_not_go_on_for_ever(rig, monkeypatch):
    monkeypatch.setattr(fastai_sweep, "PATIENCE", 5)
    rig.learn.add_cb(Skipping(range(1000)))
    picker = rig.find(num_it=12)
    assert (picker.status, len(picker.sweep)) == ("finished", 12)


CANCELLING = [CancelBatchException, CancelTrainException, CancelEpochException]


class Ending(Callback):
    """Ends some batches by raising what it is given."""

    def __init__(self, event, error, batches):
        self.error, self.batches, self.n = error, batches, 0
        setattr(self, event, self.end)

    def end(self):
        self.n += 1
        if self.n in self.batches:
            raise self.error


@pytest.mark.parametrize(
    "error", [CancelBatchException, CancelTrainException, CancelEpochException]
)
@pytest.mark.parametrize("event", ["before_batch", "after_step"])
def test_a_cancelled_batch_leaves_a_point_if_it_made_a_step(rig, event, error):
    rig.learn.add_cb(Ending(event, error, {3, 4, 9}))
    rates, losses, note = watch_steps(rig)
    with rig.planted(note):
        sweep = rig.find().sweep
    assert sweep.losses.tolist() == losses
    assert rates == sweep.lrs.tolist()


def test_an_epoch_in_which_nothing_is_trained_is_an_error(rig):
    rig.learn.add_cb(Ending("before_batch", CancelBatchException, range(1000)))
    before = rig.bits()
    with pytest.raises(ValueError, match="at least one batch that is trained on"):
        rig.find()
    assert rig.bits() == before
