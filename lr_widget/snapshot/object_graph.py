"""What an object holds of state, at any depth: objects hold objects, which hold others.

A model is a tree of modules, which the snapshot knows. What else is around training is anything: a
DataLoader, a class of a course notebook around one, a meter, a queue, an average of the weights,
with generators, orders and counters in each. So the walk goes on through every object that is
somebody's own, nearest first, and has to know where the data begin, of which there may be millions:

- of a dataset only the random generators are state, unless it is its own sampler;
- a list is state, what a long one holds is data;
- tensors and arrays are state up to a size in all, which any order of samples is within;
- the number of objects is bounded, for a graph that has no end.
"""

from __future__ import annotations

import types
from array import array
from collections import deque
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, Sampler

from lr_widget.snapshot.attributes import (
    LEAVES,
    cell_content,
    container_base,
    has_attributes,
    is_plain,
    named_values,
)
from lr_widget.snapshot.own_classes import (
    class_generators,
    is_own,
    methods_of,
    named_globals,
)
from lr_widget.snapshot.random_states import GENERATORS
from lr_widget.snapshot.shared_memory import shared_numbers

MAX_ITEMS = 1000  # of a container, above which its items are data
MAX_OBJECTS = 10_000
MAX_BYTES = 64 * 2**20  # of tensors and arrays in all: the order of 8 million samples
# what loaders, samplers and trainers call their data
DATA = frozenset({"dataset", "data_source", "train_dataset", "eval_dataset"})
# modules of datasets that are none of torch's: Hugging Face's, over tables
DATASETS = frozenset({"datasets.arrow_dataset"})
# whose own rules say what in them is state
TRAINED = (
    nn.Module,
    torch.optim.Optimizer,
    torch.optim.lr_scheduler.LRScheduler,
    torch.amp.GradScaler,
)
LOADERS = (DataLoader, Sampler)
# kinds of global variables, beside objects of the user's own, that lead to random generators
GLOBALS = frozenset({types.FunctionType, types.MethodType, partial, dict, list, tuple})
CHANGED_IN_PLACE = (dict, list, deque, set, array, bytearray)


class ObjectGraph:
    """The state that can be reached from some objects; nothing is changed by looking.

    Everything is asked of an object's type, not of the object: one that stands for another (a weak
    reference, a proxy that is made when it is needed) would answer for that one.

    Args:
        beyond: objects that are left alone, since they are looked at elsewhere.
        max_bytes: of tensors and arrays that are state.

    Attributes:
        objects: those whose attributes are state, functions among them.
        containers: those whose items are state, though perhaps not what is in the items.
        cells: of functions: the variables that they share with the one around them.
        contents: tensors and arrays whose content is state, numbers that processes share.
        generators: random generators, also of datasets.
        apart: what has rules of its own: modules, optimizers, schedulers, scalers.
    """

    _apart: tuple[type, ...] = TRAINED

    def __init__(self, beyond: Iterable[Any] = (), max_bytes: int | None = None) -> None:
        self.objects: list[Any] = []
        self.containers: list[Any] = []
        self.cells: list[types.CellType] = []
        self.contents: list[Any] = []
        self.generators: list[Any] = []
        self.apart: list[Any] = []
        self._bytes_left = MAX_BYTES if max_bytes is None else max_bytes
        self._seen: dict[int, Any] = {}  # by id; held, so that no id is used twice
        self._states: deque[Any] = deque()
        self._data: deque[Any] = deque()  # later: they must not use up what is allowed
        self._entered: dict[type, bool] = {}
        self._classes: set[type] = set()  # whose methods have been looked at
        self._n_left = MAX_OBJECTS
        for thing in beyond:
            self._see(thing)

    def _enters(self, kind: type) -> bool:
        """Tell whether objects of a class are looked into."""
        return is_plain(kind)

    def _walk(self) -> None:
        while self._n_left and (self._states or self._data):
            is_data = not self._states
            thing = (self._data if is_data else self._states).popleft()
            if self._see(thing):
                self._n_left -= 1
                for name, value in self._look_at(thing, is_data=is_data):
                    self._queue(name, value, is_data=is_data)
        self._seen.clear()

    def _see(self, thing: Any) -> bool:
        if id(thing) in self._seen:
            return False
        self._seen[id(thing)] = thing
        return True

    def _queue(self, name: Any, value: Any, *, is_data: bool = False) -> None:
        kind = type(value)
        if kind in LEAVES:
            return
        if issubclass(kind, LOADERS):  # state also where a dataset is made of it
            self._states.append(value)
        elif is_data or (isinstance(name, str) and name in DATA) or is_dataset(kind):
            self._data.append(value)
        else:
            self._states.append(value)

    def _look_at(self, thing: Any, *, is_data: bool) -> Iterable[tuple[Any, Any]]:
        """Take one thing for what it is; return what has to be looked at because of it."""
        kind = type(thing)
        if issubclass(kind, GENERATORS):
            self.generators.append(thing)
            return ()
        if not is_data:
            return self._take(thing, kind)
        if issubclass(kind, self._apart):
            return ()
        if issubclass(kind, IterableDataset) and self._is_entered(kind):
            self._take_order(thing)
        return self._inside(thing, kind)

    def _take_order(self, dataset: Any) -> None:
        """Take a dataset that is its own sampler: its attributes, and which items they hold."""
        self.objects.append(dataset)
        held = (value for _, value in named_values(dataset))
        self.containers += (each for each in held if issubclass(type(each), CHANGED_IN_PLACE))

    def _take(self, thing: Any, kind: type) -> Iterable[tuple[Any, Any]]:
        """Take one thing that is no data for the kind of state it is."""
        if issubclass(kind, self._apart):
            self.apart.append(thing)
            return ()
        if issubclass(kind, (torch.Tensor, np.ndarray)):
            self._take_content(thing)
        elif shared_numbers(thing) is not None:
            self.contents.append(thing)
        elif kind is types.CellType:
            self.cells.append(thing)
        elif issubclass(kind, CHANGED_IN_PLACE):
            self.containers.append(thing)
        if kind is types.FunctionType or self._is_entered(kind):
            return self._enter(thing)
        return self._inside(thing, kind)

    def _enter(self, thing: Any) -> Iterable[tuple[Any, Any]]:
        if has_attributes(thing):
            self.objects.append(thing)
        return self._inside(thing, type(thing), is_root=True)

    def _take_content(self, thing: Any) -> None:
        if isinstance(thing, np.memmap):  # a file is data
            return
        is_array = isinstance(thing, np.ndarray)  # a sparse tensor does not tell `nbytes`
        n_bytes = thing.nbytes if is_array else thing.numel() * thing.element_size()
        if n_bytes <= self._bytes_left:
            self._bytes_left -= n_bytes
            self.contents.append(thing)

    def _is_entered(self, kind: type) -> bool:
        if kind not in self._entered:
            self._entered[kind] = self._enters(kind)
        return self._entered[kind]

    def _inside(
        self, thing: Any, kind: type, *, is_root: bool = False
    ) -> Iterable[tuple[Any, Any]]:
        """Return what a thing holds, with names where there are any."""
        found = _items(thing, kind)
        if kind is types.FunctionType:
            for value in filter(_may_draw, named_globals(thing)):
                self._queue(None, value, is_data=True)
            found += vars(thing).items()
        elif is_root or self._is_entered(kind):
            found += named_values(thing)
            found += [(None, each) for each in class_generators(kind)]
            self._queue_methods(kind)
        return found

    def _queue_methods(self, kind: type) -> None:
        if kind not in self._classes:
            self._classes.add(kind)
            for method in drawing_methods(kind):
                self._queue(None, method, is_data=True)


