"""An empty step costs at most 50 microseconds more in a sweep, an empty sweep about 10 ms.

The step function returns the same loss each time and does nothing else, so what a sweep takes
longer than a bare loop over it is lr_widget's own. Sweeps of 100, 400 and 1600 steps lie on a
line: its slope is the time added per step, where it starts is the time added per sweep, picker and
pick included. The latter also for a network of 205 modules with Adam's state, less the time of a
plain copy of that state there and back, and in units of this machine (`work.numpy_unit`), so that
the bound is one on every machine.

    python benchmarks/step_cost.py [--quick] [--device cpu|cuda] [--rounds N]
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np
import torch
from timing import Seconds, arguments, holds, interleave, table
from torch import nn
from work import adam, deep_model, numpy_unit, size_of, state_tensors

from lr_widget import lr_find

PER_STEP_US = 50
UNITS = 10  # per sweep: each a millisecond on the machine of docs/cost.md


def main() -> None:
    """Measure and print."""
    args = arguments(__doc__)
    sizes = (10, 50) if args.quick else (100, 400, 1600)
    rounds = args.rounds or (2 if args.quick else 15)
    rows = []
    tiny = nn.Linear(2, 2)
    for name, model in (("tiny", tiny), ("deep", deep_model())):
        taken = measure(model.to(args.device), sizes, rounds, args.device)
        # per round a line through its sizes: (slope, start)
        added = [np.subtract(taken[f"sweep {n}"], taken[f"bare {n}"]) for n in sizes]
        slopes, starts = np.polyfit(sizes, added, 1)
        what = f"{name}: {size_of(model)}"
        rows.append(row(what, "per step", 1e6 * slopes, "µs", PER_STEP_US))
        copies = np.array(taken["copies"])
        rows.append(row(what, "copies of the state", 1e3 * copies, "ms", None))
        own, unit = starts - copies, median(taken["unit"])
        rows.append(row(what, "per sweep, less copies", 1e3 * own, "ms", None))
        rows.append(
            row(what, f"the same, in units of {1e3 * unit:.2f} ms", own / unit, "units", UNITS)
        )
    header = ("model", "time added", "median", "lowest..highest", "bound", "holds")
    table("An empty step", header, rows)


def measure(model: nn.Module, sizes: Sequence[int], rounds: int, device: str) -> Seconds:
    """Time bare loops and sweeps of several lengths, and a copy of the state there and back."""
    optimizer = adam(model)
    tensors = state_tensors(model, optimizer)
    loss = torch.tensor(1.0, device=device)

    def step() -> torch.Tensor:
        return loss

    def bare(steps: int) -> None:
        for _ in range(steps):
            step()

    def sweep(steps: int) -> None:
        lr_find(step=step, optimizer=optimizer, model=model, num_it=steps, show=False)

    def copies() -> None:
        kept = [tensor.clone() for tensor in tensors]
        for tensor, copy in zip(tensors, kept, strict=True):
            tensor.copy_(copy)

    contenders = {"copies": copies, "unit": numpy_unit}
    for n in sizes:
        contenders[f"bare {n}"] = lambda n=n: bare(n)
        contenders[f"sweep {n}"] = lambda n=n: sweep(n)
    return interleave(contenders, rounds, device)


def row(what: str, kind: str, values: np.ndarray, unit: str, bound: float | None) -> list[str]:
    """Return a line of the table."""
    middle = median(values)
    spread = f"{min(values):.1f}..{max(values):.1f} {unit}"
    limit = "" if bound is None else f"{bound} {unit}"
    return [what, kind, f"{middle:.1f} {unit}", spread, limit, holds(middle, bound)]


if __name__ == "__main__":
    main()
