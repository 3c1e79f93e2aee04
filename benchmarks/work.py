"""What the benchmarks train: models whose steps take a wanted time, and ones of a wanted size."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from timing import seconds
from torch import nn
from torch.nn import functional

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"

CLASSES = 10
WIDTH = {"cpu": 256, "cuda": 2048}  # such that a copy of the state is small beside a sweep
LR = 1e-7
END_LR = 1e-6  # a sweep up to here trains next to nothing, so nothing diverges


class Work:
    """A small network whose training step takes about a wanted time on this device.

    The time is made by the size of the batch, which is measured out here. Every batch is the same
    one and lies on the device, so a loader costs what its machinery costs.

    Args:
        device: "cpu" or "cuda".
        ms: the time of a step.
    """

    def __init__(self, device: str, ms: float) -> None:
        torch.manual_seed(0)
        width = WIDTH[device]
        hidden = [layer for _ in range(3) for layer in (nn.Linear(width, width), nn.ReLU())]
        self.model = nn.Sequential(*hidden, nn.Linear(width, CLASSES)).to(device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=LR)
        self.loss_fn = functional.cross_entropy
        self.device = device
        size = 64
        for _ in range(6):
            self.batch = self._batch(size)
            self.bare(2)
            measured = median(seconds(lambda: self.bare(10), device) / 10 for _ in range(5))
            size = max(1, round(size * min(8.0, ms / 1e3 / measured)))
        self.batch = self._batch(size)

    def _batch(self, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.randn(size, WIDTH[self.device], device=self.device)
        return x, torch.randint(CLASSES, (size,), device=self.device)

    def bare(self, steps: int) -> None:
        """Train in the plainest way."""
        self.model.train()
        for x, y in self.loader(steps):
            self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            self.optimizer.step()

    def loader(self, steps: int) -> torch.utils.data.DataLoader[Any]:
        """Return a loader of PyTorch's with this many batches."""
        return torch.utils.data.DataLoader([self.batch] * steps, batch_size=None)

    def learner(self, steps: int, path: Path) -> Any:
        """Return a Learner whose training loader has this many batches.

        Args:
            steps: batches in an epoch; the valid set has one.
            path: where fastai's own `lr_find` may save the model.
        """
        from fastai.callback import progress, schedule  # noqa: F401  bring no_bar and lr_find
        from fastai.data.core import DataLoaders
        from fastai.data.load import DataLoader
        from fastai.learner import Learner

        loaders = [DataLoader([self.batch] * n, bs=None, num_workers=0) for n in (steps, 1)]
        return Learner(
            DataLoaders(*loaders, device=self.device), self.model, self.loss_fn, path=path
        )


def fit(learn: Any) -> None:
    """Train a Learner for one epoch, without validation."""
    from fastai.callback.core import Callback, CancelValidException

    class NoValidation(Callback):
        def before_validate(self) -> None:
            raise CancelValidException("only training is timed")

    learn.fit(1, LR, cbs=NoValidation())


def numpy_unit() -> None:
    """Do a fixed piece of NumPy work: what a slow machine needs more of, and a fast one less.

    Small arrays, as our own reading of a curve has them. It takes about a millisecond on the
    machine of docs/cost.md, so that a bound of so many milliseconds there is one of as many units
    on every machine.
    """
    values = np.linspace(-1.0, 1.0, 100)
    for _ in range(50):
        weights = np.exp(-0.5 * (values[:, None] - values[:10]) ** 2)
        np.sort((weights * values[:10]).sum(axis=1) / weights.sum(axis=1))


def deep_model() -> nn.Module:
    """Return the lesson's network, untrained: many modules, few parameters."""
    sys.path.insert(0, str(NOTEBOOKS))
    from efficientnet_lite0 import EfficientNetLite0

    return EfficientNetLite0()


def many_layers(pairs: int = 100) -> nn.Module:
    """Return a network of many small layers, where the package of `deep_model` may be missing."""
    layers = (layer for _ in range(pairs) for layer in (nn.Linear(64, 64), nn.BatchNorm1d(64)))
    return nn.Sequential(*layers)


def wide_model(width: int = 4096) -> nn.Module:
    """Return a network with few modules and many parameters."""
    return nn.Sequential(*(nn.Linear(width, width) for _ in range(3)))


def adam(model: nn.Module) -> torch.optim.Optimizer:
    """Return an optimizer for the model, with its state and without gradients."""
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    optimizer.zero_grad()
    return optimizer


def state_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    """Return parameters, buffers and the tensors of the optimizer's state."""
    kept = [value for state in optimizer.state.values() for value in state.values()]
    found = [*model.parameters(), *model.buffers(), *kept]
    return [thing.detach() for thing in found if isinstance(thing, torch.Tensor)]


def size_of(model: nn.Module) -> str:
    """Return how large a model is, in words."""
    count = sum(parameter.numel() for parameter in model.parameters())
    return f"{count / 1e6:.1f} M parameters in {len(list(model.modules()))} modules"
