"""Loaders with worker processes: what fails in one, and what a worker keeps for itself."""

import multiprocessing
import os
import signal

import pytest
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from lr_widget import lr_find
from tests.support import models

pytestmark = pytest.mark.thorough

BATCH = 8


class Noisy(Dataset):
    """Draws in the worker; fails, or kills its worker, at one item.

    Not before the batches it has made are `taken`: a tensor on its way from a process that dies is
    a ConnectionResetError, or not, as chance has it.
    """

    def __init__(self, act=None):
        self.items, self.act = models.dataset(), act
        self.drawn, self.taken = 0, multiprocessing.Semaphore(0)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        if self.act is not None and index == 17:
            for _ in range(self.drawn // BATCH):
                self.taken.acquire()
            self.act()
        self.drawn += 1
        x, y = self.items[index]
        return x + torch.rand(()), y


def fail():
    raise ValueError("on purpose")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def train(model, optimizer, loader):
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def make(dataset, **options):
    torch.manual_seed(0)
    model = models.Net()
    optimizer = torch.optim.AdamW(model.parameters())
    loader = DataLoader(dataset, BATCH, shuffle=True, num_workers=1, **options)
    return model, optimizer, loader


def find(model, optimizer, loader):
    options = {"num_it": 12, "end_lr": 1e-3, "show": False}

    def loss_fn(output, target):
        loader.dataset.taken.release()
        return functional.cross_entropy(output, target)

    return lr_find(model, optimizer, loss_fn, loader, **options)


@pytest.mark.parametrize(("act", "kind"), [(fail, ValueError), (die, RuntimeError)])
def test_an_error_in_a_worker_ends_the_sweep_and_leaves_no_trace(act, kind):
    model, optimizer, loader = make(Noisy(act))
    before = models.model_bits(model), models.random_bits()
    with pytest.raises(kind, match="on purpose" if act is fail else "DataLoader worker") as caught:
        find(model, optimizer, loader)
    assert caught.value.picker.status == "failed"
    assert (models.model_bits(model), models.random_bits()) == before


@pytest.mark.parametrize("stay", [False, True], ids=["workers that go", "workers that stay"])
@pytest.mark.parametrize("epochs", [0, 1])
def test_what_workers_draw_afterwards_is_what_they_would_have_drawn(stay, epochs):
    runs = []
    for swept in (False, True):
        model, optimizer, loader = make(Noisy(), persistent_workers=stay)
        losses = [train(model, optimizer, loader) for _ in range(epochs)]
        if swept:
            held = loader._iterator
            assert len(find(model, optimizer, loader).sweep) == 12
            assert loader._iterator is held
        losses.append(train(model, optimizer, loader))
        runs.append(losses)
    assert runs[0] == runs[1]
