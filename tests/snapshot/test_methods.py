"""Random generators that methods reach by variables: global ones, those around them, a module's."""

import functools
import random
import sys
import types

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch.utils.data import DataLoader, Dataset, Sampler, TensorDataset  # noqa: E402

from lr_widget import lr_find  # noqa: E402
from lr_widget.snapshot.own_classes import methods_of, named_globals  # noqa: E402
from lr_widget.snapshot.snapshot import Snapshot  # noqa: E402
from tests.support import models  # noqa: E402

GENERATOR = np.random.default_rng(0)
OF_TORCH = torch.Generator().manual_seed(0)
OF_PYTHON = random.Random(0)
X, Y = torch.linspace(-1, 1, 128).reshape(32, 4), torch.linspace(0, 1, 32).reshape(32, 1)
PLAIN = TensorDataset(X, Y)
SETTINGS = types.SimpleNamespace(rng=random.Random(0))

# a file beside the notebook
OTHER = types.ModuleType("a_file_beside_the_notebook")
OTHER.rng = random.Random(0)
exec("def noise():\n    return rng.random()\n", vars(OTHER))


def states():
    """The states of all generators here, and of the global ones."""
    own = (GENERATOR.bit_generator.state, OF_TORCH.get_state().tolist(), OF_PYTHON.getstate())
    return str(own), SETTINGS.rng.getstate(), OTHER.rng.getstate(), models.random_bits()


class Items(Dataset):
    def __len__(self):
        return 32

    def __getitem__(self, i):
        return X[i] + float(GENERATOR.normal()), Y[i]


class Order(Sampler):
    def __init__(self):
        pass

    def __len__(self):
        return 32

    def __iter__(self):
        return iter(GENERATOR.permutation(32).tolist())


class Transform:
    def __call__(self, x):
        return x + OF_PYTHON.random()


class Transformed(Items):
    def __init__(self):
        self.transform = Transform()

    def __getitem__(self, i):
        return self.transform(X[i]), Y[i]


class Around:
    """Draws in a property, as in any other method."""

    def __init__(self, loader):
        self.loader = loader

    @property
    def noise(self):
        return torch.randn(1, generator=OF_TORCH)

    def __len__(self):
        return 4

    def __iter__(self):
        for x, y in self.loader:
            yield x + self.noise, y


class Drawing(Items):
    """Asks what is called for its noise."""

    def __init__(self, draw):
        self.draw = draw

    def __getitem__(self, i):
        return X[i] + self.draw(), Y[i]


def defined_within():
    rng = random.Random(3)

    class Within(Items):
        def __init__(self):
            self.rng_is_not_here = True

        def __getitem__(self, i):
            return X[i] + rng.random(), Y[i]

    return Within(), rng


class ByModule(Items):
    def __getitem__(self, i):
        return X[i] + OTHER.rng.random() + OTHER.noise(), Y[i]


class ByNamespace(Items):
    def __getitem__(self, i):
        return X[i] + SETTINGS.rng.random(), Y[i]


def sweep(model, loader, loss_fn=functional.mse_loss, **options):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return lr_find(model, optimizer, loss_fn, loader, num_it=10, show=False, **options)


LOADERS = {
    "a dataset": lambda: DataLoader(Items(), 8),
    "a sampler": lambda: DataLoader(PLAIN, 8, sampler=Order()),
    "a transform": lambda: DataLoader(Transformed(), 8),
    "a loader around another": lambda: Around(DataLoader(PLAIN, 8)),
    "a module": lambda: DataLoader(ByModule(), 8),
    "a namespace": lambda: DataLoader(ByNamespace(), 8),
    "a static method": lambda: DataLoader(Drawing(Static.draw), 8),
}


class Static:
    @staticmethod
    def draw():
        return OF_PYTHON.random()


@pytest.mark.parametrize("kind", LOADERS)
def test_what_a_loader_draws_by_comes_back_and_is_seeded(kind):
    model, loader = nn.Linear(4, 1), LOADERS[kind]()
    before = states()
    sweep(model, loader)
    assert states() == before
    losses = []
    for _ in range(2):
        models.seed_all(0)
        losses.append(sweep(nn.Linear(4, 1), LOADERS[kind](), seed=7).sweep.losses.tolist())
        epoch = list(LOADERS[kind]())  # the next one begins elsewhere
        assert len(epoch) == 4
    assert losses[0] == losses[1]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.line = nn.Linear(4, 1)

    def forward(self, x):
        return self.line(x + torch.randn(x.shape, generator=OF_TORCH) + self.noise)

    @functools.cached_property
    def noise(self):
        return OF_PYTHON.random()


class Loss(nn.Module):
    def forward(self, output, y):
        return functional.mse_loss(output + float(GENERATOR.normal()), y)


def test_so_does_what_a_model_and_a_loss_draw_by():
    net = Net()
    before = states()
    sweep(net, [(X, Y)] * 4, Loss())
    assert states() == before
    assert "noise" not in vars(net)


def test_so_does_what_an_object_draws_by_whose_method_step_calls():
    class Noise:
        def of(self, x):
            return x + OF_PYTHON.random()

    noise, model = Noise(), nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step():
        optimizer.zero_grad()
        loss = functional.mse_loss(model(noise.of(X)), Y)
        loss.backward()
        optimizer.step()
        return loss

    before = states()
    lr_find(step=step, optimizer=optimizer, model=model, num_it=10, show=False)
    assert states() == before


def test_trials_of_one_rate_draw_the_same():
    model = Net()
    before = states()
    picker = sweep(model, [(X, Y)] * 4)
    rate = 1e-3
    nearly = rate * (1 + 1e-15)
    trials = picker.try_picks([(rate, rate), (rate, nearly)], valid=[(X, Y)])
    first, second = trials
    assert first.train_losses.tolist() == second.train_losses.tolist()
    assert states() == before


def test_a_variable_around_a_class_is_found():
    dataset, rng = defined_within()
    before = rng.getstate()
    sweep(nn.Linear(4, 1), DataLoader(dataset, 8))
    assert rng.getstate() == before


def test_methods_of_packages_are_not_looked_into():
    assert methods_of(nn.Linear) == []
    assert {method.__name__ for method in methods_of(Net)} == {"__init__", "forward", "noise"}
    assert named_globals(nn.Linear.forward) == []
    assert random.Random not in map(type, named_globals(Net.__init__))


def test_a_module_that_names_itself_is_gone_through_once(monkeypatch):
    name = OTHER.__name__
    monkeypatch.setitem(sys.modules, name, OTHER)
    monkeypatch.setattr(OTHER, "OTHER", OTHER, raising=False)
    found = named_globals(ByModule.__getitem__)
    assert sum(value is OTHER.rng for value in found) == 1


def test_a_snapshot_of_a_model_whose_methods_name_the_model_ends():
    global LOOP  # noqa: PLW0603  as in a notebook, whose names are all global

    class Knows(nn.Module):
        def forward(self, x):
            return LOOP[0].scale * x

    LOOP = [Knows()]
    LOOP[0].scale = 2.0
    with Snapshot([LOOP[0]]):
        LOOP[0].scale = 3.0
    assert LOOP[0].scale == 2.0
