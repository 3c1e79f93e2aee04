"""What a loop needs of a loader and of a loss function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from torch import nn
from torch.utils.data.dataloader import _BaseDataLoaderIter

MAX_WRAPPERS = 10  # around a function: more than anybody has, should they go in a circle


def check_loader(loader: Any, name: str = "loader") -> None:
    """Check that a loader can be iterated again and again.

    Args:
        loader: the loader.
        name: of the argument.

    Raises:
        TypeError: it is no iterable.
        ValueError: it is an iterator that does not begin anew, or has no batch.
    """
    iterable = hasattr(loader, "__iter__") or hasattr(loader, "__getitem__")
    if not iterable or isinstance(loader, (str, bytes)):
        raise TypeError(f"{name} must be an iterable of batches, got {loader!r}")
    if _is_spent_by_an_epoch(loader):
        raise ValueError(
            f"{name} must be one that can be iterated again (a DataLoader, a list), got an "
            f"iterator that the sweep would use up: {loader!r}"
        )
    if has_length(loader) and len(loader) == 0:
        raise ValueError(f"{name} must yield at least one batch, got an empty one: {loader!r}")


def _is_spent_by_an_epoch(loader: Any) -> bool:
    # One with a length is a loader that is its own iterator, and begins anew when asked for one.
    # That of a DataLoader has a length and does not begin anew.
    if isinstance(loader, _BaseDataLoaderIter):
        return True
    return isinstance(loader, Iterator) and not has_length(loader)


def no_batch(loader: Any, name: str = "loader") -> ValueError:
    """Return the error of a loader, an argument of this name, that has yielded nothing."""
    return ValueError(f"{name} must yield at least one batch, got none from {loader!r}")


def has_length(loader: Any) -> bool:
    """Tell whether a loader knows how many batches it has; one of an iterable dataset does not."""
    try:
        len(loader)
    except TypeError:
        return False
    return True


def cycle(loader: Iterable[Any]) -> Iterator[Any]:
    """Yield batches for ever, epoch after epoch.

    Raises:
        ValueError: an epoch has no batch.
    """
    while True:
        empty = True
        for batch in loader:
            empty = False
            yield batch
        if empty:
            raise no_batch(loader)


def unwrapped(function: Any) -> list[Any]:
    """Return a loss function and what holds its state: a partial's function, a method's module."""
    found: list[Any] = []
    while function is not None and len(found) < MAX_WRAPPERS:
        found.append(function)
        owner = getattr(function, "__self__", None)
        function = owner if isinstance(owner, nn.Module) else getattr(function, "func", None)
    return found
