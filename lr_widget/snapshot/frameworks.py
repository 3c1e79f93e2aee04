"""What a framework keeps around training: objects of its own classes, found by walking from one.

A trainer has its counters, flags and references in a dozen objects that hold each other: state,
control, callbacks, an accelerator and its singletons. A loop names all of them as holders, so that
the attributes of each come back.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from torch import nn
from torch.utils.data import DataLoader

from lr_widget.snapshot.attributes import named_values
from lr_widget.snapshot.object_graph import DATA, MAX_ITEMS

# by name, so that nobody without it pays for its import
ACCELERATE = ("accelerate.",)
CONTAINERS = (dict, list, tuple, set, deque)


def framework_objects(
    root: Any, modules: tuple[str, ...], is_apart: Callable[[Any], bool] = lambda _: False
) -> list[Any]:
    """Return an object and those of some modules that can be reached from it; changes nothing.

    The way goes through attributes, containers of up to 1,000 items, and what modules hold; not
    into data sets.

    Args:
        root: where to begin, of whatever class.
        modules: prefixes of module names; an object counts if its class or a base is defined there.
        is_apart: predicate: such an object is neither returned nor entered.
    """
    found, seen = [root], {id(root): root}
    waiting = deque(_held_by(root))
    while waiting:
        thing = waiting.popleft()
        if id(thing) in seen:
            continue
        if isinstance(thing, CONTAINERS) and len(thing) <= MAX_ITEMS:
            waiting += thing.values() if isinstance(thing, dict) else thing
        if isinstance(thing, nn.Module):  # its own attributes are known to the snapshot
            for part in thing.modules():
                if id(part) not in seen:
                    seen[id(part)] = part
                    waiting += (each for each in vars(part).values() if is_of(each, modules))
        elif is_of(thing, modules) and not is_apart(thing):
            seen[id(thing)] = thing
            found.append(thing)
            waiting += _held_by(thing)
        elif isinstance(thing, CONTAINERS):
            seen[id(thing)] = thing
    return found


def is_of(thing: Any, modules: tuple[str, ...]) -> bool:
    """Tell whether an object's class, or one that it is made from, is of some modules.

    Args:
        thing: the object.
        modules: how the names of the modules begin.
    """
    kind = type(thing)  # not `__class__`, by which a prepared loader says that it is another one
    if issubclass(kind, (type, enum.Enum)):
        return False
    return any(base.__module__.startswith(modules) for base in kind.__mro__)


def is_walked(thing: Any) -> bool:
    """Tell whether an object among `also` is put back by walking from it.

    An `Accelerator`, which has no `load_state_dict`, and loaders, prepared by one or not.
    """
    return is_of(thing, ("accelerate.accelerator",)) or isinstance(thing, DataLoader)


def walked(thing: Any) -> list[Any]:
    """Return the holders that such an object stands for."""
    return framework_objects(thing, ACCELERATE)


def _held_by(thing: Any) -> Iterable[Any]:
    return [value for name, value in named_values(thing) if name not in DATA]
