"""The smallest loop: a function that does one optimizer step and returns the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import nn

from lr_widget.loops.groups import name_groups
from lr_widget.loops.protocol import Group
from lr_widget.range_test import RangeTest
from lr_widget.snapshot import ModelState, OptimizerState, State


class StepLoop:
    """Any training code, as long as one call makes one optimizer step.

    Args:
        step: called without arguments; returns the loss, a tensor with one element.
        optimizer: its groups get the learning rate before each call.
        model: what the optimizer trains.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: nothing is trainable, or the optimizer holds none of the model's parameters.
    """

    kind = "step"

    def __init__(self, step: Callable[[], Any], optimizer: Any, model: Any) -> None:
        if not callable(step):
            raise TypeError(f"step must be a function without arguments, got {step!r}")
        check_model(model)
        check_optimizer(optimizer, model)
        self._step = step
        self.optimizer = optimizer
        self.model = model

    def groups(self) -> list[Group]:
        """See `Loop`."""
        groups = self.optimizer.param_groups
        return name_groups(
            self.model, [g["params"] for g in groups], [g.get("name") for g in groups]
        )

    def optimizer_name(self) -> str:
        """See `Loop`."""
        return type(self.optimizer).__name__

    def capture(self) -> list[State]:
        """See `Loop`."""
        return [ModelState(self.model), OptimizerState(self.optimizer)]

    def generators(self) -> Sequence[Any]:
        """See `Loop`: what the function draws from is not known here."""
        return ()

    def run(self, test: RangeTest) -> None:
        """See `Loop`."""
        if not self.model.training:
            self.model.train()
        while (lr := test.begin_step()) is not None:
            set_lr(self.optimizer, lr)
            test.end_step(self._step())


def set_lr(optimizer: Any, lr: float) -> None:
    """Give every parameter group the same learning rate; a tensor is filled in place."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(lr)
        else:
            group["lr"] = lr


def check_model(model: Any) -> None:
    """Check that `model` is a module.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {model!r}")


def check_optimizer(optimizer: Any, model: nn.Module) -> None:
    """Check that `optimizer` trains something of `model`.

    Raises:
        TypeError: it is no optimizer, or one that needs a closure.
        ValueError: it holds none of the model's parameters, or nothing trainable.
    """
    if not hasattr(optimizer, "param_groups") or not hasattr(optimizer, "state"):
        raise TypeError(f"optimizer must be a torch optimizer, got {optimizer!r}")
    if isinstance(optimizer, torch.optim.LBFGS):
        raise TypeError(
            f"optimizer must make a step without a closure, got {type(optimizer).__name__!r}"
        )
    check_parameters((p for group in optimizer.param_groups for p in group["params"]), model)


def check_parameters(parameters: Iterable[nn.Parameter], model: nn.Module) -> None:
    """Check that some of an optimizer's parameters are the model's, and trainable.

    Raises:
        ValueError: none is.
    """
    own = {id(p) for p in model.parameters()}
    held = [p for p in parameters if id(p) in own]
    if not held:
        raise ValueError(
            "optimizer must hold parameters of the model, got one that holds none of "
            f"{type(model).__name__!r}'s"
        )
    if not any(p.requires_grad for p in held):
        raise ValueError(
            "model must have something to train, got one with every parameter of the optimizer "
            f"frozen: {type(model).__name__!r}"
        )
