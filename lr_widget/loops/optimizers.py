"""What a loop needs of an optimizer and its model: checks, rates, train mode."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import nn

from lr_widget.engine.range_test import RangeTest
from lr_widget.loops.own_rates import check_rates

# Calls without an optimizer step, after which one is counted all the same: a scaler that finds
# nothing but overflows (the weights are not finite any more) must not make a sweep endless.
PATIENCE = 100
HOLD_RATES = (torch.float32, torch.float64)


# Said where parameters stand in no module, by which the sweep could find them to put them back.
BARE = (
    "for parameters without one: model = torch.nn.ParameterList([w]), and the optimizer made over "
    "model.parameters()"
)


def check_gradients() -> None:
    """Check that torch computes gradients here.

    Raises:
        ValueError: it does not; nothing could be trained.
    """
    inference = torch.is_inference_mode_enabled()
    if inference or not torch.is_grad_enabled():
        around = "torch.inference_mode()" if inference else "torch.no_grad()"
        raise ValueError(
            "a sweep and its trials must be run where torch computes gradients, got a call under "
            f"{around} or its like: call it outside"
        )


def train_mode(model: nn.Module) -> None:
    """Set train mode on a model that is in eval mode as a whole; parts keep what the user set."""
    if not model.training:
        model.train()


def set_lrs(optimizer: Any, test: RangeTest, lr: float) -> list[float]:
    """Give every parameter group its learning rate for a step.

    Returns:
        The rate of each group.
    """
    rates = test.group_lrs(lr, len(optimizer.param_groups))
    set_group_lrs(optimizer, rates)
    return rates


def set_group_lrs(optimizer: Any, rates: Sequence[float]) -> None:
    """Give every parameter group a learning rate.

    A tensor is filled in place; where groups that share one get different rates, or it is of a type
    that cannot hold them, a group gets a tensor of its own.
    """
    if hasattr(optimizer, "set_hyper"):  # fastai's, whose `param_groups` are copies
        optimizer.set_hyper("lr", rates)
        return
    filled: dict[int, float] = {}  # by address: two tensors may be views of one
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        if isinstance(group["lr"], torch.Tensor):
            if group["lr"].dtype not in HOLD_RATES:
                group["lr"] = group["lr"].detach().float()
            if filled.setdefault(group["lr"].data_ptr(), rate) != rate:
                group["lr"] = group["lr"].detach().clone()
            with torch.no_grad():  # it may be one that is learned itself
                group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def has_momentum(optimizer: Any) -> bool:
    """Tell whether every parameter group has a momentum above 0, by which a schedule may cycle it.

    Cycling one that is 0 would train with up to 0.95 what was swept without, at ten times the
    step. It is looked for where `OneCycleLR` does: in the first of the `betas`, if the optimizer
    has any, else in `momentum`. Groups that differ in this all keep theirs.
    """
    known = getattr(optimizer, "defaults", {})
    key = "betas" if "betas" in known else "momentum"

    def momentum(group: dict[str, Any]) -> Any:
        value = group.get(key)  # of an optimizer that is not PyTorch's it may be missing, or None
        first = value[0] if isinstance(value, (tuple, list)) else value
        return first or 0

    return key in known and all(momentum(group) > 0 for group in optimizer.param_groups)


def check_model(model: Any, name: str = "model") -> None:
    """Check that a module's parameters and buffers exist.

    Args:
        model: the module.
        name: of the argument.

    Raises:
        TypeError: it is no module.
        ValueError: it has lazy parameters that no batch has given a shape yet, or tensors on the
            meta device.
    """
    if not isinstance(model, nn.Module):
        hint = f" ({BARE})" if _has_tensors(model) else ""
        raise TypeError(f"{name} must be a torch.nn.Module{hint}, got {model!r:.200}")
    for path, tensor in (*model.named_parameters(), *model.named_buffers()):
        if nn.parameter.is_lazy(tensor):
            raise ValueError(
                f"{name} must know the shape of its parameters: run one batch through it first, "
                f"got a lazy module with {path!r} uninitialised"
            )
        if tensor.is_meta:
            raise ValueError(f"{name} must have data, got {path!r} on the meta device")


def check_optimizer(optimizer: Any, model: nn.Module) -> None:
    """Check that `optimizer` trains something of `model`.

    Raises:
        TypeError: it is no optimizer, or one that needs a closure.
        ValueError: it holds none of the model's parameters, or nothing trainable; or it does not
            train at the rate of its groups.
    """
    if isinstance(optimizer, (list, tuple, dict)):
        raise TypeError(
            "optimizer must be a single one: sweep one at a time and name the others in also=[...],"
            f" got {len(optimizer)!r} of them in a {type(optimizer).__name__!r}"
        )
    if not hasattr(optimizer, "param_groups") or not hasattr(optimizer, "state"):
        raise TypeError(f"optimizer must be a torch optimizer, got {optimizer!r}")
    check_closure(optimizer)
    check_parameters((p for group in optimizer.param_groups for p in group["params"]), model)
    check_rates(optimizer)


def check_closure(optimizer: Any) -> None:
    """Check that an optimizer makes a step without evaluating the loss itself, as LBFGS does.

    Raises:
        TypeError: it does not.
    """
    parameters = inspect.signature(optimizer.step).parameters.values()
    if any(p.name == "closure" and p.default is p.empty for p in parameters):
        raise TypeError(
            f"optimizer must make a step without a closure, got {type(optimizer).__name__!r}"
        )


def check_parameters(parameters: Iterable[nn.Parameter], model: nn.Module) -> None:
    """Check that some of an optimizer's parameters are the model's, and trainable.

    Raises:
        ValueError: none is.
    """
    own = {id(p) for p in model.parameters()}
    given = list(parameters)
    held = [p for p in given if id(p) in own]
    if not held:
        bare = any(not isinstance(p, nn.Parameter) for p in given)
        hint = f" ({BARE})" if bare else ""
        raise ValueError(
            f"optimizer must hold parameters of the model{hint}, got one that holds none of "
            f"{type(model).__name__!r}'s"
        )
    if not any(p.requires_grad for p in held):
        raise ValueError(
            "model must have something to train, got one with every parameter of the optimizer "
            f"frozen: {type(model).__name__!r}"
        )


def _has_tensors(thing: Any) -> bool:
    things = thing if isinstance(thing, (list, tuple)) else [thing]
    return any(isinstance(each, torch.Tensor) for each in things)
