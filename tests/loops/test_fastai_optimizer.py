"""fastai: the optimizer of a Learner, of whatever make, and its groups."""

import functools

import pytest
import torch

from tests.support import models

pytest.importorskip("fastai")

from fastai.callback.core import Callback, CancelFitException
from fastai.learner import Learner
from fastai.optimizer import SGD, Adam, OptimWrapper, ranger
from fastcore.foundation import L

from tests.support.rigs import FastaiRig


@pytest.mark.parametrize("trained", [False, True])
def test_an_optimizer_that_was_not_there_is_not_there(rig, trained):
    if trained:
        rig.train_epoch()
    optimizer = rig.learn.opt
    rig.find()
    assert rig.learn.opt is optimizer
    assert (optimizer is None) == (not trained)


@pytest.mark.parametrize("trained", [False, True])
def test_groups_that_freeze_froze_are_marked(rig, trained):
    if trained:
        rig.train_epoch()
    rig.learn.freeze()
    # fastai trains the normalisation of a frozen group, and calls it frozen all the same
    assert rig.model.body[1].weight.requires_grad
    assert [group["frozen"] for group in rig.find()._groups] == [True, False]
    rig.learn.unfreeze()
    assert [group["frozen"] for group in rig.find()._groups] == [False, False]


@pytest.mark.parametrize("kind", [list, L])
def test_a_splitter_may_give_groups_of_any_kind(rig, kind):
    rig.learn.splitter = lambda m: kind([kind(m.body.parameters()), kind(m.head.parameters())])
    assert [group["name"] for group in rig.find()._groups] == ["body", "head"]


def test_a_learner_without_a_splitter_has_one_group(rig):
    learn = Learner(rig.learn.dls, models.Net(), torch.nn.functional.cross_entropy)
    rig.learn = learn
    picker = rig.find(end_lr=10.0)
    assert len(picker._groups) == 1
    assert picker.group_lrs == [picker.value[1]]


OPTIMIZERS = {
    "Adam": (Adam, "Adam"),
    "SGD": (functools.partial(SGD, mom=0.9), "SGD"),
    "ranger": (ranger, "ranger"),
    "a partial": (functools.partial(OptimWrapper, opt=torch.optim.AdamW), "AdamW"),
    "a function": (lambda p, lr: OptimWrapper(p, torch.optim.RMSprop, lr=lr), "RMSprop"),
}


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("trained", [False, True])
def test_the_optimizer_is_named_and_as_it_was(rig, kind, trained):
    make, name = OPTIMIZERS[kind]
    rig.learn.opt_func = make
    if trained:
        rig.train_epoch()
    before = rig.bits()
    assert rig.find().sweep.optimizer == name
    assert rig.bits() == before


def test_a_wrapped_optimizer_given_as_it_is_comes_back(rig):
    inner = torch.optim.AdamW(models.groups(rig.model))
    models.train(rig.model, inner)
    rig.learn.opt_func = OptimWrapper(opt=inner)
    held, before = inner.state, (models.bits(inner.state), models.bits(inner.state_dict()))
    picker = rig.find()
    assert inner.state is held
    assert (models.bits(inner.state), models.bits(inner.state_dict())) == before
    assert picker.sweep.optimizer == "AdamW"
    assert rig.learn.opt is None


def test_an_optimizer_of_another_model_is_refused_before_anything_is_shown():
    rig = FastaiRig()
    rig.learn.create_opt()
    rig.learn.model = torch.nn.Linear(2, 2)
    with pytest.raises(ValueError, match="optimizer must hold parameters of the model") as caught:
        rig.find()
    assert not hasattr(caught.value, "picker")


def test_a_callback_that_cancels_the_fit_stops_the_sweep():
    class Enough(Callback):
        def after_batch(self):
            if self.train_iter == 3:
                raise CancelFitException("enough")

    rig = FastaiRig()
    rig.learn.add_cb(Enough())
    picker = rig.find()
    assert (picker.status, picker.sweep.stop_reason) == ("stopped", "stopped")
