"""Attempts to break the restore that once succeeded, or could have: each taught something."""

import functools
import signal

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch.utils.data import DataLoader, RandomSampler, Sampler, default_collate  # noqa: E402

from lr_widget import lr_find  # noqa: E402
from lr_widget.snapshot.snapshot import Snapshot  # noqa: E402
from tests.support import models  # noqa: E402

X, Y = models.dataset().tensors


def find(model, loss_fn=functional.cross_entropy, loader=((X, Y),), after=lambda: None, **options):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    options = {"num_it": 12, "end_lr": 0.1, "stop_div": False, "show": False, **options}

    def loss(output, target):
        after()
        return loss_fn(output, target)

    return lr_find(model, optimizer, loss if after else loss_fn, list(loader), **options)


def linear():
    torch.manual_seed(0)
    return nn.Linear(models.INPUTS, models.CLASSES)


def test_tensor_hooks():
    model, calls = linear(), []
    kept = model.bias.register_hook(lambda grad: calls.append("kept"))
    model.bias.register_post_accumulate_grad_hook(lambda p: calls.append("after"))

    def disturb():
        kept.remove()
        model.weight.register_hook(lambda grad: grad * 0)
        model.weight.register_post_accumulate_grad_hook(lambda p: calls.append("added"))
        model.bias.register_post_accumulate_grad_hook(lambda p: calls.append("added"))

    find(model, after=disturb)
    calls.clear()
    functional.cross_entropy(model(X), Y).backward()
    assert calls == ["kept", "after"]
    assert model.weight.grad.any()


def test_a_tensor_on_a_parameter():
    model = linear()
    model.weight.fisher = torch.zeros(3, 8)
    find(model, after=lambda: model.weight.fisher.add_(1))
    assert not model.weight.fisher.any()


class Memory(nn.Module):
    """A buffer that becomes a part of the graph, in place."""

    def __init__(self):
        super().__init__()
        self.layer = linear()
        self.register_buffer("mean", torch.zeros(3))

    def forward(self, x):
        output = self.layer(x)
        self.mean.mul_(0.5).add_(output.mean(0))
        return output + 0.1 * self.mean


def test_a_buffer_that_was_drawn_into_the_graph():
    model = Memory()
    model.mean.detach_()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        find(model)
    assert model.mean.is_leaf
    assert not model.mean.requires_grad
    functional.cross_entropy(model(X), Y).backward()


class Adjacency(nn.Module):
    """Keeps a sparse tensor that is a part of the last graph."""

    def __init__(self):
        super().__init__()
        self.layer, self.weight = linear(), nn.Parameter(torch.rand(3))
        self.adjacency = None

    def forward(self, x):
        diagonal = torch.arange(3).expand(2, 3)
        self.adjacency = torch.sparse_coo_tensor(diagonal, self.weight, (3, 3))
        return torch.sparse.mm(self.adjacency, self.layer(x).T).T


@pytest.mark.filterwarnings("ignore:Sparse")
def test_a_sparse_part_of_a_graph():
    model = Adjacency()
    model(X)
    before, held = models.model_bits(model), model.adjacency
    find(model)
    assert models.model_bits(model) == before
    assert model.adjacency is held


@pytest.mark.parametrize(
    "odd",
    [
        lambda: torch.quantize_per_tensor(torch.rand(3), 0.1, 0, torch.quint8),
        lambda: torch.ones(2, device="meta"),
        lambda: torch.rand(2, 2).to_sparse_csr(),
        lambda: torch.rand(2, dtype=torch.complex64).conj(),
    ],
    ids=["quantised", "meta", "sparse rows", "conjugate"],
)
@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support", "ignore:.*quantiz")
def test_tensors_of_rare_kinds(odd):
    model = linear()
    model.odd = odd()
    before = models.bits(model.odd) if model.odd.dtype == torch.complex64 else None
    assert find(model).status == "finished"
    if before:
        assert models.bits(model.odd) == before


def test_a_number_and_its_conjugate_in_the_same_memory():
    model = linear()
    z = torch.rand(2, dtype=torch.complex64)
    before = z.tolist()
    model.z, model.conjugate = z, z.conj()
    find(model)
    assert z.tolist() == before


