"""Where an object keeps its state: in its `__dict__`, in slots, a function in its cells."""

from __future__ import annotations

import argparse
import sys
import threading
import types
import weakref
from array import array
from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data.dataloader import _BaseDataLoaderIter

# What a class may inherit of Python itself and still be one of somebody's own; any other of
# Python's classes (a lock, a file, a logger, a process) has a state that attributes do not tell.
PLAIN_BASES = frozenset(
    {"_abc", "_collections_abc", "abc", "builtins", "collections", "contextlib"}
    | {"dataclasses", "types", "typing"}
)
# those of notebooks: what is shown belongs to the page, and goes on while a sweep runs
HOSTS = frozenset({"IPython", "comm", "ipykernel", "ipywidgets", "traitlets", "zmq"})
# of Python's others those whose state is their attributes, with the base of one
PLAIN = frozenset({threading.local, *argparse.Namespace.__mro__})
NOT_PLAIN = (type, types.ModuleType, BaseException, torch.Tensor, np.ndarray, np.generic)
PROCESSES = (_BaseDataLoaderIter,)  # its state is in its workers
_PYTHONS_OWN = sys.stdlib_module_names - PLAIN_BASES
# what has no state inside, by the exact type; a weak reference answers for what it refers to
LEAVES = frozenset(
    {
        bool,
        bytes,
        complex,
        float,
        int,
        str,
        type,
        types.NoneType,
        torch.Size,
        torch.device,
        torch.dtype,
        weakref.CallableProxyType,
        weakref.ProxyType,
    }
)

CONTAINERS: frozenset[Any] = frozenset(
    {OrderedDict, dict, list, tuple, deque, set, frozenset, array, bytearray}
)


def container_base(kind: type) -> Any:
    """Return the container of Python's that a class is, or is made from; None if it is none.

    Its methods reach the items past those of a subclass, which may do more: count, write, refuse.
    """
    if kind in CONTAINERS:
        return kind
    return next((base for base in kind.__mro__ if base in CONTAINERS), None)


def slots_of(kind: type) -> Iterator[types.MemberDescriptorType]:
    """Yield the slots that a class and its bases have declared in Python."""
    for base in kind.__mro__:
        own = vars(base)
        if "__slots__" in own:
            for member in own.values():
                if isinstance(member, types.MemberDescriptorType):
                    yield member


def slot_values(thing: Any) -> dict[types.MemberDescriptorType, Any]:
    """Return what the slots of an object hold, those that hold anything."""
    found = {}
    for slot in slots_of(type(thing)):
        try:
            found[slot] = slot.__get__(thing)
        except AttributeError:  # nothing has been put there
            continue
    return found


def has_attributes(thing: Any) -> bool:
    """Tell whether an object has a `__dict__` or slots."""
    return dict_of(thing) is not None or any(slots_of(type(thing)))


def dict_of(thing: Any) -> dict[str, Any] | None:
    """Return the `__dict__` of an object itself, of a wrapper not that of what it wraps."""
    is_local = issubclass(type(thing), threading.local)  # has one for each thread
    try:
        own = (threading.local if is_local else object).__getattribute__(thing, "__dict__")
    except AttributeError:
        return None
    return own if isinstance(own, dict) else None


def named_values(thing: Any) -> list[tuple[str, Any]]:
    """Return names and values of all attributes that an object holds itself."""
    slots = [(slot.__name__, value) for slot, value in slot_values(thing).items()]
    return [*(dict_of(thing) or {}).items(), *slots]


def cell_content(cell: types.CellType) -> tuple[Any, ...]:
    """Return what a variable of a function holds: one thing, or none if it is not set yet."""
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def is_plain(kind: type) -> bool:
    """Tell whether a class is one that somebody has written, whose state is its attributes.

    Not so one that stands for something outside Python's objects, or for an array: data.
    """
    if issubclass(kind, (*NOT_PLAIN, *PROCESSES)) or hasattr(kind, "__array__"):
        return False
    roots = {base.__module__.partition(".")[0] for base in kind.__mro__ if base not in PLAIN}
    return not roots & (_PYTHONS_OWN | HOSTS) and kind.__module__ != "builtins"
