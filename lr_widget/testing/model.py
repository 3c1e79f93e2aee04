"""A small model and small data that a sweep disturbs in every way."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

INPUTS, CLASSES = 8, 3


class Net(nn.Module):
    """Batch-norm, dropout, a buffer and plain attributes: all that a forward pass can change."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(INPUTS, 16), nn.BatchNorm1d(16), nn.ReLU())
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(16, 16), nn.Linear(16, CLASSES))
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))
        self.scale = torch.ones(())  # a tensor that is no buffer, changed in place ...
        self.mean = torch.zeros(16)  # ... and one that is replaced
        self.n_calls, self.sizes = 0, [0]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits, shape `(n, CLASSES)`, for inputs of shape `(n, INPUTS)`."""
        hidden = self.body(x)
        if self.training:
            self.seen += len(x)
            self.scale *= 0.999
            self.mean = 0.9 * self.mean + 0.1 * hidden.detach().mean(0)
            self.n_calls += 1
            self.sizes[0] += len(x)
        logits: torch.Tensor = self.head(hidden - 0.01 * self.mean) * self.scale
        return logits


def dataset(n: int = 40, seed: int = 1) -> torch.utils.data.TensorDataset:
    """Return noisy classes that a linear model can tell apart."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, INPUTS, generator=generator)
    noise = torch.randn(n, CLASSES, generator=generator)
    return torch.utils.data.TensorDataset(x, (x[:, :CLASSES] + 0.3 * noise).argmax(1))


def parts(model: Net, n: int = 2) -> dict[str, list[nn.Parameter]]:
    """Return the model's parameters in one, two or three groups, first layers first."""
    body, head = list(model.body.parameters()), list(model.head.parameters())
    if n == 1:
        return {"all": [*body, *head]}
    if n == 2:
        return {"body": body, "head": head}
    return {"body": body, "neck": head[:2], "head": head[2:]}


def groups(model: Net, n: int = 2, lr: float = 0.01) -> list[dict[str, Any]]:
    """Return the same as parameter groups of a torch optimizer."""
    return [{"params": p, "name": name, "lr": lr} for name, p in parts(model, n).items()]