def test_a_sparse_gradient_that_is_changed_in_place():
    table = nn.Embedding(10, 3, sparse=True)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    table(torch.tensor([1, 2, 2])).sum().backward()
    before, held = table.weight.grad.to_dense(), table.weight.grad

    def step():
        optimizer.zero_grad(set_to_none=False)
        loss = functional.cross_entropy(table(Y), Y)
        loss.backward()
        optimizer.step()
        return loss

    lr_find(step=step, optimizer=optimizer, model=table, num_it=12, show=False)
    assert table.weight.grad is held
    assert torch.equal(table.weight.grad.to_dense(), before)


def test_one_tensor_that_cannot_be_written_leaves_the_others_alone():
    model = linear()
    model.rows = torch.rand(2, 2).to_sparse_csr()
    before = models.model_bits(model)
    snapshot = Snapshot([model])
    model.weight.data.add_(1)
    next(s for s in snapshot._tensors.values() if s.tensor is model.rows).bits = torch.zeros(9)
    with pytest.raises(RuntimeError, match="not everything could be put back"):
        snapshot.restore()
    assert models.model_bits(model) == before


class Interrupting:
    """SIGTERM arrives while this is being put back."""

    done = []  # noqa: RUF012  of the class, where it stays

    def state_dict(self):
        return {"a": 1}

    def load_state_dict(self, content):
        if not self.done:
            self.done.append(content)
            signal.raise_signal(signal.SIGTERM)


def test_a_handler_that_raises_in_the_middle_of_the_restore():
    def terminate(*_):
        raise SystemExit("terminated")

    model = linear()
    model.table = {"a": 1}
    before = models.model_bits(model)
    previous = signal.signal(signal.SIGTERM, terminate)
    try:
        with pytest.raises(SystemExit, match="terminated"):
            find(model, after=lambda: model.table.update(b=2), also=[Interrupting()])
    finally:
        signal.signal(signal.SIGTERM, previous)
    assert model.table == {"a": 1}
    assert models.model_bits(model) == before


class Around(Sampler):
    def __init__(self, base):
        self.base = base

    def __iter__(self):
        return iter(self.base)

    def __len__(self):
        return len(self.base)


class Prefetching:
    def __init__(self, loader):
        self.loader = loader

    def __iter__(self):
        yield from self.loader


def test_generators_of_what_a_loader_or_sampler_wraps():
    data = models.dataset()
    for wrap in (
        lambda g: DataLoader(data, 8, sampler=Around(RandomSampler(data, generator=g))),
        lambda g: Prefetching(DataLoader(data, 8, shuffle=True, generator=g)),
    ):
        generator = torch.Generator().manual_seed(0)
        loader, before = wrap(generator), generator.get_state()
        model = linear()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        lr_find(model, optimizer, functional.cross_entropy, loader, num_it=12, show=False)
        assert torch.equal(generator.get_state(), before)


class Scaled:
    """A collate function with a generator of its own."""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def __call__(self, items):
        x, y = default_collate(items)
        return x * float(self.rng.uniform(0.5, 1.5)), y


def test_the_generator_of_a_collate_function():
    collate, model = Scaled(), linear()
    before = str(collate.rng.bit_generator.state)
    loader = DataLoader(models.dataset(), 8, collate_fn=collate)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    lr_find(model, optimizer, functional.cross_entropy, loader, num_it=12, show=False)
    assert str(collate.rng.bit_generator.state) == before


class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("n", torch.zeros(()))

    def forward(self, output, target):
        self.n += 1
        return functional.cross_entropy(output, target)


@pytest.mark.parametrize("wrap", [lambda f: f, functools.partial, lambda f: f.forward])
def test_the_state_of_a_loss(wrap):
    loss = Counting()
    find(linear(), wrap(loss), after=None)
    assert loss.n == 0


class WordlessError(Exception):
    def __str__(self):
        raise KeyboardInterrupt


class FrozenError(Exception):
    def __setattr__(self, name, value):
        raise TypeError("frozen")


@pytest.mark.parametrize("kind", [WordlessError, FrozenError])
def test_an_exception_of_a_strange_kind_arrives_as_it_is(kind):
    error, model = kind(), linear()
    before = models.model_bits(model)

    def fail():
        raise error

    with pytest.raises(kind) as caught:
        find(model, after=fail)
    assert caught.value is error
    assert models.model_bits(model) == before
    if kind is WordlessError:
        assert caught.value.picker.sweep.stop_reason == "error: WordlessError"


def test_a_generator_without_state_and_a_reference_to_nothing():
    import random
    import weakref

    model = linear()
    model.system, gone = random.SystemRandom(), nn.Linear(1, 1)
    model.others = [weakref.proxy(gone)]
    del gone
    assert find(model).status == "finished"
