"""The kinds of state that a sweep may disturb, each captured when made and put back by `restore`.

What comes back is the same objects with the same content, down to the bits of a tensor, so that
whoever holds a reference (an EMA, a compiled graph, the user) sees the old values again.
"""

from __future__ import annotations

import operator
import types
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, Protocol

import torch

from lr_widget.snapshot.attributes import (
    cell_content,
    container_base,
    dict_of,
    slot_values,
    slots_of,
)


class State(Protocol):
    """Something captured, which can be put back."""

    def restore(self) -> None:
        """Put it back; may be called more than once."""


class TensorState:
    """One tensor: its storage, its bits, and what hangs on it.

    Attributes:
        tensor: the tensor.
        elements: those it has in memory, as a view of its storage.
        grad: its gradient, whose content is a state of its own.
        has_storage: it is an ordinary one, elements at regular distances in memory.
        bits: a copy of the elements; made later, when all tensors are known and the place for the
            copies is chosen (see `memory.py`).
    """

    __slots__ = (
        "_alias",
        "_attributes",
        "_hooks",
        "_requires_grad",
        "_version",
        "bits",
        "elements",
        "grad",
        "has_storage",
        "tensor",
    )

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor = tensor
        whole = tensor.detach()  # the same storage, even if `tensor.data` is swapped
        self.has_storage = _has_storage(whole)
        self._alias = whole if self.has_storage else None
        if self.has_storage:
            self.elements = _own_elements(whole) if 0 in whole.stride() else whole
        else:
            self.elements = tensor  # what is done to a sparse one does not reach its alias
        self._attributes = dict(vars(tensor)) if vars(tensor) else _NOTHING
        self.bits: torch.Tensor | None = None
        self._requires_grad = tensor.requires_grad
        self.grad: torch.Tensor | None = None
        self._hooks: tuple[dict[Any, Any], dict[Any, Any]] | None = None
        self._version: int | None = None
        if not tensor.is_leaf:  # PyTorch warns if a part of a graph is asked for a gradient
            self._version = tensor._version  # noqa: SLF001
            return
        self.grad = tensor.grad
        if self._requires_grad:
            self._hooks = _hooks(tensor)

    def restore(self) -> None:
        """Copy the bits back into the same storage; a gradient that was None is None again."""
        if self.restore_form():
            with torch.no_grad():
                self.elements.copy_(self.bits)

    def restore_form(self) -> bool:
        """Put back everything but the bits, and tell whether they have to be copied back."""
        tensor, alias = self.tensor, self._alias
        if self._attributes or vars(tensor):
            fill(vars(tensor), self._attributes)
        if alias is not None and not (
            tensor.dtype is alias.dtype
            and tensor.device == alias.device
            and tensor.is_set_to(alias)
        ):
            tensor.data = alias
        if self._version is not None:
            # a part of a graph; writing without need would spoil a backward pass still to come
            return self.bits is not None and tensor._version != self._version  # noqa: SLF001
        if not tensor.is_leaf:
            tensor.detach_()
        if tensor.requires_grad != self._requires_grad:
            tensor.requires_grad_(self._requires_grad)
        if tensor.grad is not self.grad:
            tensor.grad = self.grad
        if self._hooks is not None and _hooks(tensor) != self._hooks:
            _put_hooks_back(tensor, self._hooks)
        return self.bits is not None


class ArrayState:
    """The content of one NumPy array.

    Attributes:
        array: the array.
        content: a copy of its content; made later, as that of a tensor is.
    """

    def __init__(self, array: Any) -> None:
        self.array = array
        self.content: Any = None

    def restore(self) -> None:
        """Copy it back into the same array."""
        if self.content is not None:
            self.array[...] = self.content


class MappingState:
    """Which entries a dict has, in which order."""

    __slots__ = ("_entries", "_mapping")

    def __init__(self, mapping: Any) -> None:
        base, self._mapping = container_base(type(mapping)), mapping
        self._entries = dict(mapping if type(mapping) is base else base.items(mapping))

    def restore(self) -> None:
        """Make the same dict hold exactly these entries again."""
        fill(self._mapping, self._entries)


class AttributesState(MappingState):
    """The attributes of an object, in the same `__dict__`, should it have got another one.

    Its class, too: PyTorch gives a module another one, whose weights are computed from others.
    """

    __slots__ = ("_kind", "_thing")

    def __init__(self, thing: Any, attributes: dict[str, Any]) -> None:
        super().__init__(attributes)
        self._thing, self._kind = thing, type(thing)

    def restore(self) -> None:
        """Put them back."""
        if type(self._thing) is not self._kind:
            object.__setattr__(self._thing, "__class__", self._kind)
        super().restore()
        if dict_of(self._thing) is not self._mapping:
            object.__setattr__(self._thing, "__dict__", self._mapping)


class SlotsState:
    """What the slots of an object hold; an empty one is empty again."""

    __slots__ = ("_held", "_thing")

    def __init__(self, thing: Any) -> None:
        self._thing, self._held = thing, slot_values(thing)

    def restore(self) -> None:
        """Put it back, past a `__setattr__` that refuses: that of a frozen dataclass does."""
        present = slot_values(self._thing)
        for slot in slots_of(type(self._thing)):
            if slot in self._held:
                slot.__set__(self._thing, self._held[slot])
            elif slot in present:
                slot.__delete__(self._thing)


