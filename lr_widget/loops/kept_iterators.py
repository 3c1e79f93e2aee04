"""Iterators that a loader keeps: set aside for a run, and refused where it would go on with one.

Nobody can put back an iterator, be it a generator or one with worker processes. Most loaders make a
new one for every epoch and only hold the last one; a sweep does not touch that. A loader whose
workers stay gets others for the sweep. One that goes on with its iterator, epoch after epoch, is
told so before the first batch is taken from it.
"""

from __future__ import annotations

import copy
import io
import operator
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from types import CellType, MethodType, MethodWrapperType
from typing import Any, NamedTuple

from torch.utils.data import DataLoader, get_worker_info
from torch.utils.data.dataloader import _BaseDataLoaderIter

from lr_widget.snapshot.attributes import cell_content, dict_of, is_plain, slot_values
from lr_widget.snapshot.loader_graph import LoaderGraph
from lr_widget.snapshot.object_graph import MAX_ITEMS
from lr_widget.snapshot.own_classes import own_bases

BOUND = frozenset({MethodType, MethodWrapperType})  # methods, each with its object
# of which a copy goes on by itself, from the same place
COPIED = frozenset(type(iter(each)) for each in (list[int](), (0,), range(0), range(2**70)))


class FreshIterators:
    """A block in which loaders begin anew, each with iterators and workers of its own.

    What they kept is in its place again after the block, as it was, where they have not replaced
    it. A DataLoader's `_iterator` is not put back here: the snapshot does that after a sweep, and a
    trial may keep the new one.

    Within the block, a loader that goes on with an iterator it has kept raises a ValueError.

    Args:
        loaders: those that are gone through.
    """

    # no generator by `contextmanager`, which writes on what is raised within the block

    def __init__(self, *loaders: Any) -> None:
        self._places = [place for loader in loaders for place in _kept_places(loader)]

    def __enter__(self) -> None:
        for place in self._places:
            place.put(place.stand_in)

    def __exit__(self, *error: object) -> None:
        for place in self._places:
            if place.value is place.stand_in:
                place.put(place.kept)


class _KeptIterator:
    """Stands where a loader keeps an iterator, and refuses to be gone through."""

    def __init__(self, place: str, kept: Any) -> None:
        self._kept = kept
        self._words = (
            f"loader must make a new iterator for every epoch, but {place} is one that it keeps "
            f"and goes on with (a {type(kept).__name__}), which nobody could put back after the "
            "sweep; pass a loader that does not, such as the DataLoader of the same data"
        )

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if get_worker_info() is not None:  # in a copy of the loader's, which ends with its process
            return next(self._kept)
        raise ValueError(self._words)


class _Place(NamedTuple):
    """Where a loader keeps an iterator.

    Attributes:
        holder: a dict, a list, a class, a variable of a function, or an object with slots.
        key: of the dict, of the list, of the class, or the slot; None for a variable.
        kept: what is there: an iterator, or a tuple or a call with one in it.
        stand_in: what is there meanwhile.
    """

    holder: Any
    key: Any
    kept: Any
    stand_in: Any

    @property
    def value(self) -> Any:
        if isinstance(self.holder, dict):
            return self.holder.get(self.key)
        if isinstance(self.holder, (list, deque)):
            return self.holder[self.key] if self.key < len(self.holder) else None
        if isinstance(self.holder, type):
            return vars(self.holder).get(self.key)
        if isinstance(self.holder, CellType):
            return next(iter(cell_content(self.holder)), None)
        return slot_values(self.holder).get(self.key)

    def put(self, value: Any) -> None:
        if isinstance(self.holder, (dict, list, deque)):
            self.holder[self.key] = value
        elif isinstance(self.holder, type):
            type.__setattr__(self.holder, self.key, value)
        elif isinstance(self.holder, CellType):
            self.holder.cell_contents = value
        else:
            self.key.__set__(self.holder, value)


def _kept_places(loader: Any) -> list[_Place]:
    graph = LoaderGraph(loader)
    return [
        *_in_attributes(graph.objects),
        *_in_classes(map(type, graph.objects)),
        *_in_containers(graph.containers),
        *_in_variables(graph.cells),
    ]


def _in_attributes(owners: Iterable[Any]) -> Iterator[_Place]:
    for owner in owners:
        kind, attributes = type(owner).__name__, dict_of(owner) or {}
        for name, value in attributes.items():
            if name == "_iterator" and isinstance(owner, DataLoader):
                yield _Place(attributes, name, value, None)
            else:
                yield from _place(f"{kind}.{name}", attributes, name, value)
        for slot, value in slot_values(owner).items():
            yield from _place(f"{kind}.{slot.__name__}", owner, slot, value)


def _in_classes(kinds: Iterable[type]) -> Iterator[_Place]:
    for kind in dict.fromkeys(base for each in kinds for base in own_bases(each)):
        for name, value in vars(kind).items():
            yield from _place(f"{kind.__name__}.{name}", kind, name, value)


def _in_containers(containers: Iterable[Any]) -> Iterator[_Place]:
    for items in containers:
        if len(items) > MAX_ITEMS or not isinstance(items, (dict, list, deque)):
            continue
        pairs = items.items() if isinstance(items, dict) else enumerate(items)
        for key, value in pairs:
            yield from _place(f"{type(items).__name__}[{key!r:.50}]", items, key, value)


def _in_variables(cells: Iterable[CellType]) -> Iterator[_Place]:
    for cell in cells:
        for value in cell_content(cell):
            yield from _place("a variable that its functions share", cell, None, value)


def _place(name: str, holder: Any, key: Any, value: Any) -> list[_Place]:
    stand_in = _stand_in(name, value)
    return [] if stand_in is value else [_Place(holder, key, value, stand_in)]


def _stand_in(name: str, value: Any) -> Any:
    """Return what takes the place of a value: itself, if it is no iterator and has none in it."""
    kind = type(value)
    if kind is tuple:
        items = tuple(_stand_in(name, item) for item in value)
        return value if all(map(operator.is_, items, value)) else items
    if kind is partial:  # of `next`
        args = _stand_in(name, value.args)
        return value if args is value.args else partial(value.func, *args, **value.keywords)
    if kind in BOUND and value.__name__ == "__next__":
        iterator = _stand_in(name, value.__self__)
        return value if iterator is value.__self__ else iterator.__next__
    if kind in COPIED:
        return copy.copy(value)
    return _KeptIterator(name, value) if _is_kept(value) else value


def _is_kept(value: Any) -> bool:
    kind = type(value)  # a weak reference would answer for what it refers to
    if issubclass(kind, _BaseDataLoaderIter):
        return True
    # one of somebody's own class is put back by its attributes; a file can be opened again
    return issubclass(kind, Iterator) and not issubclass(kind, io.IOBase) and not is_plain(kind)
