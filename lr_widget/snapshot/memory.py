"""Where the copy of the state goes: beside it on the device, into host memory, or nowhere.

Decided before the first step, and before anything is copied. On a GPU the copy stays on the
device if it takes no more than half of what is free there: the sweep itself needs room for
activations, gradients and optimizer state that may not exist yet. Otherwise it goes to pinned host
memory. Host memory has to have a tenth to spare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil
import torch

from lr_widget.snapshot.states import ArrayState, TensorState

DEVICE_SHARE = 0.5
HOST_SHARE = 0.9
CGROUP = Path("/sys/fs/cgroup")


def copy_all(
    tensors: Sequence[TensorState],
    arrays: Sequence[ArrayState] = (),
    free_on_device: Callable[[torch.device], int | None] | None = None,
    free_on_host: Callable[[], int] | None = None,
) -> None:
    """Copy the bits of all tensors and arrays to where there is room.

    Args:
        tensors: all that belong to the state, each once.
        arrays: all that belong to the state, each once.
        free_on_device: bytes free on a device; None where that is host memory.
        free_on_host: bytes free on the host.

    Raises:
        MemoryError: there is no room for a copy; nothing has been touched.
    """
    needed = {torch.device("cpu"): sum(state.array.nbytes for state in arrays)}
    for state in tensors:
        device = state.elements.device
        needed[device] = needed.get(device, 0) + size_of(state.elements)
    moved = _devices_without_room(needed, free_on_device or device_bytes)
    _check_host(needed, moved, free_on_host or host_bytes)
    copied: dict[int, TensorState] = {}  # by address
    for state in tensors:
        elements = state.elements
        address = elements.data_ptr() if state.has_storage else 0
        known = copied.get(address) if address else None
        if known is not None and _is_same_memory(known.elements, elements):
            state.bits = known.bits
            continue
        state.bits = (
            _to_pinned(elements) if moved and elements.device in moved else elements.clone()
        )
        copied[address] = state
    for array_state in arrays:
        array_state.content = array_state.array.copy()
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
        if limit == "max":
            return available
        used = int((cgroup / "memory.current").read_text())
        lines = (cgroup / "memory.stat").read_text().splitlines()
    except OSError:  # not Linux, or no such group
        return available
    # files that can be dropped from the cache count as used there
    droppable = sum(int(n) for name, n in map(str.split, lines) if name == "inactive_file")
    return min(available, int(limit) - used + droppable)


def _devices_without_room(
    needed: Mapping[torch.device, int], free_on_device: Callable[[torch.device], int | None]
) -> set[torch.device]:
    free = {device: free_on_device(device) for device in needed}
    return {d for d, room in free.items() if room is not None and needed[d] > DEVICE_SHARE * room}


def _check_host(
    needed: Mapping[torch.device, int],
    moved: set[torch.device],
    free_on_host: Callable[[], int],
) -> None:
    size = sum(n for device, n in needed.items() if device.type == "cpu" or device in moved)
    if size and size > HOST_SHARE * (free := free_on_host()):
        where = f"too little room on {', '.join(map(str, moved))} and " if moved else ""
        raise MemoryError(
            "the state of model and optimizer must fit into memory a second time, so that it can "
            f"be put back: it takes {_gigabytes(size)}, with {where}{_gigabytes(free)} of host "
            "memory free"
        )


def size_of(elements: torch.Tensor) -> int:
    """Return how many bytes a copy of a tensor takes."""
    if elements.is_sparse:
        return int(elements._indices().nbytes + elements._values().nbytes)  # noqa: SLF001
    if elements.layout is torch.strided:
        return int(elements.nbytes)
    # compressed rows or columns, and about as many indices
    return 2 * int(elements.values().nbytes)


def _is_same_memory(some: torch.Tensor, other: torch.Tensor) -> bool:
    # a conjugate is another number in the same memory
    return bool(
        some.dtype == other.dtype
        and some.is_conj() == other.is_conj()
        and some.is_neg() == other.is_neg()
        and some.is_set_to(other)
    )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.3g} GB"


def _to_pinned(elements: torch.Tensor) -> torch.Tensor:
    if elements.layout is not torch.strided:
        return elements.cpu()
    host = torch.empty_like(elements, device="cpu", pin_memory=True)
    return host.copy_(elements, non_blocking=True)
