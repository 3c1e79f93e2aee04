"""A Trainer's optimizer: what it is before there is one, and what its parameter groups stand for.

A Trainer makes its optimizer within `train()`, with two groups: weights that decay, and those that
do not. These are no layers. Groups that are layers come from the user, by `optimizers=(optimizer,
None)` or by a `create_optimizer` of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from lr_widget.loops.accelerate import is_prepared, unprepared
from lr_widget.loops.groups import name_groups
from lr_widget.loops.optimizers import set_group_lrs
from lr_widget.loops.protocol import Group

FRAMEWORKS = ("transformers.", "trl.", "sentence_transformers.", "setfit.")


class TrainerOptimizer(NamedTuple):
    """The optimizer of a Trainer.

    Attributes:
        optimizer: the one that makes the steps; or one like it, where `train()` will make it.
        is_users: the user has made it; else the Trainer makes it, and makes it again if it is None.
        has_layers: its groups stand for layers, or there is only one.
    """

    optimizer: Any
    is_users: bool
    has_layers: bool

    def groups(self, model: torch.nn.Module) -> list[Group]:
        """Return the names of its groups."""
        groups = self.optimizer.param_groups
        if self.has_layers:
            given = [group.get("name") for group in groups]
            return name_groups(model, [group["params"] for group in groups], given)
        if len(groups) == 2:
            names = ["weight decay", "no weight decay"]
        else:
            names = [f"group {i}" for i in range(len(groups))]
        return [Group(name, frozen=False) for name in names]  # it holds only what trains


def optimizer_of(trainer: Any) -> TrainerOptimizer:
    """Return the optimizer that `train()` would train with; changes nothing."""
    held = trainer.optimizer
    inner = unprepared(held)
    if inner is None:
        made, is_users = made_by(trainer), False
    elif not is_prepared(held):  # it has not been in `train()` yet, so the Trainer has not made it
        made, is_users = inner, True
    else:
        is_users = _parameters(inner) != _parameters(made_by(trainer))
        made = inner
    return TrainerOptimizer(made, is_users, _has_layers(trainer, made, is_users=is_users))


def made_by(trainer: Any) -> Any:
    """Return an optimizer as `train()` would make it; the Trainer keeps the one that it has."""
    held = trainer.optimizer
    trainer.optimizer = None
    try:
        trainer.create_optimizer()
        return unprepared(trainer.optimizer)
    finally:
        trainer.optimizer = held


def set_rates(optimizer: Any, lrs: Sequence[float]) -> None:
    """Give every group its rate, also as the one that a schedule begins from."""
    set_group_lrs(optimizer, lrs)
    for group, lr in zip(optimizer.param_groups, lrs, strict=True):
        # a schedule keeps the one that an earlier schedule has begun from
        group["initial_lr"] = lr


def _has_layers(trainer: Any, optimizer: Any, *, is_users: bool) -> bool:
    parts = _parameters(optimizer)
    if len(parts) == 1:
        return True
    if parts == _decay_and_none(trainer, optimizer):
        return False
    return is_users or not _by_framework(trainer.create_optimizer)


def _parameters(optimizer: Any) -> list[set[int]]:
    return [{id(p) for p in group["params"]} for group in optimizer.param_groups]


def _decay_and_none(trainer: Any, optimizer: Any) -> list[set[int]]:
    names = set(trainer.get_decay_parameter_names(trainer.model))
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    named = [(name, id(p)) for name, p in trainer.model.named_parameters() if id(p) in held]
    decay = {key for name, key in named if name in names}
    return [decay, {key for _, key in named} - decay]


def _by_framework(method: Any) -> bool:
    return str(getattr(method, "__module__", "")).startswith(FRAMEWORKS)
