"""What a loader holds of state: loaders are wrapped, and wrapped again, by whatever class."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch.utils.data import DataLoader, Sampler

from lr_widget.snapshot.object_graph import MAX_ITEMS, ObjectGraph, is_dataset


class LoaderGraph(ObjectGraph):
    """The state that can be reached from a loader, through objects of whatever package.

    Args:
        loader: any iterable of batches. A list or tuple of batches is data and has no state, one of
            loaders is looked through.
        beyond: objects that are left alone, since they are looked at elsewhere.
    """

    def __init__(self, loader: Any, beyond: Iterable[Any] = ()) -> None:
        super().__init__(beyond)
        self._begin(loader)
        self._walk()

    def _begin(self, loader: Any) -> None:
        if is_dataset(type(loader)):  # given without a loader
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
        if isinstance(item, (DataLoader, Sampler)) or is_dataset(type(item)):
            return True
        has_batches = hasattr(item, "__iter__") and not hasattr(item, "__getitem__")
        return has_batches and self._is_entered(type(item))
