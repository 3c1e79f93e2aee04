"""What a type checker, and so an editor, makes of calls of `lr_find`."""

from pathlib import Path

import pytest
from mypy import api

import lr_widget

ROOT = Path(lr_widget.__file__).parents[1]

# What the overloads name of packages that are slow to read, or not installed.
STUBS = {
    "torch/__init__.pyi": "from . import nn as nn, optim as optim",
    "torch/nn/__init__.pyi": "class Module:\n    def __getattr__(self, name: str) -> Module: ...",
    "torch/optim/__init__.pyi": "class Optimizer: ...",
    "transformers/__init__.pyi": "class Trainer: ...",
}
HEAD = """
from torch.nn import Module
from torch.optim import Optimizer
from transformers import Trainer
from lr_widget import LRPicker, lr_find

class Learner: ...

class LightningTrainer:
    def __init__(self) -> None:
        self.fit_loop = 1

def find(
    learn: Learner, trainer: Trainer, lightning: LightningTrainer, model: Module,
    optimizer: Optimizer, loader: list[int],
) -> LRPicker:
    return lr_find({})
"""
GOOD = (
    "learn",
    "learn, num_it=50, guess=True",
    "trainer, label='b'",
    "model, optimizer, print, loader",
    "model, optimizer, loss_fn=print, loader=loader, also=[model]",
    "lightning, model, train_dataloaders=loader",
    "lightning, module=model, datamodule=3",
    "step=print, optimizer=optimizer, model=model",
)
BAD = (
    "",
    "model, optimizer",
    "model, optimizer, print",
    "optimizer, model, print, loader",
    "lightning, model, loss_fn=print",
    "step=print, model=model",
    "learn, num_its=50",
    "learn, label=3",
)


@pytest.mark.thorough
def test_each_form_is_taken_and_no_other(tmp_path):
    for name, text in STUBS.items():
        path = tmp_path / "stubs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    config = tmp_path / "mypy.ini"
    folders = f"{tmp_path / 'stubs'}, {ROOT / 'stubs'}, {ROOT}"
    rules = "ignore_missing_imports = True\nfollow_imports = silent"
    config.write_text(f"[mypy]\nmypy_path = {folders}\n{rules}\n", "utf-8")
    calls = {tmp_path / f"call_{i}.py": call for i, call in enumerate((*GOOD, *BAD))}
    for path, call in calls.items():
        path.write_text(HEAD.format(call), "utf-8")
    cache = str(tmp_path / "cache")
    said, trouble, _ = api.run(
        ["--config-file", str(config), "--cache-dir", cache, *map(str, calls)]
    )
    assert trouble == ""
    wrong = {call for path, call in calls.items() if f"{path.name}:" in said}
    assert wrong == set(BAD), said
