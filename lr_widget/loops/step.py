"""The smallest loop: a function that does one optimizer step and returns the loss."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from weakref import ref

import torch
from torch import nn

from lr_widget.engine.range_test import RangeTest
from lr_widget.loops.groups import name_groups
from lr_widget.loops.protocol import Group
from lr_widget.loops.updates import UpdateWatch

# Calls without an optimizer step, after which one is counted all the same: a scaler that finds
# nothing but overflows (the weights are not finite any more) must not make a sweep endless.
PATIENCE = 100


class StepLoop:
    """Any training code, as long as one call makes one optimizer step.

    A call that makes none is a micro-batch of the step that follows, or an attempt that a gradient
    scaler skipped: the learning rate does not advance.

    Args:
        step: called without arguments; returns the loss, a tensor with one element.
        optimizer: its groups get the learning rate before each call.
        model: what the optimizer trains.
        scalers: gradient scalers that `step` is known to use; a step they skip leaves no loss.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: nothing is trainable, or the optimizer holds none of the model's parameters.
    """

    kind = "step"
    sets_group_lrs = True

    def __init__(
        self, step: Callable[[], Any], optimizer: Any, model: Any, scalers: Sequence[Any] = ()
    ) -> None:
        if not callable(step):
            raise TypeError(f"step must be a function without arguments, got {step!r}")
        check_model(model)
        check_optimizer(optimizer, model)
        self._step = step
        self.optimizer = optimizer
        self.model = model
        self._scalers = scalers

    def recall(self) -> Callable[[], StepLoop | None]:
        """See `Recall`: trials train by a function of their own, so `step` is not held."""
        refs, again = (ref(self.model), ref(self.optimizer)), self._again()

        def make() -> StepLoop | None:
            model, optimizer = (each() for each in refs)
            return None if model is None or optimizer is None else again(model, optimizer)

        return make

    def _again(self) -> Callable[[Any, Any], StepLoop | None]:
        """Return what makes the loop again of its model and optimizer, holding neither."""
        return lambda model, optimizer: StepLoop(_gone, optimizer, model)

    def groups(self) -> list[Group]:
        """See `Loop`."""
        groups = self.optimizer.param_groups
        return name_groups(
            self.model, [g["params"] for g in groups], [g.get("name") for g in groups]
        )

    def optimizer_name(self) -> str:
        """See `Loop`."""
        return type(self.optimizer).__name__

    def holders(self) -> Sequence[Any]:
        """See `Loop`."""
        return [self.model, self.optimizer]

    def generators(self) -> Sequence[Any]:
        """See `Loop`: what the function draws from is not known here."""
        return ()

    def run(self, test: RangeTest) -> None:
        """See `Loop`."""
        train_mode(self.model)
        with UpdateWatch(self.optimizer, self._scalers) as watch:
            while (lr := test.begin_step()) is not None:
                loss = self._make_step(test, lr, watch)  # held until the next one is there
                test.end_step(loss)

    def _make_step(self, test: RangeTest, lr: float, watch: UpdateWatch) -> Any:
        """Call the function until it has made a step, and return the loss of the last call."""
        calls, skipped = 0, False
        while True:
            set_lrs(self.optimizer, test, lr)
            loss = self._step()
            calls += 1
            if watch.made_step(loss) or calls == PATIENCE:
                if calls == PATIENCE and watch.has_seen_none and not skipped:
                    watch.give_up()  # they are made, but not by a method that can be watched
                return loss
            if watch.was_skipped():
                skipped = True
                test.skip_step()
            else:
                test.add_micro_batch(loss)


def _gone() -> Any:
    raise RuntimeError("the function that was swept is not held any more")


def train_mode(model: nn.Module) -> None:
    """Set train mode on a model that is in eval mode as a whole; parts keep what the user set."""
    if not model.training:
        model.train()


def set_lrs(optimizer: Any, test: RangeTest, lr: float) -> None:
    """Give every parameter group its learning rate for a step; a tensor is filled in place."""
    groups = optimizer.param_groups
    for group, rate in zip(groups, test.group_lrs(lr, len(groups)), strict=True):
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


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
        raise TypeError(f"{name} must be a torch.nn.Module, got {model!r}")
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
        ValueError: it holds none of the model's parameters, or nothing trainable.
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
