"""Loaders as people and frameworks write them, at their smallest."""

from __future__ import annotations

import math
import random

import numpy as np
import torch
from torch.utils.data import DataLoader, default_collate

from tests.support import models


class Wrap:
    """Moves batches to a device in many a course; here it only passes them on."""

    def __init__(self, dl):
        self.dl = dl

    def __iter__(self):
        yield from self.dl

    def __len__(self):
        return len(self.dl)


class Noisy:
    """A collate function that adds noise, from a generator of its own."""

    def __init__(self):
        self.rng = np.random.default_rng(3)

    def __call__(self, items):
        return default_collate(self.items(items))

    def items(self, items):
        return [(x + 0.1 * self.rng.random(), y) for x, y in items]


class Shuffling:
    """Shuffles a list of its own in place, every epoch."""

    def __init__(self, dataset, batch_size=8):
        self.x, self.y = dataset.tensors
        self.batch_size, self.order = batch_size, list(range(len(self.x)))
        self.rng = random.Random(3)

    def __iter__(self):
        self.rng.shuffle(self.order)
        for i in range(0, len(self.order), self.batch_size):
            index = self.order[i : i + self.batch_size]
            yield self.x[index], self.y[index]

    def __len__(self):
        return math.ceil(len(self.order) / self.batch_size)


class OwnIterator(Shuffling):
    """Is its own iterator, which begins anew when asked for one: fast loaders of tensors do so."""

    def __iter__(self):
        self.rng.shuffle(self.order)
        self.at = 0
        return self

    def __next__(self):
        if self.at >= len(self.order):
            raise StopIteration
        index = self.order[self.at : self.at + self.batch_size]
        self.at += self.batch_size
        return self.x[index], self.y[index]


class Prefetching:
    """Holds the iterator of the present epoch, and the batch that comes next."""

    def __init__(self, dl):
        self.dl = dl

    def __iter__(self):
        self.kept = iter(self.dl)
        self.ready = next(self.kept, None)
        return self

    def __next__(self):
        if self.ready is None:
            raise StopIteration
        batch, self.ready = self.ready, next(self.kept, None)
        return batch

    def __len__(self):
        return len(self.dl)


class Copying:
    """Takes over the attributes of what it wraps, and counts its epochs, as Fabric's does."""

    def __init__(self, dl):
        self.__dict__.update(dl.__dict__)
        self._dataloader, self._calls = dl, 0

    def __iter__(self):
        if hasattr(self._dataloader.sampler, "set_epoch"):
            self._dataloader.sampler.set_epoch(self._calls)
        self._calls += 1
        yield from iter(self._dataloader)

    def __len__(self):
        return len(self._dataloader)


class Gradients:
    """A state that all of its kind share, as Accelerate's."""

    shared = {}  # noqa: RUF012  shared on purpose

    def __init__(self):
        self.__dict__ = self.shared
        self.__dict__.setdefault("open", [None])


class Adapting(DataLoader):
    """Is a DataLoader and has another one inside, to which it defers, as Accelerate's does."""

    def __init__(self, dl):
        object.__setattr__(self, "base", dl)
        self.gradients, self.iteration = Gradients(), 0

    def __getattr__(self, name):
        if name == "base":
            raise AttributeError(name)
        return getattr(self.base, name)

    def __iter__(self):
        self.gradients.open.append(self)
        if hasattr(self.sampler, "set_epoch"):
            self.sampler.set_epoch(self.iteration)
        yield from self.base.__iter__()
        self.iteration += 1
        self.gradients.open.pop()  # not where the epoch is left early

    def __len__(self):
        return len(self.base)


class EpochSampler(torch.utils.data.Sampler):
    """Shuffles by the number of the epoch, as samplers of distributed training do."""

    def __init__(self, dataset):
        self.n, self.epoch = len(dataset), 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        generator = torch.Generator().manual_seed(self.epoch)
        return iter(torch.randperm(self.n, generator=generator).tolist())

    def __len__(self):
        return self.n


class Again:
    """Goes on for ever."""

    def __init__(self, sampler):
        self.sampler = sampler

    def __iter__(self):
        while True:
            yield from iter(self.sampler)


class Keeps(DataLoader):
    """Goes on with one iterator, so that its workers stay: loaders of detectors do so."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        object.__setattr__(self, "batch_sampler", Again(self.batch_sampler))
        self.kept = super().__iter__()

    def __len__(self):
        return len(self.batch_sampler.sampler)

    def __iter__(self):
        for _ in range(len(self)):
            yield next(self.kept)


def with_generator():
    return models.loader(generator=torch.Generator().manual_seed(5))


def by_epoch():
    data = models.dataset()
    return DataLoader(data, 8, sampler=EpochSampler(data))


def workers_that_stay():
    return models.loader(num_workers=1, persistent_workers=True)


LOADERS = {
    "a wrapped one with a generator": lambda: Wrap(with_generator()),
    "one wrapped twice": lambda: Wrap(Wrap(with_generator())),
    "workers that stay, wrapped": lambda: Wrap(workers_that_stay()),
    "a list shuffled in place": lambda: Shuffling(models.dataset()),
    "one that is its own iterator": lambda: OwnIterator(models.dataset()),
    "one that prefetches": lambda: Prefetching(with_generator()),
    "as Fabric's": lambda: Copying(by_epoch()),
    "as Fabric's, with workers that stay": lambda: Copying(workers_that_stay()),
    "as Accelerate's": lambda: Adapting(by_epoch()),
    "as Accelerate's, with workers that stay": lambda: Adapting(workers_that_stay()),
}