def _may_draw(value: Any) -> bool:
    """Tell whether a global variable is one in which random generators are looked for."""
    kind = type(value)
    return kind in GLOBALS or issubclass(kind, (*GENERATORS, *LOADERS)) or is_own(kind)


def drawing_methods(kind: type) -> list[types.FunctionType]:
    """Return the methods of the user's own classes by which a random generator may be reached."""
    return [
        method
        for method in methods_of(kind)
        if method.__code__.co_freevars not in ((), ("__class__",))  # that is for `super()`
        or any(map(_may_draw, named_globals(method)))
    ]


def is_dataset(kind: type) -> bool:
    """Tell whether a class is one of datasets."""
    return issubclass(kind, Dataset) or any(base.__module__ in DATASETS for base in kind.__mro__)


def objects_in(array: Any) -> list[Any]:
    """Return the objects that a NumPy array of few objects holds."""
    has_objects = array.dtype.hasobject and array.size <= MAX_ITEMS
    return array.ravel().tolist() if has_objects else []


def _items(thing: Any, kind: type) -> list[tuple[Any, Any]]:
    """Return what a thing holds otherwise than by attributes."""
    base = container_base(kind)
    if base is None:
        return [(None, each) for each in _unnamed(thing, kind)]
    if base in (array, bytearray) or base.__len__(thing) > MAX_ITEMS:
        return []
    if issubclass(base, dict):
        return list(base.items(thing))
    return [(None, each) for each in base.__iter__(thing)]


def _unnamed(thing: Any, kind: type) -> Iterable[Any]:
    if issubclass(kind, np.ndarray):
        return objects_in(thing)
    if kind is types.CellType:
        return cell_content(thing)
    if kind is types.FunctionType:
        defaults = [*(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values()]
        return *(thing.__closure__ or ()), *defaults
    return _bound(thing, kind)


def _bound(thing: Any, kind: type) -> Iterable[Any]:
    """Return what is called, and with what, where something stands for a call."""
    if kind is types.MethodType:
        return thing.__self__, thing.__func__
    if kind is types.BuiltinMethodType:  # `random.Random(0).random`, kept to be called
        return (thing.__self__,)
    if issubclass(kind, partial):
        return thing.func, thing.args, thing.keywords
    return ()
