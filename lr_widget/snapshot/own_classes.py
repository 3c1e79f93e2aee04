"""Which classes and functions are the user's own, and what of a class itself is state.

Into objects of installed packages nobody may look from outside: a figure, a tracker, a writer of
logs, a progress bar has a state that is bound to a file, a thread, a server or a page, and would be
torn if its attributes alone went back. What somebody has written beside a training has none of it.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import PurePath
from typing import Any

from lr_widget.snapshot.attributes import PLAIN, PLAIN_BASES, is_plain
from lr_widget.snapshot.random_states import GENERATORS

INSTALLED = frozenset({"site-packages", "dist-packages"})  # folders
FUNCTIONS = frozenset({types.FunctionType, types.MethodType, partial})
# exactly these: a bool is a switch of the process, such as that something has been set up
NUMBERS = frozenset({int, float, complex})


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


def class_generators(kind: type) -> list[Any]:
    """Return the random generators that are attributes of the user's own among some classes."""
    values = (value for base in own_bases(kind) for value in vars(base).values())
    return [value for value in values if issubclass(type(value), GENERATORS)]


def named_globals(function: types.FunctionType) -> list[Any]:
    """Return the global variables that the code of a function of the user's own names.

    The name of an attribute may happen to be that of a variable, too; nobody minds.
    """
    variables = function.__globals__
    if not is_users(variables.get("__name__")):  # a decorator may have given it another module
        return []
    names, codes = set[str](), [function.__code__]
    while codes:
        code = codes.pop()
        names.update(code.co_names)
        codes += (each for each in code.co_consts if isinstance(each, types.CodeType))
    return [variables[name] for name in sorted(names) if name in variables]


class ClassState:
    """The numbers that are attributes of a class itself.

    Lists and dicts of a class are no state: a registry, a cache that all share in the process.
    """

    __slots__ = ("_kind", "_numbers")

    def __init__(self, kind: type) -> None:
        self._kind, self._numbers = kind, _numbers_of(kind)

    def restore(self) -> None:
        """Put them back, past a metaclass that would refuse; new ones go."""
        present = _numbers_of(self._kind)
        for name, number in self._numbers.items():
            if vars(self._kind).get(name) is not number:
                type.__setattr__(self._kind, name, number)
        for name in present.keys() - self._numbers.keys():
            type.__delattr__(self._kind, name)


def _numbers_of(kind: type) -> dict[str, Any]:
    return {name: value for name, value in vars(kind).items() if type(value) in NUMBERS}
