"""The rate on the axis is the one that the optimizer used, or the sweep says why not."""

import contextlib
from importlib import import_module

import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from tests.support.rates import Training, refused


def test_a_step_that_sets_the_rate_itself_is_refused_in_the_first_step():
    training, made = Training(), iter(range(1, 100))

    def step():
        training.set(1e-3 * min(1, next(made) / 20))
        loss = training.backward()
        training.optimizer.step()
        return loss

    training.step = step
    message = refused(training, "step must train at the rate that the sweep has set, 1e-07 in")
    assert "got 5e-05: `step` sets the rate itself" in message


def test_a_step_that_begins_to_set_the_rate_later_is_refused_there():
    training, made = Training(), iter(range(1, 100))

    def step():
        if next(made) == 6:
            training.optimizer.param_groups[1]["lr"] = 0.5
        return Training.step(training)

    training.step = step
    refused(training, "in group 1, got 0.5: `step` sets the rate itself", steps=5)


def test_a_schedule_that_goes_on_after_the_step_does_no_harm():
    training = Training()
    schedule = torch.optim.lr_scheduler.ExponentialLR(training.optimizer, 0.5)

    def step():
        loss = Training.step(training)
        schedule.step()
        return loss

    training.step = step
    sweep = training.find(also=[schedule]).sweep
    assert training.used == [[lr, lr] for lr in sweep.lrs]


@pytest.mark.parametrize("form", ["step", "pytorch"])
@pytest.mark.parametrize("way", ["before the step", "in the model"])
def test_a_hook_that_sets_the_rate_is_found(form, way):
    training = Training()
    if way == "before the step":
        training.optimizer.register_step_pre_hook(lambda *_: training.set(0.25))
    else:
        training.model.register_forward_hook(lambda *_: training.set(0.25))
    words = "`step` sets the rate" if form == "step" else "a hook of the optimizer or the model"
    refused(training, f"must train at the rate .* got 0.25: {words}", form=form)


def test_a_hook_of_all_optimizers_that_sets_the_rate_is_found():
    training = Training()
    handle = register_optimizer_step_pre_hook(lambda *_: training.set(0.25))
    try:
        refused(training, "must train at the rate .* got 0.25", form="pytorch")
    finally:
        handle.remove()


def test_a_schedule_in_a_hook_after_the_step_does_no_harm():
    training = Training()
    training.optimizer.register_step_post_hook(lambda *_: training.set(0.25))
    assert len(training.find("pytorch").sweep) == 12


class OwnSchedule(torch.optim.SGD):
    """It warms up by itself, as some optimizers of research code do."""

    made = 0

    def step(self, closure=None):
        self.made += 1
        for group in self.param_groups:
            group["lr"] = 0.1 * min(1, self.made / 1000)
        return super().step(closure)


@pytest.mark.parametrize("form", ["step", "pytorch"])
def test_an_optimizer_whose_own_step_sets_the_rate_is_named(form):
    refused(Training(OwnSchedule), "the step of OwnSchedule sets the rate itself", form=form)


def test_a_step_with_another_optimizer_over_the_same_model_is_refused():
    training = Training()
    newer = torch.optim.SGD(training.model.parameters(), lr=0.125)

    def step():
        loss = training.backward()
        newer.step()
        return loss

    training.step = step
    message = refused(training, "step must call the step of the optimizer that is swept")
    assert "got only one of another, SGD, at 0.125" in message


def test_a_step_with_another_optimizer_over_the_memory_of_the_parameters_is_refused():
    """As over `p.data`, or flat copies that are views of it."""
    training = Training()
    twins = [p.data for p in training.model.parameters()]
    other = torch.optim.SGD(twins, lr=0.05)

    def step():
        loss = training.backward()
        for twin, parameter in zip(twins, training.model.parameters(), strict=True):
            twin.grad = parameter.grad
        other.step()
        return loss

    training.step = step
    refused(training, "must call the step of the optimizer that is swept, .* SGD, at 0.05 instead")
    other.param_groups[0]["lr"] = 1e-7
    refused(training, "must call .* SGD, at 1e-07 instead of", steps=1)


@pytest.mark.parametrize("order", ["same", "turn by turn"])
def test_a_second_optimizer_over_the_same_parameters_may_step_too(order):
    training, calls = Training(), iter(range(100))
    second = torch.optim.SGD(training.model[0].parameters(), lr=0.125)

    def step():
        loss = training.backward()
        if order == "same" or next(calls) % 2 == 0:
            second.step()
            if order != "same":
                return loss
        training.note()
        training.optimizer.step()
        return loss

    training.step = step
    sweep = training.find(also=[second]).sweep
    assert training.used == [[lr, lr] for lr in sweep.lrs]


class Wrapper(torch.optim.Optimizer):
    """Leaves its step to another optimizer, whose groups are its own or copies."""

    def __init__(self, params, lr, shared):
        inner = torch.optim.SGD(params, lr=lr)
        super().__init__([dict(group) for group in inner.param_groups], {"lr": lr})
        self.hidden = [inner]
        if shared:
            self.param_groups = inner.param_groups

    def step(self, closure=None):
        self.hidden[0].step(closure)


def test_an_optimizer_that_is_wrapped_has_the_rate_too():
    training = Training(Wrapper, shared=True)
    sweep = training.find().sweep
    assert training.used == [[lr, lr] for lr in sweep.lrs]


