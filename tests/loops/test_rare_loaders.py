"""Loaders that keep their state in rare places, and steps that draw: attempts to break the restore.

Each is the smallest of something that people write; the next epoch is that without a sweep.
"""

import collections
import functools
import multiprocessing
import random
import threading
import weakref

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from lr_widget import lr_find
from tests.support import models
from tests.support.loaders import with_generator

GLOBAL = np.random.default_rng(3)


class Ordered:
    """Yields the batches in the order of keys that a subclass makes for the epoch."""

    def __init__(self):
        self.x, self.y = models.dataset().tensors
        self.set_up()

    def set_up(self):
        raise NotImplementedError

    def keys(self):
        """Return a key for each item."""
        raise NotImplementedError

    def __len__(self):
        return 5

    def __iter__(self):
        index = np.argsort(list(self.keys()), kind="stable")
        return iter(list(zip(self.x[index].split(8), self.y[index].split(8), strict=True)))

    def drawn(self, rng):
        return [rng.random() for _ in self.x]


def jitter(x):
    return x + GLOBAL.random()


def augment(x):
    return jitter(x)


class Augmented(Dataset):
    """Calls functions by name, one of which draws from a global generator."""

    def __init__(self, transform):
        self.items, self.transform = models.dataset(), transform

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.transform(self.items[i][0]), self.items[i][1]


class OfAClass(Dataset):
    rng = np.random.default_rng(3)

    def __len__(self):
        return len(models.dataset())

    def __getitem__(self, i):
        x, y = models.dataset()[i]
        return x + self.rng.random(), y


class Method(Ordered):
    def set_up(self):
        self.draw = random.Random(3).random

    def keys(self):
        return [self.draw() for _ in self.x]


class OfAThread(Ordered):
    def set_up(self):
        self.here = threading.local()

    def keys(self):
        if not hasattr(self.here, "rng"):
            self.here.rng = random.Random(3)
        return self.drawn(self.here.rng)


class Seeds(Ordered):
    """Makes a generator for each epoch."""

    def set_up(self):
        self.source = np.random.SeedSequence(3)

    def keys(self):
        return self.drawn(np.random.default_rng(self.source.spawn(1)[0]))


class Children(Seeds):
    def set_up(self):
        self.source = np.random.default_rng(3)

    def keys(self):
        return self.drawn(self.source.spawn(1)[0])


class Shared(Ordered):
    """Counts epochs where its workers could read it."""

    def set_up(self):
        self.epoch = multiprocessing.Value("i", 0)

    def keys(self):
        self.epoch.value += 1
        return self.drawn(random.Random(self.epoch.value))


class OfTheClass(Ordered):
    epochs = 0

    def set_up(self):
        OfTheClass.epochs = 0

    def keys(self):
        OfTheClass.epochs += 1
        return self.drawn(random.Random(self.epochs))


class ByLastUse(Ordered):
    """The item that was not used for longest comes first, but for some that come again."""

    def set_up(self):
        self.used = collections.OrderedDict.fromkeys(range(len(self.x)))

    def keys(self):
        order = list(self.used)
        for i in order[::3]:
            self.used.move_to_end(i)
        return order


class Table(dict):
    """Knows how often it was written to."""

    writes = 0

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        self.writes += 1


class Writes(Ordered):
    def set_up(self):
        self.table = Table(a=0)

    def keys(self):
        self.table["a"] = self.table["a"] + self.table.writes + 1
        return self.drawn(random.Random(self.table["a"]))


