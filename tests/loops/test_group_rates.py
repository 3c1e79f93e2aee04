"""Every group has its own rate, whatever holds it and however the groups are made anew."""

import copy
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn

from lr_widget.engine.range_test import RangeTest
from lr_widget.loops.rates import RateWatch
from lr_widget.records.plan import Plan
from tests.support.rates import Training, refused


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("options", [{"spread": 10}, {"group": 1}, {}])
@pytest.mark.parametrize("form", ["step", "pytorch"])
def test_groups_that_share_one_tensor_as_rate_get_their_own(form, options, dtype):
    shared = torch.tensor(1e-3, dtype=dtype)
    training = Training(torch.optim.Adam, lr=shared, foreach=False)
    views = iter([shared, shared.detach()])  # one of them under another name
    for group in training.optimizer.param_groups:
        group["lr"] = next(views)
    training.optimizer.register_step_pre_hook(lambda *_: training.note())
    before, used = training.bits(), training.used
    sweep = training.find(form, **options).sweep
    used[:] = used[: len(sweep)] if form == "pytorch" else used[::2]
    first = {"spread": 0.1, "group": 0.0}.get(next(iter(options), ""), 1.0)
    for rates, lr in zip(used, sweep.lrs.tolist(), strict=True):
        assert rates == pytest.approx([first * lr, lr], rel=1e-6, abs=0)
    assert training.bits() == before
    assert float(shared) == float(torch.tensor(1e-3, dtype=dtype))


def test_a_rate_that_is_learned_itself_is_set_too():
    training = Training(torch.optim.Adam, lr=torch.tensor(1e-3, requires_grad=True), foreach=False)
    sweep = training.find().sweep
    assert [rates[0] for rates in training.used] == pytest.approx(sweep.lrs.tolist(), rel=1e-6)


def test_a_tensor_that_is_written_to_is_read_again():
    training = Training(torch.optim.Adam, lr=torch.tensor(1e-3), foreach=False)

    def step():
        training.optimizer.param_groups[0]["lr"].fill_(0.5)
        return Training.step(training)

    training.step = step
    refused(training, "1e-07 in group 0, got 0.5")


class Idle(torch.optim.SGD):
    def step(self, closure=None):
        """Does nothing, so that nothing but a watch can read the rate."""


def test_a_tensor_on_a_device_is_not_read_unless_somebody_has_written_to_it():
    training = Training(Idle)
    training.set(torch.tensor(1e-3, device="meta"))  # which has no value to read
    with RateWatch(training.optimizer, RangeTest(Plan(1e-7, 10.0, 10, "exp"))) as rates:
        for lr in (0.1, 0.2):
            rates.set(lr)
            training.optimizer.step()
            assert rates.check()
        training.optimizer.param_groups[0]["lr"].mul_(2)
        with pytest.raises(RuntimeError, match="cannot be called on meta tensors"):
            training.optimizer.step()


@pytest.mark.parametrize("anew", ["list", "dicts", "loaded"])
@pytest.mark.parametrize("options", [{"spread": 10}, {}])
def test_groups_that_are_made_anew_meanwhile_are_followed(anew, options):
    training = Training()

    def step():
        optimizer = training.optimizer
        if anew == "loaded":
            optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
        else:
            again = dict if anew == "dicts" else lambda group: group
            optimizer.param_groups = [again(group) for group in optimizer.param_groups]
        return Training.step(training)

    training.step = step
    before = training.bits()
    sweep = training.find(**options).sweep
    assert [rates[1] for rates in training.used] == sweep.lrs.tolist()
    assert training.bits() == before


def test_groups_that_are_loaded_with_an_old_rate_are_refused():
    training = Training()
    old = copy.deepcopy(training.optimizer.state_dict())

    def step():
        training.optimizer.load_state_dict(old)
        return Training.step(training)

    training.step = step
    refused(training, "1e-07 in group 0, got 0.001")


def test_a_group_that_is_added_meanwhile_has_to_have_the_rate():
    training, late = Training(), nn.Linear(1, 1)

    def step():
        if len(training.optimizer.param_groups) == 2:
            training.optimizer.add_param_group({"params": late.parameters()})
        return Training.step(training)

    training.step = step
    refused(training, "1e-07 in group 2, got 0.001")


@pytest.mark.parametrize("rate", [None, "gone", "1e-3"])
@pytest.mark.parametrize("form", ["step", "pytorch"])
def test_a_group_without_a_rate_is_refused_before_anything_is_touched(form, rate):
    training = Training()
    if rate == "gone":
        del training.optimizer.param_groups[1]["lr"]
    else:
        training.optimizer.param_groups[1]["lr"] = rate
    match = "optimizer must have a learning rate in every group, got .* in group 1 of 'AdamW'"
    with pytest.raises(ValueError, match=match) as caught:
        training.find(form)
    assert not hasattr(caught.value, "picker")
    assert training.used == []


def test_a_rate_may_be_any_number():
    training = Training(lr=np.array(1e-3))
    training.optimizer.param_groups[1]["lr"] = Fraction(1, 1000)
    sweep = training.find().sweep
    assert training.used == [[lr, lr] for lr in sweep.lrs]
