"""A sweep makes the host wait for the device no more often than training does: never per step."""

import pytest
import torch
from torch.nn import functional

from lr_widget import lr_find
from lr_widget.engine import loss_reader
from lr_widget.engine.range_test import LAG, RangeTest
from lr_widget.loops import rates
from lr_widget.records.plan import Plan
from tests.support import models
from tests.support.lightning_rig import QUIET

READS = ("item", "tolist", "numpy", "cpu", "__float__", "__int__", "__bool__", "__array__")


class Late:
    """Stands for a CUDA event of a device that is as far behind as it may be."""

    waits = 0

    def query(self):
        return False

    def synchronize(self):
        Late.waits += 1


@pytest.fixture
def reads(monkeypatch):
    """What asks a tensor for its value, by name; the losses come as if from a GPU."""
    found, inside = [], []
    monkeypatch.setattr(loss_reader, "_computed_behind", lambda scalar: True)
    monkeypatch.setattr(loss_reader, "_start_copy", lambda scalar: scalar.clone())
    monkeypatch.setattr(loss_reader, "_mark", lambda device: Late())
    pop = loss_reader.LossReader.pop_arrived

    def pop_arrived(reader, wait_for=0):
        inside.append(1)  # reading what has arrived on the host waits for nothing
        try:
            return pop(reader, wait_for)
        finally:
            inside.pop()

    monkeypatch.setattr(loss_reader.LossReader, "pop_arrived", pop_arrived)
    for name in READS:
        original = getattr(torch.Tensor, name)

        def read(tensor, *args, _name=name, _original=original, **kwargs):
            if not inside:
                found.append(_name)
            return _original(tensor, *args, **kwargs)

        monkeypatch.setattr(torch.Tensor, name, read)
    return found


def learner(model):
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import SGD

    batches = [(x[None], y[None]) for x, y in models.dataset()]
    return Learner(DataLoaders(batches, batches), model, functional.cross_entropy, opt_func=SGD)


class Batches:
    """A loader that draws no seed, as a DataLoader does at each begin: on the host, by `item`."""

    def __iter__(self):
        return iter([models.dataset().tensors] * 5)

    def __len__(self):
        return 5


def trainer_and_module(model):
    pl = pytest.importorskip("lightning")

    class Module(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = model

        def training_step(self, batch, batch_idx):
            loss = functional.cross_entropy(self.model(batch[0]), batch[1])
            self.log("train_loss", loss)
            return loss

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    return pl.Trainer(**QUIET), Module()


def sweep(kind, num_it):
    torch.manual_seed(0)
    model = torch.nn.Linear(models.INPUTS, models.CLASSES)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    options = {"num_it": num_it, "end_lr": 1e-3, "show": False}
    x, y = models.dataset().tensors

    def step():
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    if kind == "fastai":
        pytest.importorskip("fastai")
        return lr_find(learner(model), **options)
    if kind == "lightning":
        return lr_find(*trainer_and_module(model), Batches(), **options)
    if kind == "pytorch":
        return lr_find(model, optimizer, functional.cross_entropy, [(x, y)], **options)
    return lr_find(step=step, optimizer=optimizer, model=model, **options)


@pytest.mark.parametrize("kind", ["pytorch", "step", "fastai", "lightning"])
def test_no_step_asks_the_device_for_a_value(kind, reads):
    counts = []
    for num_it in (20, 60):
        reads.clear()
        assert len(sweep(kind, num_it).sweep) == num_it
        counts.append(len(reads))
    assert counts[0] == counts[1], reads  # what a sweep reads once does not count


def test_the_watch_would_see_a_read(reads):
    assert torch.tensor(1.0).item() == 1.0
    assert reads == ["item"]


def test_the_host_waits_only_for_what_is_older_than_the_lag(reads):
    test, pending = RangeTest(Plan(1e-7, 1.0, 50, "exp")), []
    Late.waits = 0
    while test.begin_step() is not None:
        pending.append(len(test._reader))
        test.end_step(torch.tensor(1.0))
    assert pending[LAG:] == [LAG] * (50 - LAG)
    assert Late.waits == 50


class Filled(torch.optim.Optimizer):
    """Steps by rates that are tensors, and asks for none of their values."""

    def __init__(self, params):
        super().__init__(params, {"lr": torch.tensor(0.1)})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.sub_(p.grad * group["lr"])


def test_a_trial_reads_rates_on_a_device_only_where_somebody_has_written_to_them(
    reads, monkeypatch
):
    monkeypatch.setattr(rates, "_is_on_device", lambda lr: isinstance(lr, torch.Tensor))
    model = torch.nn.Linear(2, 2)
    optimizer = Filled([{"params": [p]} for p in model.parameters()])  # which share a tensor
    model(torch.ones(1, 2)).sum().backward()
    watch = rates.ScheduledRates(optimizer)
    with watch:
        for rate in (0.2, 0.3):
            for group in optimizer.param_groups:
                group["lr"].fill_(rate)
            watch.note()
            optimizer.step()
            watch.check_kept(lambda: "nobody")
            assert watch.check()
        assert reads == []
        optimizer.param_groups[1]["lr"].fill_(0.25)
        optimizer.step()
        assert reads != []
        with pytest.raises(ValueError, match=r"0\.3\d* in group 0, got 0\.25"):
            watch.check()


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("kind", ["pytorch", "step"])
def test_on_a_gpu_nothing_synchronises(kind):
    model = torch.nn.Linear(8, 3, device="cuda")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = (tensor.cuda() for tensor in models.dataset().tensors)
    test = RangeTest(Plan(1e-7, 1e-3, 50, "exp"))
    while True:
        torch.cuda.set_sync_debug_mode("error")
        try:
            if test.begin_step() is None:
                break
            loss = functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            test.end_step(loss)
        finally:
            torch.cuda.set_sync_debug_mode("default")
    assert test.stop_reason == "finished"
