"""The state in objects of the user's own that modules, optimizers and callbacks hold.

A meter, a counter, a queue, a buffer of earlier samples, an average of the weights. Of a function
or method (a hook, a step) only random generators are state: what else it reaches is how one watches
a training, such as a list to which it appends.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import is_dataclass
from functools import partial
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any

from torch.utils.data import DataLoader, Dataset, Sampler

from lr_widget.snapshot.attributes import is_plain, named_values
from lr_widget.snapshot.object_graph import TRAINED, ObjectGraph
from lr_widget.snapshot.own_classes import FUNCTIONS, is_own, is_users

# by name, so that nobody without them pays for an import: the lists of fastai's optimizers; and
# what tells how bitsandbytes' weights are to be read, which it changes together with their layout
ENTERED_BY_NAME = frozenset(
    {("fastcore.foundation", "L"), ("bitsandbytes.functional", "QuantState")}
)
LOADERS = (DataLoader, Sampler, Dataset)


class OwnGraph(ObjectGraph):
    """The state that can be reached from objects and functions of the user's own.

    Args:
        things: the objects, methods and functions; others are left alone.
        beyond: objects that are left alone, since they are looked at elsewhere.
        max_bytes: of tensors and arrays that are state.

    Attributes:
        apart: also loaders and datasets, of which more is state (`LoaderGraph`).
    """

    _apart = (*TRAINED, *LOADERS)

    def __init__(
        self, things: Iterable[Any], beyond: Iterable[Any] = (), max_bytes: int | None = None
    ) -> None:
        super().__init__(beyond, max_bytes)
        for thing in things:
            self._queue(None, thing)
        self._walk()

    def _enters(self, kind: type) -> bool:
        return is_entered(kind)

    def _enter(self, thing: Any) -> Iterable[tuple[Any, Any]]:
        # what runs beside the sweep goes on with the object meanwhile
        is_shared = any(_is_at_work(value) for _, value in named_values(thing))
        return () if is_shared else super()._enter(thing)

    def _queue(self, name: Any, value: Any, *, is_data: bool = False) -> None:
        kind = type(value)
        if issubclass(kind, LOADERS):
            self._states.append(value)
        else:
            super()._queue(name, value, is_data=is_data or kind in FUNCTIONS)


def is_entered(kind: type) -> bool:
    """Tell whether objects of a class are looked into: the user's own, and dataclasses."""
    return is_known(kind) or is_own(kind) or (is_dataclass(kind) and is_plain(kind))


def is_known(kind: type) -> bool:
    """Tell whether a class is one of a package whose objects are looked into all the same."""
    return (kind.__module__, kind.__name__) in ENTERED_BY_NAME


def _is_at_work(value: Any) -> bool:
    kind = type(value)
    return issubclass(kind, BaseProcess) or (issubclass(kind, Thread) and value.is_alive())


def is_own_function(thing: Any) -> bool:
    """Tell whether something is a function of the user's own, or made from one."""
    kind = type(thing)
    if kind is types.MethodType and is_entered(type(thing.__self__)):
        return True
    return kind is partial or (kind in FUNCTIONS and is_users(getattr(thing, "__module__", None)))
