"""A step function by hand whose rates are watched, and what a refused sweep leaves."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

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
