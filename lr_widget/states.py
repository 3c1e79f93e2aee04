"""The kinds of state that a sweep may disturb, each captured when made and put back by `restore`.

What comes back is the same objects with the same content, down to the bits of a tensor, so that
whoever holds a reference (an EMA, a compiled graph, the user) sees the old values again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, Protocol

import torch


class State(Protocol):
    """Something captured, which can be put back."""

    def restore(self) -> None:
        """Put it back; may be called more than once."""


class TensorState:
    """One tensor: its storage, its bits, and what hangs on it.

    The bits are copied by `copy`, which comes after all tensors are known and the place for the
    copies is chosen (see `memory.py`).
    """

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor = tensor
        self._alias = tensor.detach()  # the same storage, even if `tensor.data` is swapped
        self.elements = _own_elements(self._alias)
        self._requires_grad = tensor.requires_grad
        # a part of a graph has no gradient of its own, and PyTorch warns if it is asked for one
        self.grad = tensor.grad if tensor.is_leaf else None
        self._attributes = dict(vars(tensor)) if hasattr(tensor, "__dict__") else None
        self._bits: torch.Tensor | None = None

    def copy(self, make: Callable[[torch.Tensor], torch.Tensor] = torch.clone) -> None:
        """Copy the bits.

        Args:
            make: returns a copy of a tensor.
        """
        self._bits = make(self.elements)

    def restore(self) -> None:
        """Copy the bits back into the same storage; a gradient that was None is None again."""
        tensor = self.tensor
        if self._attributes is not None:
            fill(vars(tensor), self._attributes)
        with torch.no_grad():
            if _swapped(tensor, self._alias):
                tensor.data = self._alias
            if self._bits is not None and self._must_write(self._bits):
                self.elements.copy_(self._bits)
        if not tensor.is_leaf:
            return
        if tensor.requires_grad != self._requires_grad:
            tensor.requires_grad_(self._requires_grad)
        if tensor.grad is not self.grad:
            tensor.grad = self.grad

    def _must_write(self, bits: torch.Tensor) -> bool:
        # writing to a part of a graph would spoil a backward pass that the user may still make
        return self.tensor.is_leaf or not torch.equal(self.elements, bits.to(self.elements.device))


class ArrayState:
    """The content of one NumPy array."""

    def __init__(self, array: Any) -> None:
        self._array, self._content = array, array.copy()

    def restore(self) -> None:
        """Copy it back into the same array."""
        if self._array.flags.writeable:
            self._array[...] = self._content


class MappingState:
    """Which entries a dict has, in which order; attributes of an object are one (`vars`)."""

    def __init__(self, mapping: Any) -> None:
        self._mapping, self._entries = mapping, dict(mapping)

    def restore(self) -> None:
        """Make the same dict hold exactly these entries again."""
        fill(self._mapping, self._entries)


class ItemsState:
    """Which items a list, deque or set has."""

    def __init__(self, items: Any) -> None:
        self._items, self._content = items, list(items)

    def restore(self) -> None:
        """Make the same container hold exactly these items again."""
        if _same(self._items, self._content):
            return
        self._items.clear()
        if isinstance(self._items, (list, deque)):
            self._items.extend(self._content)
        else:
            self._items.update(self._content)


class ModeState:
    """Train or eval mode of a module; only a scripted one does not keep it as an attribute."""

    def __init__(self, module: Any) -> None:
        self._module, self._training = module, module.training

    def restore(self) -> None:
        """Set it back, for this module alone."""
        if self._module.training != self._training:
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
        self._content = deepcopy(content, dict(self._kept))

    def restore(self) -> None:
        """Load the captured dict."""
        for state in self._states:
            state.restore()
        self._holder.load_state_dict(deepcopy(self._content, dict(self._kept)))


def fill(mapping: Any, entries: dict[Any, Any]) -> None:
    """Make `mapping` hold exactly `entries`, in their order, without replacing the mapping."""
    # by identity: tensors, which can be keys, do not compare as one
    if _same(mapping, entries):
        if _same(mapping.values(), entries.values()):
            return
    else:
        mapping.clear()
    for key, value in entries.items():
        mapping[key] = value


def _same(some: Any, others: Any) -> bool:
    return len(some) == len(others) and all(a is b for a, b in zip(some, others, strict=True))


def _swapped(tensor: torch.Tensor, alias: torch.Tensor) -> bool:
    """Tell whether `tensor.data = ...` has given the tensor another storage or shape."""
    layouts = {tensor.layout, alias.layout}
    if layouts != {torch.strided} or hasattr(alias, "__tensor_flatten__"):  # no storage of its own
        return False
    return bool(
        tensor.device != alias.device
        or tensor.dtype != alias.dtype
        or tensor.shape != alias.shape
        or tensor.stride() != alias.stride()
        or tensor.data_ptr() != alias.data_ptr()
    )


def _own_elements(whole: torch.Tensor) -> torch.Tensor:
    """Return a view of the elements that a tensor has in memory: an expanded one repeats some."""
    if whole.layout is not torch.strided or 0 not in whole.stride():
        return whole
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