class Numbered(random.Random):
    """Draws otherwise every second time."""

    drawn = 0

    def random(self):
        self.drawn += 1
        return super().random() * (-1) ** (self.drawn // 50)


class OwnKind(Ordered):
    def set_up(self):
        self.rng = Numbered(3)

    def keys(self):
        return self.drawn(self.rng)


class Gone(Ordered):
    """Holds a reference to something that is not there any more, before its generator."""

    def set_up(self):
        gone = OwnKind()
        self.parts = [weakref.proxy(gone), weakref.ref(gone)]
        self.parts.append(random.Random(3))

    def keys(self):
        return self.drawn(self.parts[-1])


class Objects(Ordered):
    """Shuffles more objects in place than are looked into."""

    def set_up(self):
        self.order = np.array([str(i) for i in range(2000)], dtype=object)
        self.list = collections.UserList(range(2000))

    def keys(self):
        rng = random.Random(int(self.order[0]) + self.list[0])
        np.random.default_rng(rng.randrange(100)).shuffle(self.order)
        rng.shuffle(self.list.data)
        return self.drawn(rng)


class Anew(Ordered):
    """Makes its loader anew for each epoch, from a generator that goes on."""

    def set_up(self):
        self.loader = None
        self.generator = torch.Generator().manual_seed(3)

    def __iter__(self):
        data = models.dataset()
        self.loader = DataLoader(data, 8, shuffle=True, generator=self.generator)
        return iter(self.loader)


RARE = {
    "a generator of the dataset's class": lambda: DataLoader(OfAClass(), 8),
    "a global generator": lambda: DataLoader(Augmented(augment), 8),
    "one that a partial reaches": lambda: DataLoader(Augmented(functools.partial(augment)), 8),
    "a generator's method": Method,
    "a generator of a thread": OfAThread,
    "a source of generators": Seeds,
    "a generator's children": Children,
    "a shared count": Shared,
    "a count of the class": OfTheClass,
    "an order by last use": ByLastUse,
    "a table that counts": Writes,
    "a generator that counts": OwnKind,
    "something that is gone": Gone,
    "a long order of objects": Objects,
    "a loader for each epoch": Anew,
}


def epoch(loader):
    return models.bits([x for x, _ in loader])


def renew():
    """Set what all loaders of a kind share back to where it was when the test began."""
    GLOBAL.bit_generator.state = np.random.default_rng(3).bit_generator.state
    OfAClass.rng.bit_generator.state = GLOBAL.bit_generator.state


@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize("kind", RARE)
def test_the_next_epoch_is_that_without_a_sweep(kind, used):
    epochs = []
    for swept in (False, True):
        renew()
        models.seed_all(0)
        model, loader = models.Net(), RARE[kind]()
        if used:
            epoch(loader)
        models.seed_all(1)
        if swept:
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            found = lr_find(
                *(model, optimizer, functional.cross_entropy, loader),
                num_it=12,
                end_lr=1e-3,
                show=False,
            )
            assert len(found.sweep) == 12
        epochs.append([epoch(loader), epoch(loader)])
    assert epochs[0] == epochs[1]
    assert epochs[0][0] != epochs[0][1]


class Augments:
    """An object of which a step uses a method."""

    def __init__(self):
        self.rng, self.seen = torch.Generator().manual_seed(3), []

    def __call__(self, x):
        self.seen.append(1)
        return x + torch.rand(1, generator=self.rng)


X, Y = models.dataset().tensors
AUGMENTS = Augments()
LOADER = with_generator()


def drawn_by_global():
    return AUGMENTS(X), Y


def drawn_by_loader():
    return next(iter(LOADER))


def drawn_by_variable():
    augments = Augments()
    return lambda: (augments(X), Y)


def drawn_by_method():
    class Batches:
        def __init__(self):
            self.augments = Augments()

        def next(self):
            return self.augments(X), Y

    return Batches().next


DRAWS = {
    "a global variable": lambda: drawn_by_global,
    "a loader": lambda: drawn_by_loader,
    "a variable": drawn_by_variable,
    "a method": drawn_by_method,
}


@pytest.mark.parametrize("kind", DRAWS)
def test_what_a_step_draws_is_what_it_would_have_drawn(kind):
    batches, curves = [], []
    for seed in (None, 1, 2):
        AUGMENTS.rng.manual_seed(3)
        LOADER.generator.manual_seed(3)
        models.seed_all(0)
        model, draw = models.Net(), DRAWS[kind]()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

        def step(model=model, optimizer=optimizer, draw=draw):
            x, y = draw()
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            return loss

        if seed:
            models.seed_all(seed)
            found = lr_find(
                step=step, optimizer=optimizer, model=model, num_it=12, seed=7, show=False
            )
            curves.append(found.sweep.losses.tolist())
        models.seed_all(5)
        batches.append(models.bits(draw()[0]))
    assert batches[0] == batches[1] == batches[2]
    assert curves[0] == curves[1]


def test_what_a_step_notes_is_there_after_the_sweep():
    training, notes = Augments(), []
    model = models.Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step():
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(training(X)), Y)
        loss.backward()
        optimizer.step()
        notes.append(float(loss.detach()))
        return loss

    model.register_forward_hook(lambda *_: notes.append("hook"))
    lr_find(step=step, optimizer=optimizer, model=model, num_it=12, show=False)
    assert len(notes) == 24
    assert len(training.seen) == 12
