"""Which classes and functions are the user's own, and what of a class itself is state.

Into objects of installed packages nobody may look from outside: a figure, a tracker, a writer of
logs, a progress bar has a state that is bound to a file, a thread, a server or a page, and would be
torn if its attributes alone went back. What somebody has written beside a training has none of it.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from functools import cached_property, lru_cache, partial
from pathlib import PurePath
from typing import Any

import numpy as np
import torch

from lr_widget.snapshot.attributes import PLAIN, PLAIN_BASES, is_plain
from lr_widget.snapshot.random_states import GENERATORS

INSTALLED = frozenset({"site-packages", "dist-packages"})  # folders
FUNCTIONS = frozenset({types.FunctionType, types.MethodType, partial})
# exactly these: a bool is a switch of the process, such as that something has been set up
NUMBERS = frozenset({int, float, complex})
CONTENTS = (torch.Tensor, np.ndarray)


def is_own(kind: type) -> bool:
    """Tell whether a class is one of the user's own, with bases of their own or plain ones."""
    return is_plain(kind) and all(
        base in PLAIN
        or is_users(base.__module__)
        or base.__module__.partition(".")[0] in PLAIN_BASES
        for base in kind.__mro__
    )


def is_users(module: Any) -> bool:
    """Tell whether a module, by its name, is the user's own: a notebook, a script, a checkout."""
    return isinstance(module, str) and _is_users(module, len(sys.modules))


@lru_cache(maxsize=4096)
def _is_users(name: str, _n_modules: int) -> bool:
    root = name.partition(".")[0]
    if root == "__main__":
        return True
    is_ours = root in sys.stdlib_module_names or root == "lr_widget"
    return not is_ours and not any(map(_is_installed, {name, root}))


def _is_installed(name: str) -> bool:
    module = sys.modules.get(name)
    places = [getattr(module, "__file__", None), *(getattr(module, "__path__", None) or ())]
    return any(not INSTALLED.isdisjoint(PurePath(place).parts) for place in places if place)


def own_bases(kind: type) -> Iterator[type]:
    """Yield a class and those that it is made from, as far as they are the user's own."""
    return (base for base in kind.__mro__ if is_users(base.__module__))


def _class_values(kind: type) -> Iterator[Any]:
    return (value for base in own_bases(kind) for value in vars(base).values())


def class_generators(kind: type) -> list[Any]:
    """Return the random generators that are attributes of the user's own among some classes."""
    return [value for value in _class_values(kind) if issubclass(type(value), GENERATORS)]


def methods_of(kind: type) -> list[types.FunctionType]:
    """Return the functions of the user's own among some classes, also those of properties."""
    return [function for value in _class_values(kind) for function in _functions_in(value)]


def _functions_in(value: Any) -> list[types.FunctionType]:
    kind = type(value)
    if kind is types.FunctionType:
        return [value]
    if kind in (staticmethod, classmethod):
        return _functions_in(value.__func__)
    if kind is cached_property:
        return _functions_in(value.func)
    if kind is property:
        return [each for f in (value.fget, value.fset, value.fdel) for each in _functions_in(f)]
    return []


def named_globals(function: types.FunctionType) -> list[Any]:
    """Return the global variables that the code of a function of the user's own names.

    So those of a module of the user's own, which it names as that module's attributes. The name of
    an attribute may happen to be that of a variable, too; nobody minds.
    """
    variables = function.__globals__
    if not is_users(variables.get("__name__")):  # a decorator may have given it another module
        return []
    names = sorted(_names_in(function.__code__))
    found, spaces = list[Any](), [variables]
    for space in spaces:  # it grows meanwhile
        values = [space[name] for name in names if name in space]
        inside = (vars(each) for each in values if type(each) is types.ModuleType)
        spaces += (
            each
            for each in inside
            if is_users(each.get("__name__")) and not any(each is known for known in spaces)
        )
        found += values
    return found


def _names_in(code: types.CodeType) -> set[str]:
    inside = (each for each in code.co_consts if isinstance(each, types.CodeType))
    return set(code.co_names).union(*map(_names_in, inside))


def class_contents(kind: type, max_bytes: int) -> list[Any]:
    """Return tensors and arrays that are attributes of the user's own classes, none too large."""
    held = (value for value in _class_values(kind) if issubclass(type(value), CONTENTS))
    return [each for each in held if _n_bytes(each) <= max_bytes]


def _n_bytes(content: Any) -> int:
    if isinstance(content, np.ndarray):
        return content.nbytes
    return int(content.numel() * content.element_size())  # a sparse one does not tell `nbytes`


class ClassState:
    """The numbers, tensors and arrays that are attributes of a class itself.

    Lists and dicts of a class are no state: a registry, a cache that all share in the process.
    """

    __slots__ = ("_held", "_kind")

    def __init__(self, kind: type) -> None:
        self._kind, self._held = kind, _held_by(kind)

    def restore(self) -> None:
        """Put them back, past a metaclass that would refuse; new ones go."""
        present = _held_by(self._kind)
        for name, value in self._held.items():
            if vars(self._kind).get(name) is not value:
                type.__setattr__(self._kind, name, value)
        for name in present.keys() - self._held.keys():
            type.__delattr__(self._kind, name)


def _held_by(kind: type) -> dict[str, Any]:
    return {name: value for name, value in vars(kind).items() if _is_state(type(value))}


def _is_state(kind: type) -> bool:
    return kind in NUMBERS or issubclass(kind, CONTENTS)
