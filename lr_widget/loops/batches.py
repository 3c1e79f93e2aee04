"""A batch: the forms it may have, its size, and its way to the model's device."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import BuiltinFunctionType
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from lr_widget.snapshot.attributes import dict_of, has_attributes, is_plain, slot_values

NO_BATCH = (nn.Module, Dataset, DataLoader)  # which a batch may refer to


def check_batch(batch: Any, loss_fn: Any, name: str = "loader") -> None:
    """Check that a batch has a form that a loss can be made of.

    Args:
        batch: what the loader has yielded.
        loss_fn: the loss function, or None.
        name: of the loader's argument.

    Raises:
        TypeError: it is neither `(x..., y)` nor a dict.
        ValueError: it needs a loss function, and there is none.
    """
    if isinstance(batch, Mapping):
        return
    if not isinstance(batch, (tuple, list)) or len(batch) < 2:
        kind = type(batch).__name__
        raise TypeError(f"{name} must yield batches (x..., y) or dicts, got one of type {kind!r}")
    if loss_fn is None:
        raise ValueError("loss_fn must be given where batches are (x..., y), got None")


def batch_size(batch: Any) -> int:
    """Return how many items a batch has: the length of its first tensor."""
    parts = batch.values() if isinstance(batch, Mapping) else batch
    sizes = [len(part) for part in parts if isinstance(part, torch.Tensor) and part.dim()]
    return sizes[0] if sizes else 1


def to_device(batch: Any, device: torch.device) -> Any:
    """Return the batch with every tensor in it on `device`.

    An object that can move itself, by a method `to(device)`, does; any other that holds a tensor is
    copied, and the copy is of its class. The batch itself stays as it is: a list of batches is the
    user's, and is gone through again.

    Args:
        batch: tensors, in containers and objects of any class.
        device: where the tensors have to be.
    """
    if isinstance(batch, torch.Tensor):  # short ways for the usual ones, since it is every step's
        return batch.to(device, non_blocking=True)
    if type(batch) in (list, tuple) and all(
        type(part) is torch.Tensor and part.device == device for part in batch
    ):
        return batch
    return _Move(device).moved(batch)


class _Move:
    """One batch on its way to a device.

    Args:
        device: where its tensors have to be.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        # what has been moved, by id, so that an object in a circle is moved once; with the thing
        # itself, so that no id is used twice
        self._moved: dict[int, tuple[Any, Any]] = {}

    def moved(self, thing: Any) -> Any:
        """Return a thing with what is in it on the device; itself if there is nothing to move."""
        if thing is None or isinstance(thing, (bool, int, float, str, bytes, type, *NO_BATCH)):
            return thing
        if id(thing) in self._moved:
            return self._moved[id(thing)][1]
        return self._becomes(thing, self._move(thing))

    def _becomes(self, thing: Any, moved: Any) -> Any:
        self._moved[id(thing)] = thing, moved
        return moved

    def _move(self, thing: Any) -> Any:
        kind = type(thing)
        if isinstance(thing, torch.Tensor):
            return thing.to(self._device, non_blocking=True)
        if callable(getattr(kind, "to", None)):  # of the class: an instance may answer to any name
            mine = copy.copy(thing)  # some move themselves in place
            moved = mine.to(self._device)
            return mine if moved is None else moved
        if isinstance(thing, (dict, list, tuple)):
            return self._move_items(thing)
        if is_plain(kind) and has_attributes(thing):
            return self._move_object(thing)
        return self._move_read_only(thing) if isinstance(thing, Mapping) else thing

    def _move_items(self, thing: Any) -> Any:
        if isinstance(thing, dict):
            return self._move_dict(thing)
        return self._move_list(thing) if isinstance(thing, list) else self._move_tuple(thing)

    def _move_read_only(self, thing: Any) -> Any:
        return type(thing)({key: self.moved(value) for key, value in thing.items()})

    def _move_dict(self, thing: dict[Any, Any]) -> Any:
        entries = self._becomes(thing, copy.copy(thing))
        for key, value in thing.items():
            entries[key] = self.moved(value)
        return self._with_attributes(entries)

    def _move_list(self, thing: list[Any]) -> Any:
        items = self._becomes(thing, copy.copy(thing))
        items[:] = map(self.moved, thing)
        return self._with_attributes(items)

    def _move_tuple(self, thing: tuple[Any, ...]) -> Any:
        items = [self.moved(item) for item in thing]
        if all(new is old for new, old in zip(items, thing, strict=True)):
            return thing
        kind: Any = type(thing)
        # a named one takes its items one by one
        return kind._make(items) if hasattr(kind, "_make") else kind(items)

    def _with_attributes(self, container: Any) -> Any:
        """Move what a dict or list of somebody's own class holds as attributes, too."""
        attributes = dict_of(container) or {}
        for name, value in list(attributes.items()):
            attributes[name] = self.moved(value)
        return container

    def _move_object(self, thing: Any) -> Any:
        made = self._becomes(thing, _empty(type(thing)))
        attributes, slots = dict_of(thing) or {}, slot_values(thing)
        moved = {name: self.moved(value) for name, value in attributes.items()}
        moved_slots = {slot: self.moved(value) for slot, value in slots.items()}
        if _same(moved, attributes) and _same(moved_slots, slots):
            return thing
        own = dict_of(made)
        if own is not None:
            own.update(moved)
        for slot, value in moved_slots.items():
            slot.__set__(made, value)
        return made


def _empty(kind: Any) -> Any:
    """Return an object of a class without its attributes.

    Past the `__new__`, `__init__`, `__setattr__` and `__getattr__` of the class, each of which may
    refuse an object that is half made.
    """
    makers = (vars(base).get("__new__") for base in kind.__mro__)
    builtin = next(new for new in makers if isinstance(new, BuiltinFunctionType))
    return builtin(kind)


def _same(some: Mapping[Any, Any], others: Mapping[Any, Any]) -> bool:
    return all(value is others[key] for key, value in some.items())
