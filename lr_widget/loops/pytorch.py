"""Plain PyTorch: a model, an optimizer, a loss function and a loader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter
from types import MethodType
from typing import Any
from weakref import WeakMethod

import torch
from torch import nn

from lr_widget.engine.loss_reader import check_loss
from lr_widget.engine.range_test import RangeTest
from lr_widget.engine.training_run import Training
from lr_widget.loops.batches import batch_size, check_batch, to_device
from lr_widget.loops.kept_iterators import FreshIterators
from lr_widget.loops.loaders import check_loader, cycle, has_length, no_batch, unwrapped
from lr_widget.loops.optimizers import check_model, has_momentum, set_group_lrs, train_mode
from lr_widget.loops.rates import LEAVE_OUT, ScheduledRates
from lr_widget.loops.shown import ONE_CYCLE_LR, Schedule
from lr_widget.loops.step import StepLoop, one_cycle_line
from lr_widget.records.pick import Pick
from lr_widget.snapshot.loader_graph import LoaderGraph
from lr_widget.snapshot.own_graph import OwnGraph


class PyTorchLoop(StepLoop):
    """The usual step: zero the gradients, forward, loss, backward, optimizer step.

    A batch `(x..., y)` gives `loss_fn(model(*x), y)`. A dict gives `model(**batch)`, whose
    `.loss` counts if `loss_fn` is None, else `loss_fn(output, batch)`. Batches are moved to the
    device of the model's first parameter. The loader is cycled; it needs no length.

    Args:
        model: a `torch.nn.Module`.
        optimizer: a torch optimizer over its parameters.
        loss_fn: as above; None only with dict batches.
        loader: an iterable that can be iterated again and again.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: nothing is trainable, the optimizer is another model's, or the loader is
            empty or an iterator that the sweep would use up.
    """

    _may_set_rates = (
        "optimizer",
        "a hook of the optimizer or the model sets it, or the loss function does",
    )

    def __init__(self, model: Any, optimizer: Any, loss_fn: Any, loader: Any) -> None:
        super().__init__(self._one_step, optimizer, model)
        if loss_fn is not None and not callable(loss_fn):
            raise TypeError(f"loss_fn must be a function of output and target, got {loss_fn!r}")
        for part in unwrapped(loss_fn):
            if isinstance(part, nn.Module):
                check_model(part, "loss_fn")
        check_loader(loader)
        self._loss_fn = loss_fn
        self._loader = loader
        self._batches: Iterator[Any] = iter(())
        self._device = torch.device("cpu")
        # others may draw, or start workers: the first step tells
        if isinstance(loader, (list, tuple)):
            check_batch(loader[0], loss_fn)

    def _again(self) -> Callable[[Any, Any], PyTorchLoop | None]:
        own, loader = self._loss_fn, self._loader
        # a method of a module holds the module; another function only what it closes over
        loss_ref = WeakMethod(own) if isinstance(own, MethodType) else lambda: own
        has_loss = own is not None

        def make(model: Any, optimizer: Any) -> PyTorchLoop | None:
            loss_fn = loss_ref()
            gone = has_loss and loss_fn is None
            return None if gone else PyTorchLoop(model, optimizer, loss_fn, loader)

        return make

    def holders(self) -> Sequence[Any]:
        """See `Loop`."""
        return [*super().holders(), *unwrapped(self._loss_fn), LoaderGraph(self._loader)]

    def generators(self) -> Sequence[Any]:
        """See `Loop`: those of the loader, of what it wraps, of the data, and of the loss."""
        return [*LoaderGraph(self._loader).generators, *OwnGraph([self._loss_fn]).generators]

    def run(self, test: RangeTest) -> None:
        """See `Loop`."""
        train_mode(self.model)
        self._device = self._models_device()
        try:
            with FreshIterators(self._loader):
                self._batches = cycle(self._loader)
                self._run(test)
        finally:
            self._batches = iter(())  # ends the loader's workers

    def _run(self, test: RangeTest) -> None:
        with self._rates(test) as rates:
            while (lr := test.begin_step()) is not None:
                rates.set(lr)
                # Held until the next one is there, as in a loop by hand: given back at once, its
                # memory would be returned to the system in every step.
                loss = self._one_step()
                if not rates.check():
                    rates.check_now()
                test.end_step(loss)

    def train(self, pick: Pick, epochs: int, valid: Any, training: Training) -> None:
        """See `TrainableLoop`: `OneCycleLR` over the parameter groups, one step per batch."""
        train_mode(self.model)
        self._device = self._models_device()
        lrs = self.group_lrs(pick)
        set_group_lrs(self.optimizer, lrs)  # groups that share a tensor as `lr` get their own
        schedule = one_cycle(self.optimizer, lrs, epochs * len(self._loader))
        training.begin(len(self._loader))
        name, cause = self._may_set_rates
        cause = f"{cause}; {LEAVE_OUT}"
        rates = ScheduledRates(self.optimizer, name=name, cause=lambda: cause)
        with FreshIterators(self._loader, valid), rates:
            rates.note()
            for _ in range(epochs):
                began = perf_counter()
                for batch in self._loader:
                    loss = self._step_on(to_device(batch, self._device))
                    if not rates.check():
                        rates.check_now()
                    schedule.step()
                    rates.note()
                    if not training.batch(loss):
                        return
                training.end_epoch(self._validate(valid), seconds=perf_counter() - began)

    def code_line(self) -> str:
        """See `BaseLoop`: the same for an optimizer that Accelerate has prepared."""
        return one_cycle_line(self.optimizer, "picker.group_lrs")

    def schedule(self) -> Schedule:
        """See `BaseLoop`: the one that `train` makes."""
        return ONE_CYCLE_LR

    def trials_code_line(self, epochs: int) -> str:  # noqa: ARG002
        """See `BaseLoop`."""
        return one_cycle_line(self.optimizer, "trials.best.group_lrs")

    def check_training(self, valid: Any) -> None:
        """See `TrainableLoop`."""
        if valid is None:
            raise ValueError(
                "valid must be a loader of validation batches, since candidates are ranked by "
                "their validation loss, got None"
            )
        check_loader(valid, "valid")
        if isinstance(valid, (list, tuple)):
            check_batch(valid[0], self._loss_fn, "valid")
        if not has_length(self._loader):
            raise ValueError(
                "loader must have a length to be trained on in epochs, got one without: "
                f"{self._loader!r:.200}; use fit=fn"
            )

    def validate(self, valid: Any) -> float:
        """See `BaseLoop`."""
        self._device = self._models_device()
        with FreshIterators(valid):
            return self._validate(valid)

    def _models_device(self) -> torch.device:
        return next(self.model.parameters()).device

    def _validate(self, loader: Any) -> float:
        """Return the mean loss over a loader, in eval mode, each batch weighted by its size."""
        modes = [(module, module.training) for module in self.model.modules()]
        self.model.eval()
        losses, sizes = [], []
        try:
            with torch.no_grad():
                for batch in loader:
                    check_batch(batch, self._loss_fn, "valid")
                    losses.append(self._loss(to_device(batch, self._device)).detach())
                    sizes.append(batch_size(batch))
        finally:
            for module, training in modes:
                module.training = training
        if not sizes:
            raise no_batch(loader, "valid")
        # read at the end: each would be waited for
        total = sum(float(loss) * size for loss, size in zip(losses, sizes, strict=True))
        return total / sum(sizes)

    def _one_step(self) -> torch.Tensor:
        return self._step_on(to_device(next(self._batches), self._device))

    def _step_on(self, batch: Any) -> torch.Tensor:
        self.optimizer.zero_grad()
        loss = self._loss(batch)
        if not loss.requires_grad:
            raise ValueError(
                "loss_fn must return a loss that the model's parameters have a part in, got one "
                f"without gradients: {loss!r}"
            )
        loss.backward()
        self.optimizer.step()
        return loss

    def _loss(self, batch: Any) -> torch.Tensor:
        check_batch(batch, self._loss_fn)
        if isinstance(batch, Mapping):
            output = self.model(**batch)
            loss = _own_loss(output) if self._loss_fn is None else self._loss_fn(output, batch)
        else:
            loss = self._loss_fn(self.model(*batch[:-1]), batch[-1])
        if not isinstance(loss, torch.Tensor):
            raise TypeError(f"the loss must be a tensor, got {loss!r}")
        check_loss(loss, "the loss of a batch" if self._loss_fn is None else "loss_fn's result")
        return loss


def _own_loss(output: Any) -> Any:
    """Return the loss that a model's output holds as an attribute, as those of transformers do."""
    loss = getattr(output, "loss", None)
    if loss is None:
        in_dict = isinstance(output, Mapping) and "loss" in output
        how = 'output["loss"]' if in_dict else "output[0]" if isinstance(output, tuple) else "..."
        raise TypeError(
            "loss_fn must be given where the model's output has no attribute loss, got None and an "
            f"output of type {type(output).__name__!r}: loss_fn=lambda output, batch: {how}"
        )
    return loss


def one_cycle(
    optimizer: Any, rates: list[float], steps: int
) -> torch.optim.lr_scheduler.OneCycleLR:
    """Return PyTorch's one-cycle schedule over the groups; momentum cycles where there is one."""
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=rates,
        total_steps=steps,
        cycle_momentum=has_momentum(optimizer),
    )
