"""The smallest loop: what the optimizer has to be, and what a step may return."""

import numpy as np
import pytest
import torch

from lr_widget import lr_find
from lr_widget.engine.range_test import RangeTest
from lr_widget.loops.optimizers import set_lrs
from lr_widget.records.plan import Plan
from tests.support import models


@pytest.fixture
def model():
    torch.manual_seed(0)
    return models.Net()


def find(step, model, optimizer=None, **options):
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=0.1)
    options = {"num_it": 12, "show": False, **options}
    return lr_find(step=step, optimizer=optimizer, model=model, **options)


@pytest.mark.parametrize(
    "loss", [1.5, np.float32(1.5), torch.tensor([1.5]), torch.tensor(1.5, requires_grad=True)]
)
def test_a_step_may_return_any_number(model, loss):
    assert find(lambda: loss, model).sweep.losses.tolist() == [1.5] * 12


@pytest.mark.parametrize("loss", [None, "1.5", torch.zeros(2)])
def test_a_step_that_returns_no_loss_is_an_error(model, loss):
    with pytest.raises((TypeError, ValueError), match="the loss must be") as caught:
        find(lambda: loss, model)
    assert caught.value.picker.status == "failed"


@pytest.mark.parametrize("constant", [0.0, -3.0])
def test_a_loss_at_or_below_zero_runs_to_the_end(model, constant):
    assert find(lambda: constant, model).sweep.stop_reason == "finished"


def test_the_first_step_has_the_first_rate(model):
    optimizer = torch.optim.SGD(models.groups(model, lr=0.5))
    seen = []

    def step():
        seen.append([group["lr"] for group in optimizer.param_groups])
        return 1.0

    picker = find(step, model, optimizer, start_lr=1e-4, end_lr=1.0)
    assert seen == [[lr, lr] for lr in picker.sweep.lrs.tolist()]
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 0.5]


def test_a_rate_that_is_a_tensor_is_filled_in_place(model):
    rate = torch.tensor(0.01)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    set_lrs(optimizer, RangeTest(Plan(1e-4, 1.0, 10, "exp")), 0.5)
    assert optimizer.param_groups[0]["lr"] is rate
    seen = []
    find(lambda: seen.append(float(rate)) or 1.0, model, optimizer, start_lr=1e-4, end_lr=1.0)
    assert seen[0] == pytest.approx(1e-4)
    assert seen[-1] == pytest.approx(1.0)
    assert optimizer.param_groups[0]["lr"] is rate
    assert float(rate) == 0.5


def others():
    return torch.nn.Linear(2, 2)


def frozen_beside_others(model):
    model.requires_grad_(requires_grad=False)
    return torch.optim.SGD([*model.parameters(), *others().parameters()], lr=0.1)


REFUSED = [
    (lambda _: torch.optim.SGD(others().parameters(), lr=0.1), ValueError, "optimizer must hold"),
    (frozen_beside_others, ValueError, "model must have something to train"),
    (lambda m: torch.optim.LBFGS(m.parameters()), TypeError, "optimizer must make a step without"),
    (lambda m: m.parameters(), TypeError, "optimizer must be a torch optimizer, got <generator"),
    (lambda _: torch.optim.SGD, TypeError, "optimizer must be a torch optimizer, got <class"),
]


@pytest.mark.parametrize(("make", "kind", "message"), REFUSED)
def test_an_optimizer_that_cannot_train_the_model_is_refused(model, make, kind, message):
    optimizer = make(model)
    before = models.model_bits(model), models.random_bits()
    with pytest.raises(kind, match=message):
        find(lambda: 1.0, model, optimizer)
    assert (models.model_bits(model), models.random_bits()) == before


def test_a_model_without_parameters_is_refused():
    optimizer = torch.optim.SGD(others().parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"optimizer must hold parameters of .*'ReLU'"):
        find(lambda: 1.0, torch.nn.ReLU(), optimizer)


def rates_by_line(picker, optimizer, n, **known):
    """The rates of the next steps after the line of code."""
    picker.value = (3e-3, 3e-3)
    code = picker._code.replace("...", f"total_steps={n}")
    names = {"optimizer": optimizer, "picker": picker, **known, **SCHEDULERS}
    exec(code if known else f"scheduler = {code}", names)
    scheduler, seen = names["scheduler"], []
    for _ in range(n):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


SCHEDULERS = {"OneCycleLR": torch.optim.lr_scheduler.OneCycleLR}


def test_the_line_gives_the_rates_to_a_scheduler_that_is_named_in_also(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step))

    def step():
        optimizer.step()
        scheduler.step()
        return 1.0

    picker = find(step, model, optimizer, also=[scheduler])
    assert picker._schedule is None
    rates = rates_by_line(picker, optimizer, 4, scheduler=scheduler)
    assert rates == pytest.approx([3e-3, 1.5e-3, 1e-3, 0.75e-3])


def test_the_line_for_plain_pytorch_makes_a_schedule_that_forgets_an_earlier_one(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step))
    loss_fn = torch.nn.functional.cross_entropy
    picker = lr_find(model, optimizer, loss_fn, models.loader(), num_it=12, show=False)
    assert max(rates_by_line(picker, optimizer, 20)) == pytest.approx(3e-3)
