"""Small models and data for the tests, and everything about them that a sweep might disturb.

Imported as `models`: pytest's `pythonpath` names this folder.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

torch.set_num_threads(1)  # the models are tiny: more threads only wait for each other

ROOT = Path(__file__).parent.parent
INPUTS, CLASSES = 8, 3


class Net(nn.Module):
    """Batch-norm, dropout and a buffer: everything that a forward pass can change."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(INPUTS, 16), nn.BatchNorm1d(16), nn.ReLU())
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(16, 16), nn.Linear(16, CLASSES))
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.seen += len(x)
        return self.head(self.body(x))


def dataset(n: int = 40, seed: int = 1) -> torch.utils.data.TensorDataset:
    """Noisy classes that a linear model can tell apart."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, INPUTS, generator=generator)
    noise = torch.randn(n, CLASSES, generator=generator)
    return torch.utils.data.TensorDataset(x, (x[:, :CLASSES] + 0.3 * noise).argmax(1))


def loader(n: int = 40, batch_size: int = 8, **options: Any) -> torch.utils.data.DataLoader:
    return torch.utils.data.DataLoader(dataset(n), batch_size, **{"shuffle": True, **options})


def groups(model: Net, lr: float = 0.01) -> list[dict[str, Any]]:
    parts = (("body", model.body), ("head", model.head))
    return [{"params": list(part.parameters()), "name": name, "lr": lr} for name, part in parts]


def setup(seed: int = 0) -> tuple[Net, torch.optim.Optimizer, Any, torch.utils.data.DataLoader]:
    """What plain PyTorch's form of `lr_find` takes."""
    torch.manual_seed(seed)
    model = Net()
    return model, torch.optim.AdamW(groups(model)), functional.cross_entropy, loader()


def train(model: nn.Module, optimizer: Any, steps: int = 3, lr: float = 0.5) -> None:
    """A few steps of training, large enough to change everything."""
    model.train()
    for _, (x, y) in zip(range(steps), loader(), strict=False):
        optimizer.zero_grad()
        functional.cross_entropy(model(x), y).backward()
        for group in optimizer.param_groups:
            group["lr"] = lr
        optimizer.step()


def bits(thing: Any) -> Any:
    """Return something comparable that holds every bit of `thing`."""
    if isinstance(thing, torch.Tensor):
        data = thing.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes()
        return str(thing.dtype), tuple(thing.shape), data
    if isinstance(thing, np.ndarray):
        return str(thing.dtype), thing.shape, thing.tobytes()
    if isinstance(thing, Mapping):
        return {key if isinstance(key, str) else id(key): bits(v) for key, v in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [bits(item) for item in thing]
    return thing


def model_bits(model: nn.Module) -> dict[str, Any]:
    """Parameters, buffers, gradients, modes; and which objects they are."""
    tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return {
        "identity": {name: id(tensor) for name, tensor in tensors.items()},
        "tensors": bits(tensors),
        "gradients": {name: bits(p.grad) for name, p in model.named_parameters()},
        "requires_grad": {name: p.requires_grad for name, p in model.named_parameters()},
        "modes": {name: module.training for name, module in model.named_modules()},
    }


def random_bits() -> list[Any]:
    """Python's, NumPy's and torch's global generators."""
    return bits([random.getstate(), list(np.random.get_state()), torch.get_rng_state()])


def seed_all(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def run_python(code: str, *, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a script of its own, as a user would; warnings are errors there, too."""
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
