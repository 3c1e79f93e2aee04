"""Where the copy of the state goes: beside it on the device, into host memory, or nowhere.

Decided before the first step, and before anything is copied. On a GPU the copy stays on the
device if it takes no more than half of what is free there: the sweep itself needs room for
activations, gradients and optimizer state that may not exist yet. Otherwise it goes to pinned host
memory. Host memory has to have a tenth to spare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import torch

from lr_widget.states import TensorState

DEVICE_SHARE = 0.5
HOST_SHARE = 0.9
CGROUP = Path("/sys/fs/cgroup")


def copy_all(
    tensors: Sequence[TensorState],
    free_on_device: Callable[[torch.device], int | None] | None = None,
    free_on_host: Callable[[], int] | None = None,
) -> None:
    """Copy the bits of all tensors to where there is room.

    Args:
        tensors: all that belongs to the state, each tensor once.
        free_on_device: bytes free on a device; None where that is host memory.
        free_on_host: bytes free on the host.

    Raises:
        MemoryError: there is no room for a copy; nothing has been touched.
    """
    moved = _devices_without_room(tensors, free_on_device or device_bytes)
    _check_host(tensors, moved, free_on_host or host_bytes)
    copies: dict[Any, torch.Tensor] = {}

    def copy(elements: torch.Tensor) -> torch.Tensor:
        key = _place_in_memory(elements)
        if key not in copies:
            copies[key] = _to_pinned(elements) if elements.device in moved else elements.clone()
        return copies[key]

    for state in tensors:
        state.copy(copy)
    for device in moved:  # the copies have to be whole before the first step changes anything
        torch.cuda.synchronize(device)


def device_bytes(device: torch.device) -> int | None:
    """Return how many bytes a new tensor on a GPU could take; None for a device without its own."""
    if device.type != "cuda":
        return None
    free, _total = torch.cuda.mem_get_info(device)
    cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(free + cached)


def host_bytes(cgroup: Path = CGROUP) -> int:
    """Return how many bytes of host memory this process can still take.

    In a container that is what its control group leaves: a process that takes more is killed, and
    the user's session with it.
    """
    available = int(psutil.virtual_memory().available)
    try:
        limit = (cgroup / "memory.max").read_text().strip()
        used = int((cgroup / "memory.current").read_text())
        lines = (cgroup / "memory.stat").read_text().splitlines()
    except OSError:  # not Linux, or no such group
        return available
    if limit == "max":
        return available
    # files that can be dropped from the cache count as used there
    droppable = sum(int(n) for name, n in map(str.split, lines) if name == "inactive_file")
    return min(available, int(limit) - used + droppable)


def _devices_without_room(
    tensors: Sequence[TensorState], free_on_device: Callable[[torch.device], int | None]
) -> set[torch.device]:
    needed: Counter[torch.device] = Counter()
    for state in tensors:
        needed[state.elements.device] += _size(state)
    moved = set()
    for device, size in needed.items():
        free = free_on_device(device)
        if free is not None and size > DEVICE_SHARE * free:
            moved.add(device)
    return moved


def _check_host(
    tensors: Sequence[TensorState], moved: set[torch.device], free_on_host: Callable[[], int]
) -> None:
    size = sum(
        _size(s) for s in tensors if s.elements.device.type == "cpu" or s.elements.device in moved
    )
    if size and size > HOST_SHARE * (free := free_on_host()):
        where = f"too little room on {', '.join(map(str, moved))} and " if moved else ""
        raise MemoryError(
            "the state of model and optimizer must fit into memory a second time, so that it can "
            f"be put back: it takes {_gigabytes(size)}, with {where}{_gigabytes(free)} of host "
            "memory free"
        )


def _place_in_memory(elements: torch.Tensor) -> Any:
    """Return the same for two tensors that are the same memory in the same form."""
    if elements.layout is not torch.strided or not elements.numel():
        return id(elements)
    form = elements.dtype, elements.shape, elements.stride()
    return elements.device, elements.data_ptr(), *form


def _size(state: TensorState) -> int:
    elements = state.elements
    if elements.layout is not torch.strided:
        return int(elements._nnz() * elements.element_size()) if elements.is_sparse else 0  # noqa: SLF001
    return int(elements.numel() * elements.element_size())


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.3g} GB"


def _to_pinned(elements: torch.Tensor) -> torch.Tensor:
    if elements.layout is not torch.strided:
        return elements.cpu()
    host = torch.empty_like(elements, device="cpu", pin_memory=True)
    return host.copy_(elements, non_blocking=True)
