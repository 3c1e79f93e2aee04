"""Keeping the state safe and putting it back, beside one plain copy of it.

With the copy on the device, beside a clone there; and with the copy in pinned host memory, beside a
copy into such memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import torch
from snapshot_cost import BOTH, BOUND, contenders
from timing import Seconds, interleave
from work import adam, many_layers, size_of, state_tensors, wide_model

from gpu_parts.row import NEEDS_CUDA, Row, Setting, not_run
from gpu_parts.timed import timed
from lr_widget.snapshot import memory


def rows(setting: Setting) -> Iterator[Row]:
    """Time a model of many small tensors, and one of few large ones."""
    rounds = 2 if setting.quick else 15
    wide = wide_model(64 if setting.quick else 4096)
    for name, model in (("many layers", many_layers(5 if setting.quick else 100)), ("wide", wide)):
        model.to(setting.device)
        optimizer = adam(model)
        tensors = state_tensors(model, optimizer)
        size = sum(tensor.nbytes for tensor in tensors)
        yield Row(name, f"{size_of(model)}, {len(tensors)} tensors, {size / 1e6:.0f} MB of state")
        own = contenders(model, optimizer)
        taken = interleave(own, rounds, setting.device)
        yield from _lines(f"{name}, on the device", taken, "copy")
        if not setting.has_cuda:
            yield not_run(f"{name}, in pinned host memory", NEEDS_CUDA)
            continue
        own = {"copy to the host": lambda tensors=tensors: to_pinned(tensors), **own}
        del own["copy"]
        with mock.patch.object(memory, "device_bytes", return_value=0):
            taken = interleave(own, rounds, setting.device)
        yield from _lines(f"{name}, in pinned host memory", taken, "copy to the host")


def to_pinned(tensors: list[torch.Tensor]) -> None:
    """Copy tensors into pinned host memory, in the plainest way that does not wait for each."""
    for tensor in tensors:
        host = torch.empty_like(tensor, device="cpu", pin_memory=True)
        host.copy_(tensor, non_blocking=True)


def _lines(where: str, taken: Seconds, base: str) -> Iterator[Row]:
    for what, own in taken.items():
        yield timed(f"{where}: {what}", own, taken[base], BOUND if what == BOTH else None)