class CellState:
    """What a variable holds that a function shares with the one around it."""

    __slots__ = ("_cell", "_content")

    def __init__(self, cell: types.CellType) -> None:
        self._cell, self._content = cell, cell_content(cell)

    def restore(self) -> None:
        """Put it back."""
        if self._content:
            (self._cell.cell_contents,) = self._content
        elif cell_content(self._cell):
            del self._cell.cell_contents


class ItemsState:
    """Which items a list, deque or set has; or an array of Python's, or a bytearray."""

    __slots__ = ("_content", "_items")

    def __init__(self, items: Any) -> None:
        self._items, base = items, container_base(type(items))
        if base in (array, bytearray):
            self._content: Any = base.__getitem__(items, slice(None))
        else:
            self._content = list(base.__iter__(items))

    def restore(self) -> None:
        """Make the same container hold exactly these items again."""
        items, base = self._items, container_base(type(self._items))
        if base in (array, bytearray):
            base.__setitem__(items, slice(None), self._content)
            return
        if base.__len__(items) == len(self._content) and _same(base.__iter__(items), self._content):
            return
        base.clear(items)
        add = base.update if base is set else base.extend
        add(items, self._content)


class ModeState:
    """Train or eval mode of a scripted module, which keeps it nowhere as an attribute."""

    def __init__(self, module: Any) -> None:
        self._module, self._training = module, module.training

    def restore(self) -> None:
        """Set it back, for this module alone."""
        self._module.training = self._training


class StateDictState:
    """Any object with `state_dict` and `load_state_dict`.

    The tensors in the dict are often the object's own. They are captured like all others, so that
    there is one copy of their bits, and loaded as the same objects.

    Args:
        holder: the object.
        capture: returns the state of a tensor, whose bits come back before the dict is loaded.
    """

    def __init__(self, holder: Any, capture: Callable[[torch.Tensor], TensorState]) -> None:
        self._holder = holder
        content = holder.state_dict()
        tensors = list(_tensors_in(content))
        self._states = [capture(tensor) for tensor in tensors]
        self._kept = {id(tensor): tensor for tensor in tensors}  # deepcopy leaves these as they are
        self._content: Any = deepcopy(content, dict(self._kept))

    def free(self) -> None:
        """Let go of what was captured."""
        self._content, self._kept = None, {}
        self._states.clear()

    def restore(self) -> None:
        """Load the captured dict."""
        for state in self._states:
            state.restore()
        self._holder.load_state_dict(deepcopy(self._content, dict(self._kept)))


_NOTHING: dict[str, Any] = {}


def _has_storage(tensor: torch.Tensor) -> bool:
    return not (
        tensor.layout is not torch.strided
        or tensor.is_quantized
        or tensor.is_meta
        or tensor.is_nested
        or (type(tensor) is not torch.Tensor and hasattr(tensor, "__tensor_flatten__"))
    )


def _hooks(tensor: torch.Tensor) -> tuple[dict[Any, Any], dict[Any, Any]]:
    # PyTorch has no public way to see them
    before = tensor._backward_hooks  # noqa: SLF001
    after = getattr(tensor, "_post_accumulate_grad_hooks", None)
    return dict(before) if before else _NOTHING, dict(after) if after else _NOTHING


def _put_hooks_back(tensor: torch.Tensor, hooks: tuple[dict[Any, Any], dict[Any, Any]]) -> None:
    names = ("_backward_hooks", "_post_accumulate_grad_hooks")
    for name, entries in zip(names, hooks, strict=True):
        present = getattr(tensor, name, None)
        if present is not None:
            fill(present, entries)
        elif entries:
            setattr(tensor, name, OrderedDict(entries))


def fill(mapping: Any, entries: dict[Any, Any]) -> None:
    """Make `mapping` hold exactly `entries`, in their order, without replacing the mapping."""
    base = container_base(type(mapping))
    # by identity: tensors, which can be keys, do not compare as one
    if base.__len__(mapping) == len(entries) and _same(base.__iter__(mapping), entries):
        if _same(base.values(mapping), entries.values()):
            return
    else:
        base.clear(mapping)
    for key, value in entries.items():
        base.__setitem__(mapping, key, value)


def _same(some: Iterable[Any], others: Iterable[Any]) -> bool:
    """Tell whether two collections of the same length have the same objects."""
    return all(map(operator.is_, some, others))


def _own_elements(whole: torch.Tensor) -> torch.Tensor:
    """Return a view of the elements that an expanded tensor has in memory: it repeats some."""
    return whole[tuple(slice(None, None if step else 1) for step in whole.stride())]


def _tensors_in(content: Any) -> Iterable[torch.Tensor]:
    if isinstance(content, torch.Tensor):
        yield content
    elif isinstance(content, dict):
        for value in content.values():
            yield from _tensors_in(value)
    elif isinstance(content, (list, tuple)):
        for value in content:
            yield from _tensors_in(value)
