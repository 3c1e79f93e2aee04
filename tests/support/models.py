"""Small models and data for the tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from lr_widget.testing.bits import bits, model_bits, random_bits, seed_all
from lr_widget.testing.model import CLASSES, INPUTS, Net, dataset, groups

__all__ = ["CLASSES", "INPUTS", "Net", "bits", "dataset", "groups", "model_bits", "random_bits"]
__all__ += ["loader", "run_python", "seed_all", "setup", "train"]

torch.set_num_threads(1)  # the models are tiny: more threads only wait for each other

ROOT = Path(__file__).parents[2]


def loader(n: int = 40, batch_size: int = 8, **options: Any) -> torch.utils.data.DataLoader:
    return torch.utils.data.DataLoader(dataset(n), batch_size, **{"shuffle": True, **options})


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


def run_python(code: str, *, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a script of its own, as a user would; warnings are errors there, too."""
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
