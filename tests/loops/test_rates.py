"""The rate on the axis is the one that the optimizer used, or the sweep says why not."""

import contextlib
import copy
from importlib import import_module

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.optim.optimizer import register_optimizer_step_pre_hook

from lr_widget import lr_find
from lr_widget.testing.bits import bits
from tests.support import models

X, Y = models.dataset().tensors


class Training:
    """A step function by hand, which notes the rates at which its optimizer steps."""

    def __init__(self, make=torch.optim.AdamW, groups=2, **options):
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(models.INPUTS, 4), nn.Linear(4, models.CLASSES))
        parts = [list(part.parameters()) for part in self.model]
        if groups == 1:
            parts = [[p for part in parts for p in part]]
        self.optimizer = make([{"params": part} for part in parts], **{"lr": 1e-3, **options})
        self.used = []

    def backward(self):
        self.optimizer.zero_grad()
        loss = functional.cross_entropy(self.model(X), Y)
        loss.backward()
        return loss

    def note(self):
        rates = [group["lr"] for group in self.optimizer.param_groups]
        self.used.append([rate.item() if torch.is_tensor(rate) else rate for rate in rates])

    def step(self):
        loss = self.backward()
        self.note()
        self.optimizer.step()
        return loss

    def set(self, rate):
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def find(self, form="step", **options):
        options = {"num_it": 12, "end_lr": 1e-2, "show": False, **options}
        if form == "step":
            given = {"step": self.step}
        else:
            given = {"loss_fn": functional.cross_entropy, "loader": [(X, Y)]}
        return lr_find(optimizer=self.optimizer, model=self.model, **given, **options)

    def bits(self):
        optimizer = self.optimizer
        return [
            bits(self.model.state_dict()),
            bits(optimizer.state_dict()),
            [(id(group), id(group["lr"])) for group in optimizer.param_groups],
        ]


def refused(training, match, steps=0, form="step", **options):
    """Check that a sweep ends with words after so many points, without a pick, restored."""
    before = training.bits()
    with pytest.raises(ValueError, match=match) as caught:
        training.find(form, **options)
    assert training.bits() == before
    picker = caught.value.picker
    assert (picker.status, picker.value, len(picker.sweep)) == ("failed", None, steps)
    return str(caught.value)


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


# --- groups


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


# --- what is no fault


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
