"""Trial, shown line and plot are one schedule in plain PyTorch, whatever the optimizer."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional
from torch.optim.lr_scheduler import OneCycleLR

from lr_widget import lr_find
from lr_widget.loops.optimizers import has_momentum
from tests.support import models
from tests.support.schedules import share_at

pytestmark = pytest.mark.thorough

PICKS = [(1e-4, 1e-3), (1e-3, 1e-2)]
EPOCHS = 8


def groups_of(model, *more):
    """The parameters of a model in two groups, with what each sets itself."""
    own_layer = list(model.body[0].parameters())
    first, rest = own_layer, list(model.parameters())[len(own_layer) :]
    own = more or ({}, {})
    return [{"params": first, **own[0]}, {"params": rest, **own[1]}]


class Lion(torch.optim.Optimizer):
    """Somebody's own optimizer, whose betas are three."""

    def __init__(self, params, betas):
        super().__init__(params, {"lr": 1e-3, "betas": betas})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.sub_(p.grad.sign() * group["lr"])


OPTIM = torch.optim
# how each is made, and whether its momentum is cycled
OPTIMIZERS = {
    "SGD": (lambda m: OPTIM.SGD(groups_of(m), 0.1), False),
    "SGD, momentum": (lambda m: OPTIM.SGD(groups_of(m), 0.1, momentum=0.5), True),
    "SGD, one group without": (
        lambda m: OPTIM.SGD(groups_of(m, {"momentum": 0}, {}), 0.1, momentum=0.9),
        False,
    ),
    "SGD, each group its own": (
        lambda m: OPTIM.SGD(groups_of(m, {"momentum": 0.8}, {"momentum": 0.9}), 0.1),
        True,
    ),
    "RMSprop": (lambda m: OPTIM.RMSprop(groups_of(m), 1e-3), False),
    "RMSprop, momentum": (lambda m: OPTIM.RMSprop(groups_of(m), 1e-3, momentum=0.9), True),
    "Adagrad": (lambda m: OPTIM.Adagrad(groups_of(m)), False),
    "Adadelta": (lambda m: OPTIM.Adadelta(groups_of(m)), False),
    "ASGD": (lambda m: OPTIM.ASGD(groups_of(m)), False),
    "Rprop": (lambda m: OPTIM.Rprop(groups_of(m)), False),
    "Adam": (lambda m: OPTIM.Adam(groups_of(m)), True),
    "Adam without": (lambda m: OPTIM.Adam(groups_of(m), betas=(0.0, 0.99)), False),
    "Adam, a tensor": (
        lambda m: OPTIM.Adam(groups_of(m), betas=(torch.tensor(0.0), torch.tensor(0.99))),
        False,
    ),
    "AdamW, one group without": (
        lambda m: OPTIM.AdamW(groups_of(m, {}, {"betas": (0.0, 0.99)})),
        False,
    ),
    "Adamax": (lambda m: OPTIM.Adamax(groups_of(m)), True),
    "NAdam": (lambda m: OPTIM.NAdam(groups_of(m)), True),
    "three betas": (lambda m: Lion(groups_of(m), (0.9, 0.98, 0.999)), True),
    "three betas, none first": (lambda m: Lion(groups_of(m), (0.0, 0.98, 0.999)), False),
}


def set_up(kind):
    torch.manual_seed(0)
    model = models.Net()
    return model, OPTIMIZERS[kind][0](model)


def hypers(optimizer):
    """Rate and momentum of every group."""
    found = []
    for group in optimizer.param_groups:
        momentum = group["betas"][0] if "betas" in group else group.get("momentum", 0)
        found.append((group["lr"], float(momentum)))
    return found


def momenta(step):
    return tuple(momentum for _, momentum in step)


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_trial_line_and_plot_are_one_schedule(kind):
    model, optimizer = set_up(kind)
    cycled = OPTIMIZERS[kind][1]
    data = models.loader()
    seen, steps = [], EPOCHS * len(data)
    optimizer.register_step_pre_hook(lambda *_: seen.append(hypers(optimizer)))
    picker = lr_find(model, optimizer, functional.cross_entropy, data, show=False, num_it=10)
    swept = {momenta(each) for each in seen}
    before = hypers(optimizer)
    seen.clear()
    trials = picker.try_picks(PICKS, epochs=EPOCHS, valid=data)
    assert hypers(optimizer) == before
    tried = dict(zip(trials, (seen[:steps], seen[steps:]), strict=True))

    # momentum moves only where there is one; else the trials train with that of the sweep
    trained = {momenta(each) for each in seen}
    assert (len(trained) > 1) == cycled
    assert cycled or trained == swept

    for line in (picker._code, picker._trials["code"]):
        assert ("cycle_momentum=False" in line) != cycled
        for trial, own in tried.items():
            picker.value = trial.pick
            assert by_line(line, kind, picker, trial) == own

    check_drawn(picker._schedule, [each[-1][0] / PICKS[0][1] for each in tried[trials[0]]])


@pytest.mark.parametrize(
    ("defaults", "groups", "there"),
    [
        ({}, [{"momentum": 0.9}], False),  # OneCycleLR asks the defaults
        ({"momentum": 0.9}, [{"momentum": 0.9}, {}], False),
        ({"momentum": None}, [{"momentum": None}], False),
        ({"betas": None}, [{"betas": None}], False),
        ({"betas": (0.9, 0.99), "momentum": 0}, [{"betas": (0.9, 0.99), "momentum": 0}], True),
        ({"betas": (0, 0.99), "momentum": 0.9}, [{"betas": (0, 0.99), "momentum": 0.9}], False),
        ({"betas": (None, 0.99)}, [{"betas": (None, 0.99)}], False),
        ({"betas": [0.9, 0.99]}, [{"betas": [0.9, 0.99]}], True),
    ],
)
def test_momentum_is_looked_for_as_one_cycle_lr_does(defaults, groups, there):
    assert has_momentum(SimpleNamespace(defaults=defaults, param_groups=groups)) is there
    assert not has_momentum(SimpleNamespace(param_groups=groups))


def by_line(line, kind, picker, trial):
    """Rates and momenta of every step after a line that is shown, with the length for its dots."""
    _, optimizer = set_up(kind)
    steps = EPOCHS * 5
    best = type("Best", (), {"best": trial})
    known = {"OneCycleLR": OneCycleLR, "optimizer": optimizer, "picker": picker, "trials": best}
    schedule = eval(line.replace("...", f"total_steps={steps}"), known)
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = torch.zeros_like(p)
    found = [hypers(optimizer)]
    for _ in range(steps - 1):
        optimizer.step()
        schedule.step()
        found.append(hypers(optimizer))
    return found


def check_drawn(schedule, shares):
    """Hold the plot to the rates of a run, whose peak lies a step early, but for its last steps."""
    last = len(shares) - 1
    for step, share in enumerate(shares[: round(0.8 * last)]):
        assert abs(math.log10(share_at(schedule, step / last) / share)) < 0.15, step
