"""A sweep that diverges early makes at most k steps more than its record has points.

Several models are swept up to a rate at which all diverge, with a step function that counts its
calls. The record ends at the step that was found to have diverged; that is found at most k = LAG
steps later, so that a GPU is not waited for. The time is shown as a share of a sweep of as many
steps whose rates are too small to diverge, beside the share of the steps that were made.

    python benchmarks/early_end.py [--quick] [--device cpu|cuda] [--rounds N]
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from timing import arguments, holds, interleave, table
from torch import nn
from torch.nn import functional

from lr_widget import LRPicker, lr_find
from lr_widget.engine.range_test import LAG

INPUTS, CLASSES, BATCH = 64, 5, 256
START_LR, HIGH_LR, LOW_LR = 1e-7, 1e4, 1e-6  # all diverge below the high one, none below the low

Optimizer = Callable[..., torch.optim.Optimizer]


def sgd(parameters: Any) -> torch.optim.Optimizer:
    """SGD with momentum."""
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)


def line() -> nn.Module:
    """One layer."""
    return nn.Linear(INPUTS, CLASSES)


def layers(depth: int = 4, width: int = 256) -> nn.Module:
    """Several layers with batch normalisation."""
    hidden = [nn.Linear(INPUTS, width), nn.BatchNorm1d(width), nn.ReLU()]
    for _ in range(depth - 1):
        hidden += [nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU()]
    return nn.Sequential(*hidden, nn.Linear(width, CLASSES))


def pictures() -> nn.Module:
    """A small convolutional network."""
    shape = nn.Unflatten(1, (1, 8, 8))
    convolutions = (nn.Conv2d(1, 16, 3), nn.ReLU(), nn.Conv2d(16, 32, 3), nn.ReLU())
    return nn.Sequential(shape, *convolutions, nn.Flatten(), nn.Linear(512, CLASSES))


def squared(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """A loss that grows with the square, up to infinity."""
    return functional.mse_loss(output, functional.one_hot(target, CLASSES).float())


CASES = (
    ("linear, squared error, SGD", line, squared, sgd),
    ("linear, cross-entropy, Adam", line, functional.cross_entropy, torch.optim.Adam),
    ("4 layers, cross-entropy, SGD", layers, functional.cross_entropy, sgd),
    ("4 layers, cross-entropy, Adam", layers, functional.cross_entropy, torch.optim.Adam),
    ("convolutions, cross-entropy, Adam", pictures, functional.cross_entropy, torch.optim.Adam),
)


class Counted:
    """A training step that counts its calls."""

    def __init__(self, model: nn.Module, loss_fn: Any, make: Optimizer, device: str) -> None:
        self.model = model.to(device)
        self.optimizer = make(self.model.parameters())
        self.loss_fn = loss_fn
        x = torch.randn(8, BATCH, INPUTS, device=device)
        y = (x[..., :CLASSES] + 0.3 * torch.randn(8, BATCH, CLASSES, device=device)).argmax(-1)
        self.batches = list(zip(x, y, strict=True))
        self.calls = 0

    def __call__(self) -> torch.Tensor:
        """Make a step, and return its loss."""
        x, y = self.batches[self.calls % len(self.batches)]
        self.calls += 1
        self.optimizer.zero_grad()
        loss = self.loss_fn(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss

    def sweep(self, end_lr: float, steps: int) -> LRPicker:
        """Run a sweep; counts from 0."""
        self.calls = 0
        return lr_find(
            step=self,
            optimizer=self.optimizer,
            model=self.model,
            start_lr=START_LR,
            end_lr=end_lr,
            num_it=steps,
            show=False,
        )


def main() -> None:
    """Measure and print."""
    args = arguments(__doc__)
    steps = 40 if args.quick else 300
    rounds = args.rounds or (1 if args.quick else 5)
    rows = []
    for name, build, loss_fn, make in CASES:
        torch.manual_seed(0)
        step = Counted(build(), loss_fn, make, args.device)
        sweep = step.sweep(HIGH_LR, steps).sweep
        made = step.calls
        contenders = {
            "whole": lambda step=step: step.sweep(LOW_LR, steps),
            "early": lambda step=step: step.sweep(HIGH_LR, steps),
        }
        taken = interleave(contenders, rounds, args.device)
        share = median(taken["early"]) / median(taken["whole"])
        more = made - len(sweep)
        counts = [sweep.stop_reason, str(made), str(len(sweep)), str(more), str(LAG)]
        rows.append([name, *counts, holds(more, LAG), f"{made / steps:.2f}", f"{share:.2f}"])
    header = ("model", "ended", "steps", "points", "more", "bound: k", "holds")
    table(
        f"A sweep of {steps} steps that ends early, {rounds} rounds",
        (*header, "share of steps", "share of time"),
        rows,
    )


if __name__ == "__main__":
    main()
