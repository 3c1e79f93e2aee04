"""Loaders around loaders: the next epoch is that without a sweep; a seed reaches what is inside."""

import collections
import functools
import itertools
import random

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, IterableDataset

from lr_widget import lr_find
from tests.support import loaders, models
from tests.support.loaders import LOADERS, Keeps, OwnIterator, Prefetching, Wrap


def find(loader, model=None, **options):
    model = model or models.Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    options = {"num_it": 12, "end_lr": 1e-3, "show": False, **options}
    return lr_find(model, optimizer, functional.cross_entropy, loader, **options)


def tqdm_around():
    tqdm = pytest.importorskip("tqdm")
    return tqdm.tqdm(loaders.with_generator(), disable=True)


def fabric():
    wrappers = pytest.importorskip("lightning.fabric.wrappers")
    return wrappers._FabricDataLoader(loaders.by_epoch())


class NoisyItems(Dataset):
    """Draws from a generator of its own, as data that are augmented do."""

    def __init__(self):
        self.items, self.rng = models.dataset(), np.random.default_rng(3)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        x, y = self.items[index]
        return x + self.rng.random(), y


class Curriculum:
    """Orders by weights that it changes in place, and holds the loaders in a list."""

    def __init__(self):
        data = models.dataset()
        self.weights = torch.ones(len(data))
        self.parts = [DataLoader(data, 8, sampler=self), loaders.with_generator()]

    def __len__(self):
        return len(self.parts[0].dataset)

    def __iter__(self):
        self.weights[::2] *= 1.5
        if getattr(self, "within", False):
            self.within = False
            return iter(torch.multinomial(self.weights, len(self)).tolist())
        self.within = True
        return itertools.chain(*self.parts)


def closing_over():
    rng, calls = random.Random(3), 0

    def collate(items):
        nonlocal calls
        calls += 1
        x, y = torch.utils.data.default_collate(items)
        return x + rng.random() * calls, y

    return DataLoader(models.dataset(), 8, collate_fn=collate)


class Repeating:
    """Takes its batches from a list's iterator that it keeps, and starts again at its end."""

    def __init__(self):
        x, y = models.dataset().tensors
        self.batches = list(zip(x.split(8), y.split(8), strict=True))
        self.kept = iter(self.batches[3:])

    def __iter__(self):
        for _ in range(5):
            batch = next(self.kept, None)
            if batch is None:
                self.kept = iter(self.batches)
                batch = next(self.kept)
            yield batch


class Epochs(IterableDataset):
    """Its own sampler: the order follows a count, a buffer that goes on, and a list it shuffles."""

    def __init__(self):
        self.epoch, self.buffer, self.order = 0, collections.deque([1, 2, 3]), list(range(40))

    def __iter__(self):
        self.epoch += 1
        random.Random(self.epoch).shuffle(self.order)
        x, y = models.dataset().tensors
        for at in self.order:
            self.buffer.append(at)
            i = (at + self.buffer.popleft()) % 40
            yield x[i], y[i]


MORE = {
    "a dataset that is its own sampler": lambda: Wrap(DataLoader(Epochs(), 8)),
    "tqdm's": tqdm_around,
    "Fabric's own": fabric,
    "a dataset with a generator": lambda: Wrap(DataLoader(NoisyItems(), 8)),
    "a list of loaders, weights changed in place": Curriculum,
    "a collate function with variables": closing_over,
    "a list's iterator that is kept": Repeating,
}
ALL = {**LOADERS, **MORE}


def epoch(loader):
    return models.bits([x for x, _ in loader])


@pytest.mark.filterwarnings("ignore:Length of IterableDataset")
@pytest.mark.parametrize("state", ["fresh", "used", "left early"])
@pytest.mark.parametrize("kind", ALL)
def test_the_next_epoch_is_that_without_a_sweep(kind, state):
    epochs = []
    for swept in (False, True):
        models.seed_all(0)
        model, loader = models.Net(), ALL[kind]()
        if state == "used":
            epoch(loader)
        elif state == "left early":
            next(iter(loader))
        models.seed_all(1)
        if swept:
            assert len(find(loader, model).sweep) == 12
        epochs.append([epoch(loader), epoch(loader)])
    assert epochs[0] == epochs[1]
    assert len(epochs[0][0]) >= 5


# whose batches follow random generators alone, no count and no order that was before
RANDOM = ("a wrapped one with a generator", "one wrapped twice", "one that prefetches", "tqdm's")


@pytest.mark.parametrize("kind", [*RANDOM, "a dataset with a generator"])
def test_a_seed_reaches_what_is_inside(kind):
    loader, curves = ALL[kind](), []
    for state in (1, 2):
        models.seed_all(0)
        model = models.Net()
        models.seed_all(state)
        curves.append(find(loader, model, seed=7).sweep.losses.tolist())
        epoch(loader)
    assert curves[0] == curves[1]


class Noisy(Dataset):
    """Draws in its worker."""

    def __len__(self):
        return 32

    def __getitem__(self, index):
        return torch.randn(models.INPUTS), index % models.CLASSES


