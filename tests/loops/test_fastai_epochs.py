"""fastai: what a callback is told of the length of a sweep, and one without validation data."""

import pytest

pytest.importorskip("fastai")

import torch
from fastai.callback.core import Callback
from fastai.callback.training import GradientAccumulation
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from torch.nn import functional

from lr_widget import lr_find
from tests.support import models


class Watch(Callback):
    """Plans in before_fit, as a schedule of one's own does, and notes how far training is."""

    def __init__(self, order, note):
        super().__init__()
        self.order, self.note = order, note  # a function: what a callback holds is put back

    def before_fit(self):
        self.note(len(torch.linspace(0, 1, self.n_epoch * len(self.dls.train))))

    def before_epoch(self):
        self.note((self.epoch, self.n_epoch))

    def before_batch(self):
        self.note(self.pct_train)


def learner(tmp_path, *, valid=True, callbacks=()):
    torch.manual_seed(0)
    x, y = models.dataset().tensors
    data = list(zip(x.split(8), y.split(8), strict=True))  # five batches
    dls = DataLoaders(data, data) if valid else DataLoaders(data)
    return Learner(dls, models.Net(), functional.cross_entropy, path=tmp_path, cbs=list(callbacks))


@pytest.mark.filterwarnings("ignore:numpy.core is deprecated:DeprecationWarning")  # fastai's load
@pytest.mark.parametrize("order", [-20, 0, 10_001, 1e9])
@pytest.mark.parametrize("num_it", [12, 15])
def test_epochs_and_shares_are_those_of_fastais_own_range_test(tmp_path, order, num_it):
    from fastai.callback import schedule  # noqa: F401  brings lr_find

    theirs, ours = [], []
    learn = learner(tmp_path, callbacks=[Watch(order, theirs.append)])
    with learn.no_bar():
        learn.lr_find(num_it=num_it, stop_div=False, show_plot=False, suggest_funcs=None)
    learn = learner(tmp_path, callbacks=[Watch(order, ours.append)])
    lr_find(learn, num_it=num_it, stop_div=False, show=False)
    assert ours == theirs
    assert ours[:2] == [5 * (num_it // 5 + 1), (0, num_it // 5 + 1)]


def test_more_epochs_than_planned_are_told_as_they_come(tmp_path):
    noted = []
    callbacks = [Watch(0, noted.append), GradientAccumulation(16)]
    lr_find(learner(tmp_path, callbacks=callbacks), num_it=12, stop_div=False, show=False)
    epochs = [each for each in noted if isinstance(each, tuple)]
    assert epochs == [(0, 3), (1, 3), (2, 3), (3, 4), (4, 5)]
    assert all(each < 1 for each in noted if isinstance(each, float))


def test_a_learner_without_validation_data_is_swept(tmp_path):
    learn = learner(tmp_path, valid=False)
    assert len(learn.dls.loaders) == 1
    picker = lr_find(learn, num_it=30, show=False)
    whole = lr_find(learner(tmp_path), num_it=30, show=False)
    assert picker.sweep.losses.tolist() == whole.sweep.losses.tolist()
    with pytest.raises(ValueError, match=r"learn.dls.valid must have data"):
        picker.try_picks()


def test_fine_tune_takes_the_right_end_of_the_pick(tmp_path):
    from fastai.callback import schedule  # noqa: F401  brings fine_tune

    learn = learner(tmp_path)
    picker = lr_find(learn, num_it=40, start_lr=1e-5, show=False)
    with learn.no_bar(), learn.no_logging():
        learn.fine_tune(1, picker.value[1])
    # of the second stage, which fine_tune gives half of it; five batches do not meet the peak
    assert picker.value[1] / 4 < max(learn.recorder.lrs) <= picker.value[1] / 2
