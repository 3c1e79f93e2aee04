"""A Trainer's optimizer: what it is before there is one, and what its parameter groups stand for.

A Trainer makes its optimizer within `train()`, with two groups: weights that decay, and those that
do not. These are no layers. Groups that are layers come from the user, by `optimizers=(optimizer,
None)` or by a `create_optimizer` of their own.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch

from lr_widget.loops.accelerate import is_prepared, unprepared
from lr_widget.loops.groups import name_groups
from lr_widget.loops.meanwhile import Meanwhile
from lr_widget.loops.optimizers import set_group_lrs
from lr_widget.loops.protocol import Group
from lr_widget.loops.transformers.own_schedule import is_given

FRAMEWORKS = ("transformers.", "trl.", "sentence_transformers.", "setfit.")
PROBE = 1.2345e-4  # a rate that nobody has by chance
ROUNDING = 1e-6  # relative: a tensor of float32 holds no rate exactly
# Keywords that the Trainer takes out of `optimizer_cls_and_kwargs`, each for the parameter groups.
TAKEN_OUT = ("params", "model", "optimizer_dict")


class TrainerOptimizer(NamedTuple):
    """The optimizer of a Trainer.

    Attributes:
        optimizer: the one that makes the steps; or one like it, where `train()` will make it.
        is_users: the user has made it; else the Trainer makes it, and makes it again if it is None.
        keeps_rates: `train()` trains one that is there from the rates that it has; else a
            `create_optimizer` of the user's makes another one every time, or sets its rates.
        has_layers: its groups stand for layers, or there is only one.
    """

    optimizer: Any
    is_users: bool
    keeps_rates: bool
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
    held, inner = trainer.optimizer, unprepared(trainer.optimizer)
    is_kept = keeps_rates = _by_framework(trainer.create_optimizer)
    if is_kept and inner is not None and not is_prepared(held):
        # it has not been in `train()` yet, so the Trainer has not made it
        made, is_users = inner, True
    else:
        made, is_users = made_by(trainer), False
        if not is_kept:
            is_kept, keeps_rates = _leaves_alone(trainer, made)
        if inner is not None and is_kept:
            # one that a schedule of the user's is over is the user's, whatever it is like
            is_users = is_given(trainer) or not (is_prepared(held) and _is_like(inner, made))
            made = inner
    has_layers = _has_layers(trainer, made, is_users=is_users)
    return TrainerOptimizer(made, is_users, keeps_rates, has_layers)


def made_by(trainer: Any, held: Any = None) -> Any:
    """Return an optimizer as `train()` would make it; the Trainer keeps the one that it has.

    Args:
        trainer: the Trainer.
        held: the optimizer that it has meanwhile.
    """
    with Meanwhile() as meanwhile:
        meanwhile.put(trainer, "optimizer", held)
        meanwhile.put(trainer, "optimizer_cls_and_kwargs", class_and_keywords(trainer))
        trainer.create_optimizer()
        return unprepared(trainer.optimizer)


def class_and_keywords(trainer: Any) -> Any:
    """Return a copy of `optimizer_cls_and_kwargs`, which may be None.

    `create_optimizer` takes keywords out of the user's own dict, and an optimizer writes into the
    groups that it is given.
    """
    given = getattr(trainer, "optimizer_cls_and_kwargs", None)
    if given is None:
        return None
    kind, keywords = given
    for name in TAKEN_OUT:
        if isinstance(keywords.get(name), Iterator):  # it could be gone through only once
            keywords[name] = list(keywords[name])
    groups = {name: _copied(keywords[name]) for name in TAKEN_OUT if name in keywords}
    return kind, {**keywords, **groups}


def takes_learning_rate(trainer: Any) -> bool:
    """Tell whether `args.learning_rate` decides at which rate `train()` trains every group."""
    with Meanwhile() as meanwhile:
        # not in a copy: a `create_optimizer` of the user's may know the arguments by another name
        meanwhile.put(trainer.args, "learning_rate", PROBE)
        groups = made_by(trainer).param_groups
    probed = [group for group in groups if _is_probe(group)]
    for group in probed:  # it may be a dict of the user's, who would train at that rate
        del group["lr"]
    return len(probed) == len(groups)


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


def _leaves_alone(trainer: Any, made: Any) -> tuple[bool, bool]:
    """Tell whether a `create_optimizer` of the user's keeps an optimizer that is there.

    It is asked with one that nobody needs, since it may write into it.

    Returns:
        Whether it keeps the optimizer, and whether it keeps the rates of its groups, too.
    """
    groups = made.param_groups
    try:
        rates = [float(group["lr"]) for group in groups]
        set_group_lrs(made, [PROBE] * len(rates))
        is_kept = made_by(trainer, made) is made
        keeps_rates = is_kept and all(map(_is_probe, groups))
        set_group_lrs(made, rates)
    except Exception:  # noqa: BLE001  such as for parameters that it adds a second time
        return False, False
    return is_kept, keeps_rates


def _is_probe(group: dict[str, Any]) -> bool:
    return math.isclose(group["lr"], PROBE, rel_tol=ROUNDING)


def _is_like(held: Any, made: Any) -> bool:
    """Tell whether an optimizer that has trained cannot be told from one that the Trainer makes.

    Rates do not count, nor what is no argument of the class: a training changes them.
    """
    if type(held) is not type(made) or _parameters(held) != _parameters(made):
        return False
    names = inspect.signature(type(made)).parameters.keys() - {"params", "lr"}
    if any("max_momentum" in group for group in held.param_groups):
        names -= {"betas", "momentum"}  # a schedule of PyTorch's has cycled them
    return all(
        _is_same(group.get(name), other.get(name))
        for group, other in zip(held.param_groups, made.param_groups, strict=True)
        for name in names
    )


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_is_same, one, other))
    try:
        return bool(one == other)
    except (TypeError, ValueError, RuntimeError):  # tensors of several elements, say
        return False


def _copied(groups: Any) -> Any:
    """Return parameters, or groups of them, for an optimizer to write into."""
    if not isinstance(groups, (list, tuple)):
        return groups
    for group in groups:
        if isinstance(group, dict) and isinstance(group.get("params"), Iterator):
            group["params"] = list(group["params"])
    return [dict(group) if isinstance(group, dict) else group for group in groups]


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
