"""After a sweep all is bit for bit as before, and what is trained next is what it would have been.

For optimizers that work on the device in their own ways, in three precisions, fresh and trained,
with the copy of the state beside it on the device and in pinned host memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import product
from typing import Any
from unittest import mock

import torch
from torch import nn
from torch.nn import functional
from work import state_tensors

from gpu_parts.row import NEEDS_CUDA, Row, Setting, check, not_run
from lr_widget import lr_find
from lr_widget.snapshot import memory
from lr_widget.testing import bits

STEPS = 20
LR = 0.01
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD, fused": lambda params: torch.optim.SGD(params, lr=LR, momentum=0.9, fused=True),
    "Adam, fused": lambda params: torch.optim.Adam(params, lr=LR, fused=True),
    "AdamW with amsgrad, foreach": lambda params: torch.optim.AdamW(
        params, lr=LR, amsgrad=True, foreach=True
    ),
    "Adam, capturable": lambda params: torch.optim.Adam(params, lr=LR, capturable=True),
    "Adam, capturable, its rate a tensor": lambda params: torch.optim.Adam(
        params, lr=torch.tensor(LR, device="cuda"), capturable=True
    ),
}
CUDA_ONLY = "capturable"
PRECISIONS = {"float32": None, "bfloat16": torch.bfloat16, "float16 with GradScaler": torch.float16}
PLACES = ("on the device", "in pinned host memory")


class Training:
    """A small network in training: batch norm, dropout, and inputs drawn on the device."""

    def __init__(self, device: str, optimizer: str, precision: str) -> None:
        bits.seed_all(3)
        layers = (nn.Linear(32, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.3))
        self.model = nn.Sequential(*layers, nn.Linear(128, 128), nn.Linear(128, 3)).to(device)
        self.optimizer = OPTIMIZERS[optimizer](self.model.parameters())
        self.device, self.dtype = device, PRECISIONS[precision]
        scaled = self.dtype is torch.float16
        self.scaler = torch.amp.GradScaler(device, enabled=scaled)
        self.also = [self.scaler] if scaled else []

    def step(self) -> torch.Tensor:
        """Make one step, as somebody who trains in lower precision writes it."""
        x = torch.randn(64, 32, device=self.device)
        y = torch.randint(3, (64,), device=self.device)
        self.optimizer.zero_grad()
        with torch.autocast(self.device, self.dtype) if self.dtype else nullcontext():
            loss = functional.cross_entropy(self.model(x), y)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss

    def bits(self) -> dict[str, Any]:
        """Return all that has to be the same."""
        return {
            "model": bits.model_bits(self.model),
            "optimizer": bits.bits([self.optimizer.state, self.optimizer.state_dict()]),
            "scaler": bits.bits(self.scaler.state_dict()),
            "random states": bits.random_bits(),
            "random states of the device": bits.bits(_device_random_states(self.device)),
        }

    def values(self) -> dict[str, Any]:
        """Return what two trainings of the same seed have in common."""
        holders = (self.model, self.optimizer, self.scaler)
        return {
            "values": bits.bits([holder.state_dict() for holder in holders]),
            "random states of the device": bits.bits(_device_random_states(self.device)),
        }


def rows(setting: Setting) -> Iterator[Row]:
    """Go through optimizers and places."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    for name, place in product(OPTIMIZERS, PLACES if setting.has_cuda else PLACES[:1]):
        what = f"{name}; copy {place}"
        if CUDA_ONLY in name and not setting.has_cuda:
            yield not_run(what, NEEDS_CUDA)
            continue
        cases = list(product(PRECISIONS, (False, True)))
        faults = []
        with _copies(place):
            for precision, trained in cases:
                case = f"{precision}, {'trained' if trained else 'fresh'}"
                found = compare(setting, name, precision, trained=trained, place=place)
                faults += [f"{case}: {fault}" for fault in found]
        yield check(what, faults, f"{len(cases)} of {len(cases)} sweeps bit for bit")
    if not setting.has_cuda:
        yield not_run(f"copy {PLACES[1]}", NEEDS_CUDA)


def compare(
    setting: Setting, optimizer: str, precision: str, *, trained: bool, place: str
) -> list[str]:
    """Return what differs after a sweep, and in the steps that follow, from no sweep at all."""
    faults, ends = [], []
    for swept in (False, True):
        training = Training(setting.device, optimizer, precision)
        losses = [float(training.step().detach()) for _ in range(3 if trained else 0)]
        if swept:
            before = training.bits()
            placed = sweep(training)
            after = training.bits()
            faults += [f"{name} differ" for name in before if before[name] != after[name]]
            if trained and setting.has_cuda and placed != place:
                faults.append(f"the copy was {placed}")
        losses += [float(training.step().detach()) for _ in range(3)]
        ends.append((losses, training.values()))
    if ends[0] != ends[1]:
        faults.append("the next steps differ")
    return faults


def sweep(training: Training) -> str:
    """Sweep up to rates that change everything, and return where the copy of the state was."""
    state = sum(tensor.nbytes for tensor in state_tensors(training.model, training.optimizer))
    before, in_step = torch.cuda.memory_allocated(), []

    def step() -> torch.Tensor:
        in_step.append(torch.cuda.memory_allocated())
        return training.step()

    picker = lr_find(
        step=step,
        optimizer=training.optimizer,
        model=training.model,
        also=training.also,
        num_it=STEPS,
        start_lr=1e-4,
        end_lr=1.0,
        stop_div=False,
        show=False,
    )
    if len(picker.sweep) != STEPS:
        raise AssertionError(f"{len(picker.sweep)} of {STEPS} steps: {picker.sweep.stop_reason}")
    return PLACES[0] if in_step[0] - before > state / 2 else PLACES[1]


def _copies(place: str) -> Any:
    """Return a context in which the device has as much room as it has, or none."""
    if place == PLACES[0]:
        return nullcontext()
    return mock.patch.object(memory, "device_bytes", return_value=0)


def _device_random_states(device: str) -> list[torch.Tensor]:
    return torch.cuda.get_rng_state_all() if device == "cuda" else []