@pytest.mark.parametrize("form", ["step", "pytorch"])
def test_an_optimizer_within_another_that_has_groups_of_its_own_is_refused(form):
    message = "got 0.001: the SGD within Wrapper has a rate of its own"
    refused(Training(Wrapper, shared=False), message, form=form)


def test_an_optimizer_for_each_parameter_that_steps_in_the_backward_pass_is_refused():
    training = Training()
    singles = {p: torch.optim.SGD([p], lr=0.5) for p in training.model.parameters()}
    handles = [p.register_post_accumulate_grad_hook(lambda p: singles[p].step()) for p in singles]
    training.step = training.backward
    refused(training, "got only one of another, SGD, at 0.5")
    assert len(handles) == 4


def test_a_step_may_step_several_times_at_its_rate():
    training = Training()

    def step():
        Training.step(training)
        return Training.step(training)

    training.step = step
    sweep = training.find().sweep
    assert training.used[::2] == training.used[1::2] == [[lr, lr] for lr in sweep.lrs]


def test_a_second_step_at_another_rate_is_refused():
    training = Training()

    def step():
        Training.step(training)
        training.set(0.5)
        return Training.step(training)

    training.step = step
    refused(training, "1e-07 in group 0, got 0.5")


def test_words_that_the_step_swallows_come_all_the_same():
    training = Training()

    def step():
        loss = training.backward()
        with contextlib.suppress(Exception):
            training.set(0.5)
            training.optimizer.step()
        return loss

    training.step = step
    refused(training, "1e-07 in group 0, got 0.5")


def test_a_step_without_an_optimizer_is_held_to_its_rate_after_the_call():
    training = Training()
    training.step = lambda: training.set(0.5) or 1.0
    refused(training, "1e-07 in group 0, got 0.5: `step` sets the rate")


def test_a_compiled_step_is_seen():
    training = Training(torch.optim.SGD, groups=1)
    torch.compiler.reset()
    compiled = torch.compile(training.optimizer.step, backend="eager")

    def step():
        loss = training.backward()
        training.note()
        compiled()
        return loss

    training.step = step
    sweep = training.find().sweep
    assert [rates[0] for rates in training.used] == sweep.lrs.tolist()
    training.model.register_forward_hook(lambda *_: training.set(0.5))
    refused(training, "got 0.5")


@pytest.mark.parametrize("way", ["closure", "late hook"])
def test_a_rate_that_is_set_within_the_optimizers_step_is_found(way):
    training = Training()

    def sets():
        training.set(0.5)

    def step():
        loss = training.backward()
        if way == "late hook":
            training.optimizer.register_step_pre_hook(lambda *_: sets())
        training.optimizer.step(sets if way == "closure" else None)
        return loss

    training.step = step
    refused(training, "got 0.5: the step of AdamW sets the rate itself")


def test_a_schedule_that_goes_on_before_the_step_is_refused():
    training = Training()
    schedule = torch.optim.lr_scheduler.LambdaLR(training.optimizer, lambda made: 1 + made)

    def step():
        loss = training.backward()
        schedule.step()
        training.optimizer.step()
        return loss

    training.step = step
    with pytest.warns(UserWarning, match="Detected call of"):
        refused(training, "got 0.002: `step` sets the rate", also=[schedule])


@pytest.mark.parametrize("rate", ["the set one", "its own"])
def test_an_optimizer_that_is_made_in_each_step_is_seen(rate):
    training = Training()

    def step():
        loss = training.backward()
        lr = training.optimizer.param_groups[0]["lr"] if rate == "the set one" else 0.5
        training.note()
        torch.optim.SGD(training.model.parameters(), lr=lr).step()
        return loss

    training.step = step
    if rate == "its own":
        refused(training, "got only one of another, SGD, at 0.5")
    else:
        assert training.used == [[lr, lr] for lr in training.find().sweep.lrs]


def test_a_partner_that_an_optimizer_holds_trains_another_model():
    training, other = Training(), nn.Linear(1, 1)
    training.optimizer.partner = torch.optim.SGD(other.parameters(), lr=0.5)
    calls = iter(range(100))

    def step():
        loss = training.backward()
        training.optimizer.partner.step()
        if next(calls) % 2:
            training.note()
            training.optimizer.step()
        return loss

    training.step = step
    sweep = training.find().sweep
    assert training.used == [[lr, lr] for lr in sweep.lrs]


def test_an_optimizer_of_its_own_that_is_also_named_counts():
    training = Training(Wrapper, shared=True)
    training.optimizer.base = inner = training.optimizer.hidden[0]

    def step():
        loss = training.backward()
        training.note()
        inner.step()
        return loss

    training.step = step
    sweep = training.find(also=[inner]).sweep
    assert training.used == [[lr, lr] for lr in sweep.lrs]


def test_nothing_is_left_on_the_optimizer_or_in_torch():
    training = Training()
    optimizer, module = training.optimizer, import_module("torch.optim.optimizer")

    def hooks():
        own = optimizer._optimizer_step_pre_hooks, optimizer._optimizer_step_post_hooks
        shared = module._global_optimizer_pre_hooks, module._global_optimizer_post_hooks
        return [list(each) for each in (*own, *shared)]

    before = hooks()
    training.find()
    assert hooks() == before
    training.model.register_forward_hook(lambda *_: training.set(0.5))
    refused(training, "got 0.5")
    assert hooks() == before
