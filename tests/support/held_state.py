"""Kinds of state, ways in which one object holds another, and what disturbs them."""

import argparse
import collections
import functools
import multiprocessing
import random
import threading
from array import array
from dataclasses import dataclass
from multiprocessing.sharedctypes import SynchronizedBase
from types import SimpleNamespace

import numpy as np
import torch
from torch.utils.data import DataLoader

from lr_widget.testing.bits import bits
from tests.support import models


class Wrap:
    def __init__(self, inner):
        self.inner = inner


class Slotted:
    __slots__ = ("inner",)

    def __init__(self, inner):
        self.inner = inner


class SlottedBelow(Slotted):
    """With a `__dict__` as well."""

    def __init__(self, inner):
        super().__init__(None)
        self.below = inner


@dataclass(slots=True, frozen=True)
class Frozen:
    inner: object


class Delegating:
    """Answers for what it wraps, as the adapters of Accelerate and fastcore do."""

    def __init__(self, inner):
        self.base = inner

    def __getattr__(self, name):
        if name == "base":
            raise AttributeError(name)
        return getattr(self.base, name)


class Borg:
    """All of its kind share one `__dict__`, as Accelerate's states do."""

    shared = {}  # noqa: RUF012  shared on purpose

    def __init__(self, inner):
        self.__dict__ = self.shared
        self.inner = inner


class Drawing(random.Random):
    """Remembers what it has drawn."""

    def __init__(self, seed):
        super().__init__(seed)
        self.drawn = []


class Method:
    def __init__(self, inner):
        self.inner = inner

    def __call__(self, *_):
        raise NotImplementedError

    def collate(self, *_):
        raise NotImplementedError


def local(inner):
    found = threading.local()
    found.inner = inner
    return found


def closing_over(inner):
    return lambda: inner


def by_default(inner):
    def function(items, rng=inner):
        raise NotImplementedError

    return function


def with_attribute(inner):
    def function(items):
        raise NotImplementedError

    function.inner = inner
    return function


WAYS = {
    "an attribute": Wrap,
    "three deep": lambda inner: Wrap(Wrap(Wrap(inner))),
    "a slot": Slotted,
    "a slot and an attribute": SlottedBelow,
    "a frozen dataclass with slots": Frozen,
    "a delegating wrapper": Delegating,
    "a shared state": Borg,
    "a namespace": lambda inner: SimpleNamespace(inner=inner),
    "a namespace of arguments": lambda inner: argparse.Namespace(inner=inner),
    "a thread's own": local,
    "a UserDict": lambda inner: collections.UserDict(a=inner),
    "a list of dicts": lambda inner: [{"a": inner}],
    "a tuple": lambda inner: ((inner,),),
    "an array of objects": lambda inner: np.array([{"a": inner}, None], dtype=object),
    "a subclass of list with attributes": lambda inner: type("Own", (list,), {"a": None})(
        [Wrap(inner)]
    ),
    "a bound method": lambda inner: Method(inner).collate,
    "a partial": lambda inner: functools.partial(print, inner, end=""),
    "a partial's keyword": lambda inner: functools.partial(print, a=[inner]),
    "a closure": closing_over,
    "a default": by_default,
    "an attribute of a function": with_attribute,
    "a DataLoader": lambda inner: DataLoader(models.dataset(), collate_fn=Method(inner)),
    "a dataset of a DataLoader": lambda inner: SimpleNamespace(
        dataset=DataLoader(models.dataset(), collate_fn=closing_over(inner))
    ),
}

STATES = {
    "torch's generator": lambda: torch.Generator().manual_seed(1),
    "Python's generator": lambda: random.Random(1),
    "NumPy's generator": lambda: np.random.default_rng(1),
    "NumPy's old generator": lambda: np.random.RandomState(1),
    "NumPy's bit generator": lambda: np.random.PCG64(1),
    "NumPy's source of generators": lambda: np.random.SeedSequence(1),
    "a generator with attributes": lambda: Drawing(1),
    "a list": lambda: [1, 2, 3],
    "a dict": lambda: {"a": 1},
    "a deque": lambda: collections.deque([1, 2]),
    "an array of Python's": lambda: array("l", [1, 2]),
    "an array": lambda: np.arange(3),
    "a tensor": lambda: torch.arange(3),
    "a counter": lambda: SimpleNamespace(epoch=3),
    "a slotted counter": lambda: Slotted(3),
    "a shared number": lambda: multiprocessing.Value("i", 3),
    "a shared array": lambda: multiprocessing.Array("d", 3),
}


def disturb(state):
    change = next((DISTURB[kind] for kind in type(state).__mro__ if kind in DISTURB), append)
    change(state)


def append(items):
    items.append(9)
    items[0] = 7


def count(state):
    name = "epoch" if isinstance(state, SimpleNamespace) else "inner"
    setattr(state, name, getattr(state, name) + 1)


def add_one(state):
    state += 1


DISTURB = {
    torch.Generator: lambda state: torch.rand(1, generator=state),
    random.Random: lambda state: state.random(),
    np.random.Generator: lambda state: state.random(),
    np.random.RandomState: lambda state: state.random(),
    np.random.BitGenerator: lambda state: state.random_raw(),
    np.random.SeedSequence: lambda state: state.spawn(1),
    Drawing: lambda state: state.drawn.append(state.random()),
    np.ndarray: add_one,
    torch.Tensor: add_one,
    dict: lambda state: state.update(b=2),
    SimpleNamespace: count,
    Slotted: count,
    SynchronizedBase: lambda state: add_one(np.ctypeslib.as_array(state.get_obj())),
}
CONTENT = {
    np.random.SeedSequence: lambda state: state.n_children_spawned,
    Drawing: lambda state: (state.getstate(), tuple(state.drawn)),
    torch.Generator: lambda state: bits(state.get_state()),
    random.Random: lambda state: state.getstate(),
    np.random.Generator: lambda state: str(state.bit_generator.state),
    np.random.PCG64: lambda state: str(state.state),
    np.random.RandomState: lambda state: str(state.get_state()),
    Slotted: lambda state: state.inner,
    np.ndarray: bits,
    torch.Tensor: bits,
}


def content(state):
    if hasattr(state, "get_obj"):
        return bytes(state.get_obj())
    return CONTENT.get(type(state), repr)(state)
