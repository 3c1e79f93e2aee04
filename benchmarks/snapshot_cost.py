"""Keeping the state safe and putting it back takes at most 3 times a plain copy of it.

`Snapshot(holders).restore()` beside `[tensor.clone() for tensor in tensors]` of the same tensors:
parameters, buffers and Adam's state. On a deep network (many small tensors) and on a wide one (few
large ones). The restore writes all of it, whether or not something has changed, so the least
possible is about 2.

Then a sweep's snapshot of a large frozen body under a small head that is trained: the body is read
before and after, not copied. Beside reading it once (a sum), and how much memory the copies take.

    python benchmarks/snapshot_cost.py [--quick] [--device cpu|cuda] [--rounds N]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from timing import HEADER, arguments, interleave, ratio_row, table
from torch import nn
from work import adam, deep_model, size_of, state_tensors, wide_model

from lr_widget.snapshot.snapshot import Snapshot

BOUND = 3.0
BOTH = "snapshot, restore"
FROZEN_BOUND = 2.0  # times reading it
FROZEN_SHARE = 5.0  # per cent of the model that the copies may take


def main() -> None:
    """Measure and print."""
    args = arguments(__doc__)
    rounds = args.rounds or (2 if args.quick else 15)
    rows = []
    models = (("deep", deep_model()), ("wide", wide_model(512 if args.quick else 4096)))
    for name, model in models:
        model.to(args.device)
        optimizer = adam(model)
        tensors = state_tensors(model, optimizer)

        taken = interleave(contenders(model, optimizer), rounds, args.device)
        for what, own in taken.items():
            bound = BOUND if what == BOTH else None
            rows.append(ratio_row(f"{name}: {what}", own, taken["copy"], bound))
        size = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
        print(f"{name}: {size_of(model)}, {len(tensors)} tensors, {size / 1e6:.0f} MB of state\n")
    table(f"Snapshot and restore beside one copy, {rounds} rounds", HEADER, rows)
    _measure_frozen(1024 if args.quick else 5000, rounds, args.device)


def _measure_frozen(width: int, rounds: int, device: str) -> None:
    """Print what a frozen body of four square layers costs (400 MB at 5000) under a small head."""
    body = nn.Sequential(*(nn.Linear(width, width) for _ in range(4))).requires_grad_(
        requires_grad=False
    )
    model = nn.Sequential(body, nn.Linear(width, 50)).to(device)
    optimizer = adam(model[1])
    weights = list(body.parameters())

    def keep_and_restore(*, guards: bool) -> float:
        snapshot = Snapshot([model, optimizer], guards_frozen=guards)
        snapshot.restore()
        copies = [state.bits for state in snapshot._tensors.values() if state.bits is not None]  # noqa: SLF001
        snapshot.free()
        return sum(copy.nbytes for copy in copies)

    ways = {
        "reading it": lambda: [weight.sum() for weight in weights],
        BOTH: lambda: keep_and_restore(guards=True),
        "the same, copying it": lambda: keep_and_restore(guards=False),
    }
    taken = interleave(ways, rounds, device)
    bounds = {BOTH: FROZEN_BOUND}
    rows = [
        ratio_row(what, own, taken["reading it"], bounds.get(what)) for what, own in taken.items()
    ]
    size = sum(weight.nbytes for weight in model.parameters())
    share = 100 * keep_and_restore(guards=True) / size
    print(
        f"frozen body: {size / 1e6:.0f} MB; copies take {share:.2g} % (at most {FROZEN_SHARE} %)\n"
    )
    table(f"A frozen body in a sweep, {rounds} rounds", HEADER, rows)


def contenders(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Callable[[], Any]]:
    """Return a plain copy of the state, the base, and what lr_widget does to it."""
    tensors = state_tensors(model, optimizer)

    def copy() -> None:
        [tensor.clone() for tensor in tensors]

    def capture() -> Snapshot:
        return Snapshot([model, optimizer])

    def keep_and_restore() -> None:
        snapshot = capture()
        snapshot.restore()
        snapshot.free()

    return {"copy": copy, "snapshot": capture, BOTH: keep_and_restore}


if __name__ == "__main__":
    main()
