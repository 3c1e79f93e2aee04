"""Everything about a model and around it that a sweep might disturb, in a form to compare."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn


def bits(thing: Any) -> Any:
    """Return something comparable that holds every bit of `thing`."""
    if isinstance(thing, torch.Tensor):
        data = (
            thing.detach()
            .cpu()
            .resolve_conj()
            .resolve_neg()
            .reshape(-1)
            .view(torch.uint8)
            .numpy()
            .tobytes()
        )
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
        "storage": {name: tensor.data_ptr() for name, tensor in tensors.items()},
        "form": {name: (t.is_leaf, t.stride()) for name, t in tensors.items()},
        "hooks": {name: dict(p._backward_hooks or ()) for name, p in model.named_parameters()},
        "tensors": bits(tensors),
        "gradients": {name: bits(p.grad) for name, p in model.named_parameters()},
        "requires_grad": {name: p.requires_grad for name, p in model.named_parameters()},
        "modes": {name: module.training for name, module in model.named_modules()},
    }


def random_bits() -> Any:
    """Python's, NumPy's and torch's global generators."""
    return bits([random.getstate(), list(np.random.get_state()), torch.get_rng_state()])


def seed_all(seed: int) -> None:
    """Seed the three global generators."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
