"""What a loop needs of a loader, of its batches and of a loss function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

MAX_WRAPPERS = 10  # around a function: more than anybody has, should they go in a circle


def check_loader(loader: Any, name: str = "loader") -> None:
    """Check that a loader can be iterated again and again.

    Args:
        loader: the loader.
        name: of the argument.

    Raises:
        TypeError: it is no iterable.
        ValueError: it is an iterator, or has no batch.
    """
    iterable = hasattr(loader, "__iter__") or hasattr(loader, "__getitem__")
    if not iterable or isinstance(loader, (str, bytes)):
        raise TypeError(f"{name} must be an iterable of batches, got {loader!r}")
    if isinstance(loader, Iterator):
        raise ValueError(  # noqa: TRY004  the right kind of thing, but spent after one epoch
            f"{name} must be one that can be iterated again (a DataLoader, a list), got an "
            f"iterator that the sweep would use up: {loader!r}"
        )
    if has_length(loader) and len(loader) == 0:
        raise ValueError(f"{name} must yield at least one batch, got an empty one: {loader!r}")


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


def forget_workers(loader: Any) -> None:
    """Let a loader whose workers stay start others for the sweep.

    A worker's random state lives in its process, where nobody can put it back.
    """
    if getattr(loader, "_iterator", None) is not None:
        loader._iterator = None  # noqa: SLF001  the snapshot brings the old one back


def loader_parts(loader: Any) -> list[Any]:
    """Return what of a loader holds state, each once: not its data."""
    if isinstance(loader, (list, tuple)):
        return []
    batch_sampler = getattr(loader, "batch_sampler", None)
    sampler = getattr(loader, "sampler", None)
    collate = [getattr(loader, name, None) for name in ("collate_fn", "worker_init_fn")]
    parts = [loader, sampler, batch_sampler, getattr(batch_sampler, "sampler", None), *collate]
    return list({id(part): part for part in parts if part is not None}.values())


def loader_generators(loader: Any) -> list[Any]:
    """Return the torch generators of a loader and of its samplers, each once."""
    found = [getattr(part, "generator", None) for part in loader_parts(loader)]
    return list({id(g): g for g in found if isinstance(g, torch.Generator)}.values())


def to_device(batch: Any, device: torch.device) -> Any:
    """Return the batch with every tensor in it on `device`; containers keep their types."""
    if isinstance(batch, torch.Tensor):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, Mapping):
        return {key: to_device(value, device) for key, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(to_device(value, device) for value in batch))
    if isinstance(batch, (tuple, list)):
        return type(batch)(to_device(value, device) for value in batch)
    return batch


def batch_size(batch: Any) -> int:
    """Return how many items a batch has: the length of its first tensor."""
    parts = batch.values() if isinstance(batch, Mapping) else batch
    sizes = [len(part) for part in parts if isinstance(part, torch.Tensor) and part.dim()]
    return sizes[0] if sizes else 1


def unwrapped(function: Any) -> list[Any]:
    """Return a loss function and what holds its state: a partial's function, a method's module."""
    found: list[Any] = []
    while function is not None and len(found) < MAX_WRAPPERS:
        found.append(function)
        owner = getattr(function, "__self__", None)
        function = owner if isinstance(owner, nn.Module) else getattr(function, "func", None)
    return found
