"""A step that runs out of the device's memory, for real, leaves everything as it was.

The step takes all that is free, so the next allocation fails, and keeps holding it: the state comes
back on a full card. Once with the copy of the state on the device; once on a card so nearly full
that lr_widget chooses pinned host memory by itself.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from gpu_parts.row import NEEDS_CUDA, Row, Setting, check, not_run
from lr_widget import lr_find
from lr_widget.engine.range_test import LAG
from lr_widget.testing import bits

WIDTH = 2048
FATAL = 12  # the step that runs out of memory
MIB = 2**20
PLACES = {"on the device": False, "in pinned host memory": True}


class Card:
    """The device's memory, taken for real."""

    def __init__(self) -> None:
        self.blocks: list[torch.Tensor] = []

    def take(self, leave: int) -> None:
        """Take what is free, in ever smaller blocks, but for so many bytes."""
        torch.cuda.empty_cache()
        size = torch.cuda.mem_get_info()[0] - leave
        while size >= MIB:
            try:
                self.blocks.append(torch.empty(size, dtype=torch.uint8, device="cuda"))
            except torch.OutOfMemoryError:
                size //= 2
            else:
                size = min(size, torch.cuda.mem_get_info()[0] - leave)

    def run_out(self) -> None:
        """Take everything, and ask for more.

        Raises:
            torch.OutOfMemoryError: the device's own.
        """
        self.take(leave=0)
        self.blocks.append(torch.empty(1024 * MIB, dtype=torch.uint8, device="cuda"))

    def give_back(self) -> None:
        """Give all of it back."""
        self.blocks.clear()

    def allocated(self) -> int:
        """Return the bytes that tensors hold."""
        return int(torch.cuda.memory_allocated())


def rows(setting: Setting) -> Iterator[Row]:
    """Run out of memory with the copy in either place."""
    if not setting.has_cuda:
        yield not_run("out of memory in a step", NEEDS_CUDA)
        return
    for place in PLACES:
        yield from case(setting.device, place, Card())


def case(device: str, place: str, card: Any) -> Iterator[Row]:
    """Sweep until the memory is full, and look at what is left."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 8)).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    x, made, starts = torch.randn(16, WIDTH, device=device), [], []

    def step(fatal: int = FATAL) -> torch.Tensor:
        starts.append(card.allocated())
        made.append(1)
        if len(made) == fatal:
            card.run_out()
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        optimizer.step()
        return loss

    step()
    base = card.allocated()
    state = 3 * sum(p.nbytes for p in model.parameters())  # with momentum and gradients
    if PLACES[place]:
        card.take(leave=3 * state // 2)
    made.clear()
    starts.clear()
    before, held = snapshot(model, optimizer), card.allocated()
    error = None
    try:
        lr_find(step=step, optimizer=optimizer, model=model, show=False)
    except torch.OutOfMemoryError as caught:
        error = caught
    full = card.allocated() - held  # what the step took is still held: the card is full
    after = snapshot(model, optimizer)
    yield _told(f"copy {place}: the error", error)
    faults = [f"{name} differ" for name in before if before[name] != after[name]]
    yield check(f"copy {place}: put back on a full card", faults, "bit for bit")
    found = "on the device" if starts[0] - held > state / 2 else "in pinned host memory"
    faults = [] if found == place else [f"it was {found}"]
    yield check(f"copy {place}: where it was", faults, f"{found}; then {full / 1e9:.3g} GB taken")
    del error
    card.give_back()
    gc.collect()
    made.clear()
    again = lr_find(
        step=lambda: step(fatal=0), optimizer=optimizer, model=model, num_it=20, show=False
    )
    faults = [] if again.status == "finished" else [f"the next sweep {again.status}"]
    if (left := card.allocated() - base) > 0.01 * state:
        faults.append(f"{left / 1e6:.1f} MB are still taken")
    yield check(f"copy {place}: afterwards", faults, "the next sweep finished, all memory is back")


def snapshot(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Return all that has to be the same."""
    random = [torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []]
    return {
        "model": bits.model_bits(model),
        "optimizer": bits.bits([optimizer.state, optimizer.state_dict()]),
        "random states": [bits.random_bits(), bits.bits(random)],
    }


def _told(what: str, error: Any) -> Row:
    """Return the line on what the user learns, and keeps."""
    if error is None:
        return check(what, ["nothing was raised"], "")
    picker = error.picker
    faults = [] if picker.status == "failed" else [f"the picker says {picker.status}"]
    kept = len(picker.sweep)
    # losses that have not arrived by then are lost: the decisions wait for those LAG steps back
    if not FATAL - 2 - LAG <= kept < FATAL:
        faults.append(f"{kept} of {FATAL - 1} points were kept")
    return check(what, faults, f"raised, {kept} of {FATAL - 1} points kept")
