"""What a loader holds of state, at any depth: loaders are wrapped, and wrapped again.

A model is a tree of modules, which the snapshot knows. A loader is anything: a DataLoader, a class
of a course notebook around one, a framework's around that, with generators, orders and counters in
each. So the walk goes on through every object that is somebody's own, nearest first, and has to
know where the data begin, of which there may be millions:

- of a dataset only the random generators are state;
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
from torch.utils.data import DataLoader, Dataset, Sampler

from lr_widget.snapshot.attributes import (
    cell_content,
    has_attributes,
    is_plain,
    named_values,
)
from lr_widget.snapshot.random_states import GENERATORS

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
CHANGED_IN_PLACE = (dict, list, deque, set, array, bytearray)


class LoaderGraph:
    """The state that can be reached from a loader; nothing is changed by looking.

    Args:
        loader: any iterable of batches. A list or tuple of batches is data and has no state, one of
            loaders is looked through.
        beyond: objects that are left alone, since they are looked at elsewhere.

    Attributes:
        objects: those whose attributes are state, functions among them.
        containers: those whose items are state, though perhaps not what is in the items.
        cells: of functions: the variables that they share with the one around them.
        contents: tensors and arrays whose content is state.
        generators: random generators, also of its datasets.
        trained: modules, optimizers, schedulers, scalers.
    """

    def __init__(self, loader: Any, beyond: Iterable[Any] = ()) -> None:
        self.objects: list[Any] = []
        self.containers: list[Any] = []
        self.cells: list[types.CellType] = []
        self.contents: list[Any] = []
        self.generators: list[Any] = []
        self.trained: list[Any] = []
        self._bytes_left = MAX_BYTES
        self._seen: dict[int, Any] = {}  # by id; held, so that no id is used twice
        self._states: deque[Any] = deque()
        self._data: deque[Any] = deque()  # later: they must not use up what is allowed
        self._plain: dict[type, bool] = {}
        for thing in beyond:
            self._see(thing)
        self._begin(loader)
        self._walk()
        self._seen.clear()

    def _begin(self, loader: Any) -> None:
        if _is_dataset(loader):  # given without a loader
            self._queue(None, loader)
        elif isinstance(loader, (list, tuple)):
            for item in loader if len(loader) <= MAX_ITEMS else ():
                if self._is_loader(item):
                    self._queue(None, item)
        elif type(loader) is dict and len(loader) <= MAX_ITEMS:  # of loaders, or of datasets
            for name, each in loader.items():
                if isinstance(each, (list, tuple)):
                    self._begin(each)
                else:
                    self._queue(name, each)
        else:
            self._see(loader)
            for inside in self._enter(loader):
                self._queue(*inside)

    def _is_loader(self, item: Any) -> bool:
        """Tell whether an item of a list is a loader or dataset: a batch can be indexed."""
        if isinstance(item, (DataLoader, Sampler)) or _is_dataset(item):
            return True
        has_batches = hasattr(item, "__iter__") and not hasattr(item, "__getitem__")
        return has_batches and self._is_entered(item)

    def _walk(self) -> None:
        for queue, is_data in ((self._states, False), (self._data, True)):
            while queue and len(self._seen) < MAX_OBJECTS:
                thing = queue.popleft()
                if self._see(thing):
                    found = self._look_at(thing, is_data=is_data)
                    for name, value in found:
                        self._queue(name, value, is_data=is_data)

    def _see(self, thing: Any) -> bool:
        if id(thing) in self._seen:
            return False
        self._seen[id(thing)] = thing
        return True

    def _queue(self, name: Any, value: Any, *, is_data: bool = False) -> None:
        if value is None or type(value) in (bool, int, float, str):
            return
        if isinstance(value, (DataLoader, Sampler)):  # state also where a dataset is made of it
            self._states.append(value)
        elif is_data or (isinstance(name, str) and name in DATA) or _is_dataset(value):
            self._data.append(value)
        else:
            self._states.append(value)

    def _look_at(self, thing: Any, *, is_data: bool) -> Iterable[tuple[Any, Any]]:
        """Take one thing for what it is; return what has to be looked at because of it."""
        if isinstance(thing, GENERATORS):
            self.generators.append(thing)
            return ()
        if not is_data:
            return self._take(thing)
        return () if isinstance(thing, TRAINED) else self._inside(thing)

    def _take(self, thing: Any) -> Iterable[tuple[Any, Any]]:
        """Take one thing that is no data for the kind of state it is."""
        if isinstance(thing, TRAINED):
            self.trained.append(thing)
        elif isinstance(thing, (torch.Tensor, np.ndarray)):
            self._take_content(thing)
            return self._inside(thing)
        else:
            if isinstance(thing, types.CellType):
                self.cells.append(thing)
            elif isinstance(thing, CHANGED_IN_PLACE):
                self.containers.append(thing)
            if isinstance(thing, types.FunctionType) or self._is_entered(thing):
                return self._enter(thing)
            return self._inside(thing)
        return ()

    def _enter(self, thing: Any) -> Iterable[tuple[Any, Any]]:
        if has_attributes(thing):
            self.objects.append(thing)
        return self._inside(thing, is_root=True)

    def _take_content(self, thing: Any) -> None:
        if isinstance(thing, np.memmap):  # a file is data
            return
        is_array = isinstance(thing, np.ndarray)  # a sparse tensor does not tell `nbytes`
        n_bytes = thing.nbytes if is_array else thing.numel() * thing.element_size()
        if n_bytes <= self._bytes_left:
            self._bytes_left -= n_bytes
            self.contents.append(thing)

    def _is_entered(self, thing: Any) -> bool:
        kind = type(thing)
        if kind not in self._plain:
            self._plain[kind] = is_plain(kind)
        return self._plain[kind]

    def _inside(self, thing: Any, *, is_root: bool = False) -> Iterable[tuple[Any, Any]]:
        """Return what a thing holds, with names where there are any."""
        found: list[tuple[Any, Any]] = []
        if isinstance(thing, dict) and len(thing) <= MAX_ITEMS:
            found += thing.items()
        elif isinstance(thing, (list, tuple, set, frozenset, deque)) and len(thing) <= MAX_ITEMS:
            found += [(None, item) for item in thing]
        elif isinstance(thing, np.ndarray) and thing.dtype.hasobject and thing.size <= MAX_ITEMS:
            found += [(None, item) for item in thing.ravel().tolist()]
        elif isinstance(thing, types.CellType):
            found += [(None, value) for value in cell_content(thing)]
        elif isinstance(thing, types.MethodType):
            found += [(None, thing.__self__), (None, thing.__func__)]
        elif isinstance(thing, partial):
            found += [(None, thing.func), (None, thing.args), (None, thing.keywords)]
        elif isinstance(thing, types.FunctionType):
            defaults = [*(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values()]
            found += [(None, each) for each in (*(thing.__closure__ or ()), *defaults)]
            found += vars(thing).items()
            return found
        if is_root or self._is_entered(thing):
            found += named_values(thing)
        return found


def _is_dataset(thing: Any) -> bool:
    return isinstance(thing, Dataset) or any(
        base.__module__ in DATASETS for base in type(thing).__mro__
    )
