"""Optimizers for which `lr` is no rate, or not the one they train at, are refused in words."""

import re

import pytest
import torch
from torch.nn import functional

from lr_widget import lr_find
from tests.support import models

X, Y = models.dataset().tensors


def find(optimizer, model, **options):
    options = {"num_it": 20, "end_lr": 1e-2, "show": False, **options}
    return lr_find(model, optimizer, functional.cross_entropy, [(X, Y)], **options)


def named(name, **settings):
    """An optimizer as a library has it, with the settings it keeps in its groups."""
    kind = type(name, (torch.optim.SGD,), {})

    def make(params):
        made = kind(params, lr=1e-3)
        for group in made.param_groups:
            group.update(settings)
        return made

    return make


REFUSED = [
    (
        named("Adafactor", lr=None, relative_step=True),
        "relative_step=True, which sets the rate itself: make it with relative_step=False, warm",
    ),
    (named("Adafactor", relative_step=True), "got 'Adafactor' with relative_step=True"),
    (lambda p: torch.optim.Adagrad(p, lr_decay=0.1), "got 'Adagrad' with lr_decay=0.1"),
    (named("AdamWScheduleFree", warmup_steps=50, k=3), "with warmup_steps=50, which warms up"),
    (named("Own", lr=torch.ones(2)), "must have a learning rate in every group"),
    (named("COCOB", lr=None), "must have a learning rate in every group, got None in group 0"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
@pytest.mark.parametrize("inside", [False, True])
def test_an_optimizer_with_a_rate_of_its_own_is_refused_before_anything_is_touched(
    make, message, inside
):
    model = torch.nn.Linear(models.INPUTS, models.CLASSES)
    optimizer = make(model.parameters())
    if inside:
        outer = torch.optim.SGD(model.parameters(), lr=1e-3)
        outer.inner, optimizer = optimizer, outer
    before = models.bits(model.state_dict())
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        find(optimizer, model)
    assert not hasattr(caught.value, "picker")
    assert models.bits(model.state_dict()) == before


TAKEN = [
    named("Adafactor", relative_step=False),
    named("AdamWScheduleFree", warmup_steps=50, k=50),
    named("AdamWScheduleFree", warmup_steps=0, k=0),
    torch.optim.Adagrad,
    torch.optim.Adafactor,
]


@pytest.mark.parametrize("make", TAKEN)
def test_the_same_without_that_setting_is_taken(make):
    model = torch.nn.Linear(models.INPUTS, models.CLASSES)
    assert len(find(make(model.parameters()), model).sweep) == 20


def test_pytorchs_adafactor_is_swept_as_far_as_it_uses_the_rate():
    model = torch.nn.Linear(models.INPUTS, models.CLASSES)
    optimizer = torch.optim.Adafactor(model.parameters())
    with pytest.raises(ValueError, match=r"end_lr must be at most 0\.22 for 'Adafactor'") as caught:
        find(optimizer, model, end_lr=10.0)
    assert len(caught.value.picker.sweep) == 0
    models.train(model, optimizer, steps=5)
    models.train(model, optimizer, steps=5)
    with pytest.raises(ValueError, match=r"end_lr must be at most 0\.18 for 'Adafactor'"):
        find(optimizer, model, end_lr=0.2)


def test_a_torch_without_adafactor_sweeps_all_others(monkeypatch):
    monkeypatch.delattr(torch.optim, "Adafactor")  # as before torch 2.5
    model = torch.nn.Linear(models.INPUTS, models.CLASSES)
    assert len(find(torch.optim.SGD(model.parameters(), lr=0.1), model).sweep) == 20


def test_a_factor_is_called_one():
    model = torch.nn.Linear(models.INPUTS, models.CLASSES)
    picker = find(named("Prodigy")(model.parameters()), model)
    said = picker.suggestions["ours"].warnings
    assert any(
        "The axis is a factor, no rate: Prodigy finds its rate by itself." in w for w in said
    )
