"""fastai with a loader that has no length: its own fit asks for one, a sweep does not."""

import pytest
import torch
from torch import nn
from torch.utils.data import IterableDataset

pytest.importorskip("fastai")

from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner

from lr_widget import lr_find


class Endless(IterableDataset):
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        return ((torch.randn(2), torch.randn(1)) for _ in range(self.items))


def learner(loader_kind, items):
    loader = (
        DataLoader(Endless(items), bs=4)
        if loader_kind is DataLoader
        else loader_kind(Endless(items), batch_size=4)
    )
    return Learner(DataLoaders(loader, loader), nn.Linear(2, 1), loss_func=nn.MSELoss())


@pytest.mark.parametrize("loader_kind", [DataLoader, torch.utils.data.DataLoader])
def test_a_loader_without_a_length_is_swept(loader_kind):
    learn = learner(loader_kind, 24)
    picker = lr_find(learn, num_it=30, stop_div=False, show=False)
    assert len(picker.sweep) == 30
    assert "all_batches" not in vars(learn)


@pytest.mark.parametrize("loader_kind", [DataLoader, torch.utils.data.DataLoader])
def test_one_that_yields_nothing_is_refused_in_words(loader_kind):
    learn = learner(loader_kind, 0)
    before = learn.model.weight.detach().clone()
    with pytest.raises(ValueError, match=r"learn\.dls\.train must yield at least one batch"):
        lr_find(learn, show=False)
    assert torch.equal(learn.model.weight, before)
