"""fastai: the Learner, its recorder and its loader, during a sweep and after it."""

import pytest
import torch

from tests.support import models

pytest.importorskip("fastai")

from fastai.callback.core import (
    Callback,
    CancelFitException,
)
from fastai.callback.training import GradientClip
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader

from lr_widget.loops.fastai.loop import FastaiLoop
from lr_widget.testing import Plant
from tests.support.rigs import STEPS, FastaiRig


def test_validation_does_not_run(rig):
    valid = rig.learn.dls.valid
    rig.learn.dls.valid.create_batches = lambda *_: pytest.fail("validated")
    rig.find(num_it=30)
    assert rig.learn.dls.valid is valid


def test_callbacks_that_shape_a_step_still_do(rig):
    norms = []

    class Norm(Callback):
        order = 1000

        def before_step(self):
            grads = [p.grad for p in rig.model.parameters() if p.grad is not None]
            norms.append(torch.nn.utils.get_total_norm(grads))

    rig.learn.add_cbs([GradientClip(1e-3), Norm()])
    rig.find()
    assert len(norms) == STEPS
    assert max(norms) <= 1.1e-3


def test_the_attributes_of_the_learner_are_the_same_ones(rig):
    before = {name: id(value) for name, value in vars(rig.learn).items()}
    rig.find()
    assert {name: id(value) for name, value in vars(rig.learn).items()} == before


def test_the_loaders_own_generator_is_as_it_was(rig):
    train = rig.learn.dls.train
    generator, state = train.rng, train.rng.getstate()
    attributes = {name: id(value) for name, value in vars(train).items()}
    rig.find()
    assert train.rng is generator
    assert train.rng.getstate() == state
    assert {name: id(value) for name, value in vars(train).items()} == attributes


def test_an_empty_loader_is_refused(rig):
    empty = DataLoader(models.dataset(4), bs=8, drop_last=True, num_workers=0)
    rig.learn.dls = DataLoaders(empty, rig.learn.dls.valid)
    with pytest.raises(ValueError, match=r"learn\.dls\.train must yield .* got none: 4 items in"):
        rig.find()
    assert rig.seen == []


def test_a_loader_of_pytorchs_will_do():
    runs = []
    for swept in (False, True):
        rig = FastaiRig()
        rig.learn.dls = DataLoaders(models.loader(), models.loader())
        models.seed_all(3)
        if swept:
            assert len(rig.find().sweep) == STEPS
        runs.append(rig.train_epoch())
    assert runs[0] == runs[1]


def test_a_callback_that_ends_the_fit_ends_the_sweep(rig):
    class Enough(Callback):
        def after_batch(self):
            if self.train_iter == 15:
                raise CancelFitException("enough")

    rig.learn.add_cb(Enough())
    before = rig.bits()
    picker = rig.find()
    assert len(picker.sweep) == 15
    assert rig.bits() == before


def test_an_error_after_the_last_step_is_a_failure(rig):
    class Failing(Callback):
        def after_fit(self):
            raise ValueError("on purpose")

    rig.learn.add_cb(Failing())
    before = rig.bits()
    with pytest.raises(ValueError, match="on purpose") as caught:
        rig.find()
    assert caught.value.picker.status == "failed"
    assert len(caught.value.picker.sweep) == STEPS
    assert rig.bits() == before


def test_asking_for_groups_changes_nothing(rig):
    before = rig.bits()
    loop = FastaiLoop(rig.learn)
    loop.groups(), loop.optimizer_name(), loop.generators(), loop.holders()
    assert rig.bits() == before


def test_fit_one_cycle_takes_the_pick_as_it_is(rig):
    picker = rig.find(end_lr=10.0)
    rates = []
    note = Plant("loss", 1, lambda loss: rates.append(rig.rates()) or loss)
    with rig.planted(note), rig.learn.no_logging(), rig.learn.no_bar():
        rig.learn.fit_one_cycle(1, picker.max_lr)
    highest = [max(column) for column in zip(*rates, strict=True)]
    assert highest == pytest.approx(picker.group_lrs, rel=0.3)


def test_no_bar_of_a_later_learner_is_added_by_a_sweep():
    code = (
        "import torch, warnings; warnings.simplefilter('ignore')\n"
        "from fastai.learner import Learner, defaults\n"
        "from fastai.data.core import DataLoaders\n"
        "data = [(torch.ones(4, 2), torch.zeros(4, dtype=torch.long))] * 3\n"
        "learn = Learner(DataLoaders(data, data), torch.nn.Linear(2, 2), "
        "torch.nn.functional.cross_entropy)\n"
        "from lr_widget import lr_find\n"
        "before = list(defaults.callbacks)\n"
        "lr_find(learn, num_it=10)\n"
        "assert defaults.callbacks == before, defaults.callbacks\n"
        "import sys\nassert 'fastai.callback.progress' not in sys.modules\n"
    )
    done = models.run_python(code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