def test_workers_that_stay_in_a_wrapped_loader_draw_what_they_would_have_drawn():
    epochs = []
    for swept in (False, True):
        models.seed_all(0)
        inner = DataLoader(Noisy(), 8, num_workers=1, persistent_workers=True)
        loader, model = Wrap(inner), models.Net()
        epoch(loader)
        if swept:
            held = inner._iterator
            find(loader, model)
            assert inner._iterator is held
        models.seed_all(3)
        epochs.append(epoch(loader))
    assert epochs[0] == epochs[1]


class Places:
    """Keeps a generator where `make` puts it."""

    def __init__(self, make):
        self.there = make(self._endless())

    def _endless(self):
        x, y = models.dataset().tensors
        while True:
            yield from zip(x.split(8), y.split(8), strict=True)

    def __len__(self):
        return 5

    def __iter__(self):
        kept = self.there
        while not hasattr(kept, "__next__"):
            kept = kept["a"] if isinstance(kept, dict) else kept[0]
        return itertools.islice(kept, 5)


class Slotted(Places):
    __slots__ = ("there",)


class Asking(Places):
    """Asks a function for the next batch."""

    def __init__(self, make):
        self.there = make(self._endless())

    def __iter__(self):
        for _ in range(5):
            yield self.there()


def in_a_variable(kept):
    def batch():
        nonlocal kept
        return next(kept)

    return batch


class OfTheClass(Places):
    there = None

    def __init__(self):
        type(self).there = self._endless()


KEPT = {
    "a DataLoader's": lambda: Keeps(models.dataset(), 8, shuffle=True),
    "a DataLoader's, wrapped": lambda: Wrap(Keeps(models.dataset(), 8, shuffle=True)),
    "with workers": lambda: Keeps(models.dataset(), 8, num_workers=1, persistent_workers=True),
    "in an attribute": lambda: Places(lambda kept: kept),
    "in a list": lambda: Places(lambda kept: [kept]),
    "in a dict": lambda: Places(lambda kept: {"a": kept}),
    "in a tuple": lambda: Places(lambda kept: (kept,)),
    "in a slot": lambda: Slotted(lambda kept: kept),
    "in a tuple in a tuple": lambda: Places(lambda kept: ((kept,),)),
    "in a variable of a function": lambda: Asking(in_a_variable),
    "in a method that is kept": lambda: Asking(lambda kept: kept.__next__),
    "in a method of workers": lambda: Asking(
        lambda _: iter(DataLoader(models.dataset(), 4, num_workers=1)).__next__
    ),
    "in a partial": lambda: Asking(lambda kept: functools.partial(next, kept)),
    "in the class": OfTheClass,
}


@pytest.mark.parametrize("kind", KEPT)
def test_one_that_goes_on_with_its_iterator_is_refused_before_the_first_step(kind):
    epochs = []
    for swept in (False, True):
        models.seed_all(0)
        model, loader = models.Net(), KEPT[kind]()
        next(iter(loader))
        if swept:
            before = models.model_bits(model), models.random_bits()
            match = "loader must make a new iterator for every epoch, but .* keeps and goes on with"
            with pytest.raises(ValueError, match=match) as caught:
                find(loader, model)
            assert len(caught.value.picker.sweep) == 0
            assert (models.model_bits(model), models.random_bits()) == before
        epochs.append(epoch(loader))
    assert epochs[0] == epochs[1]


def test_an_iterator_that_is_kept_is_in_its_place_after_trials_too():
    loader = Prefetching(models.loader())
    loader.other = iter("ab"), (i for i in "ab")
    next(iter(loader))
    kept, other = loader.kept, loader.other
    picker = find(loader)
    picks = [(1e-3, 1e-2), (1e-4, 1e-3)]
    picker.try_picks(picks, valid=models.loader(), epochs=1)
    assert loader.kept is kept
    assert loader.other is other
    picker.try_picks(picks, valid=models.loader(), epochs=1, leave="best")
    assert loader.other is other


def test_one_that_is_its_own_iterator_is_cycled():
    assert len(find(OwnIterator(models.dataset()), num_it=30).sweep) == 30


class OnlyOnce(OwnIterator):
    """Has a length, but does not begin anew."""

    at = 0

    def __iter__(self):
        return self


def test_one_that_does_not_begin_anew_is_an_error_and_comes_back():
    loader = OnlyOnce(models.dataset())
    with pytest.raises(ValueError, match="loader must yield at least one batch, got none from"):
        find(loader)
    assert len(epoch(loader)) == 5


USED_UP = {
    "a DataLoader's iterator": lambda: iter(models.loader()),
    "a list's": lambda: iter([1]),
    "a generator": lambda: (i for i in [1]),
    "a map": lambda: map(int, ""),
}


@pytest.mark.parametrize("kind", USED_UP)
def test_what_an_epoch_uses_up_is_refused(kind):
    with pytest.raises(ValueError, match="loader must be one that can be iterated again"):
        find(USED_UP[kind]())
