"""A step counts if the optimizer made one: not a micro-batch, not one that a scaler skipped."""

import pytest
import torch
from torch.nn import functional

from lr_widget import lr_find
from lr_widget.loops import step as step_loop
from tests.support import models

X, Y = models.dataset().tensors


class Training:
    """A step function by hand, with what it was called with."""

    def __init__(self, accumulate=1, overflow=(), fused=False, keeps_gradients=False):
        torch.manual_seed(0)
        self.model = torch.nn.Linear(models.INPUTS, models.CLASSES)
        kind = torch.optim.Adam if fused else torch.optim.SGD
        self.optimizer = kind(self.model.parameters(), lr=0.1, fused=fused)
        self.scaler = torch.amp.GradScaler("cpu", enabled=bool(overflow), init_scale=2.0**10)
        self.accumulate, self.overflow = accumulate, overflow
        self.calls = []  # (rate, loss, weights changed)

    def step(self):
        before = self.model.weight.detach().clone()
        index = torch.randint(len(X), (8,))
        loss = functional.cross_entropy(self.model(X[index]), Y[index])
        self.scaler.scale(loss).backward()
        if len(self.calls) in self.overflow:
            self.model.weight.grad.fill_(float("inf"))
        if (len(self.calls) + 1) % self.accumulate == 0:
            self.scaler.step(self.optimizer)
            self.scaler.update()
            self.optimizer.zero_grad()
        changed = not torch.equal(before, self.model.weight)
        rate = self.optimizer.param_groups[0]["lr"]
        self.calls.append((rate, float(loss.detach()), changed))
        return loss

    def find(self, num_it=12, **options):
        return lr_find(
            step=self.step,
            optimizer=self.optimizer,
            model=self.model,
            **{"num_it": num_it, "end_lr": 1e-3, "show": False, **options},
        )


@pytest.mark.parametrize("accumulate", [1, 4])
def test_micro_batches_are_one_point_at_one_rate(accumulate):
    training = Training(accumulate)
    sweep = training.find().sweep
    rates, losses, _ = map(list, zip(*training.calls, strict=True))
    assert rates == [lr for lr in sweep.lrs for _ in range(accumulate)]
    means = [sum(losses[i : i + accumulate]) / accumulate for i in range(0, 48, accumulate)][:12]
    assert sweep.losses.tolist() == pytest.approx(means, rel=1e-12)


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("overflow", [(0, 1), (5,), (3, 4, 5, 11)])
def test_a_step_that_a_known_scaler_skipped_leaves_no_point(overflow, fused):
    training = Training(overflow=overflow, fused=fused)
    scale = training.scaler.get_scale()
    sweep = training.find(also=[training.scaler]).sweep
    made = [(rate, loss) for rate, loss, changed in training.calls if changed]
    assert len(training.calls) == 12 + len(overflow)
    assert [rate for rate, _ in made] == sweep.lrs.tolist()
    assert [loss for _, loss in made] == sweep.losses.tolist()
    assert training.scaler.get_scale() == scale


def test_a_step_that_an_unknown_scaler_skipped_does_not_move_the_rate():
    training = Training(overflow=(0, 1, 5))
    sweep = training.find().sweep
    assert len(training.calls) == 15
    assert [rate for rate, _, changed in training.calls if changed] == sweep.lrs.tolist()
    first = [loss for _, loss, _ in training.calls[:3]]
    assert sweep.losses[0] == pytest.approx(sum(first) / 3)


@pytest.mark.parametrize(("known", "calls"), [(True, 12 * 5), (False, 5 + 11)])
def test_nothing_but_overflows_does_not_go_on_for_ever(monkeypatch, known, calls):
    monkeypatch.setattr(step_loop, "PATIENCE", 5)
    training = Training(overflow=range(1000))
    assert len(training.find(also=[training.scaler] if known else []).sweep) == 12
    assert len(training.calls) == calls


class SharpnessAware(torch.optim.Optimizer):
    """As research code has it: it makes its step by another optimizer, in a method of its own."""

    def __init__(self, params, base=True):
        super().__init__(params, {"lr": 0.1})
        inner = torch.optim.SGD(self.param_groups, lr=0.1)
        self.hidden = [inner]
        if base:
            self.base_optimizer = inner

    def second_step(self):
        self.hidden[0].step()

    def step(self, closure=None):
        raise NotImplementedError


@pytest.mark.parametrize("base", [True, False])
def test_a_step_by_another_optimizer_counts(base):
    training = Training()
    training.optimizer = SharpnessAware(training.model.parameters(), base)
    training.scaler = torch.amp.GradScaler("cpu", enabled=False)
    training.optimizer.step = training.optimizer.second_step
    made = []

    def step():
        made.append(1)
        training.optimizer.zero_grad()
        loss = functional.cross_entropy(training.model(X), Y)
        loss.backward()
        training.optimizer.second_step()
        return loss

    training.step = step
    assert len(training.find().sweep) == 12
    assert len(made) == 12


def test_steps_that_nobody_can_see_are_counted_once_patience_is_at_an_end(monkeypatch):
    monkeypatch.setattr(step_loop, "PATIENCE", 5)
    training, made = Training(), []

    def step():
        loss = functional.cross_entropy(training.model(X), Y)
        loss.backward()
        with torch.no_grad():  # descent by hand
            for p in training.model.parameters():
                made.append(p.sub_(training.optimizer.param_groups[0]["lr"] * p.grad))
                p.grad = None
        return loss

    training.step = step
    assert len(training.find().sweep) == 12
    assert len(made) == 2 * (5 + 11)


def test_a_function_without_the_optimizers_step_counts_call_by_call():
    training = Training()
    calls = []
    training.step = lambda: calls.append(training.optimizer.param_groups[0]["lr"]) or 1.0
    assert training.find().sweep.lrs.tolist() == calls


class Foreign:
    """An optimizer of another make, which has no hooks."""

    def __init__(self, optimizer):
        self.inner = optimizer
        self.param_groups, self.state = optimizer.param_groups, optimizer.state

    def step(self):
        self.inner.step()

    def zero_grad(self):
        self.inner.zero_grad()


def test_an_optimizer_without_hooks_counts_call_by_call():
    training = Training()
    training.optimizer = Foreign(training.optimizer)
    assert training.find().sweep.lrs.tolist() == [rate for rate, _, _ in training.calls]
