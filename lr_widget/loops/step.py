"""The smallest loop: a function that does one optimizer step and returns the loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import ref

from lr_widget.engine.range_test import RangeTest
from lr_widget.loops.accelerate import scalers_among, unprepared
from lr_widget.loops.groups import are_layers, name_groups
from lr_widget.loops.optimizers import (
    PATIENCE,
    check_gradients,
    check_model,
    check_optimizer,
    has_momentum,
    train_mode,
)
from lr_widget.loops.own_schedules import OwnSchedule
from lr_widget.loops.protocol import BaseLoop, Group
from lr_widget.loops.rates import RateWatch
from lr_widget.loops.shown import Schedule
from lr_widget.loops.step_hooks import wrapped
from lr_widget.loops.updates import UpdateWatch
from lr_widget.snapshot.loader_graph import LoaderGraph
from lr_widget.snapshot.own_graph import LOADERS, OwnGraph


class StepLoop(BaseLoop):
    """Any training code, as long as one call makes one optimizer step.

    A call that makes none is a micro-batch of the step that follows, or an attempt that a gradient
    scaler skipped: the learning rate does not advance.

    Args:
        step: called without arguments; returns the loss, a tensor with one element.
        optimizer: its groups get the learning rate before each call.
        model: what the optimizer trains.
        also: other objects that `step` changes. A step that a gradient scaler among them skips
            leaves no loss; an optimizer among them may step the same parameters at its own rates.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: nothing is trainable, the optimizer holds none of the model's parameters or does
            not train at the rate of its groups, or torch computes no gradients here.
    """

    sets_group_lrs = True
    _may_set_rates = (
        "step",
        "`step` sets the rate itself, or a schedule or hook in it: leave that out meanwhile",
    )

    def __init__(
        self, step: Callable[[], Any], optimizer: Any, model: Any, also: Sequence[Any] = ()
    ) -> None:
        if not callable(step):
            raise TypeError(f"step must be a function without arguments, got {step!r}")
        check_gradients()
        check_model(model)
        check_optimizer(optimizer, model)
        self._step = step
        self.optimizer = optimizer
        self.model = model
        self._also = also
        self.groups_are_layers = are_layers(model, optimizer.param_groups)

    def recall(self) -> Callable[[], StepLoop | None]:
        """See `BaseLoop`: trials train by a function of their own, so `step` is not held."""
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
        return type(unprepared(self.optimizer)).__name__

    def code_line(self) -> str:
        """See `BaseLoop`: the rates go to the user's own schedule, where one is known."""
        own = OwnSchedule(self.optimizer, self._also).line()
        return own or one_cycle_line(self.optimizer, "picker.group_lrs")

    def schedule(self) -> Schedule | None:
        """See `BaseLoop`: not known where it is the user's own."""
        return None if OwnSchedule(self.optimizer, self._also).is_users else super().schedule()

    def holders(self) -> Sequence[Any]:
        """See `Loop`."""
        graph = OwnGraph([self._step])
        return [self.model, *wrapped(self.optimizer), *graph.generators, *_loaders_in(graph)]

    def generators(self) -> Sequence[Any]:
        """See `Loop`: those that the function reaches, also by a loader."""
        graph = OwnGraph([self._step])
        loaders = map(LoaderGraph, _loaders_in(graph))
        return [*graph.generators, *(each for loader in loaders for each in loader.generators)]

    def owner(self) -> Any:
        """See `BaseLoop`."""
        return self.model

    def run(self, test: RangeTest) -> None:
        """See `Loop`."""
        train_mode(self.model)
        scalers = scalers_among(self._also)
        with self._rates(test) as rates:
            updates = UpdateWatch(rates, scalers)
            while (lr := test.begin_step()) is not None:
                loss = self._make_step(test, lr, rates, updates)  # held until the next one is there
                test.end_step(loss)

    def _rates(self, test: RangeTest) -> RateWatch:
        name, cause = self._may_set_rates
        return RateWatch(self.optimizer, test, name=name, cause=lambda: cause, others=self._also)

    def _make_step(self, test: RangeTest, lr: float, rates: RateWatch, updates: UpdateWatch) -> Any:
        """Call the function until it has made a step, and return the loss of the last call."""
        calls, skipped = 0, False
        while True:
            rates.set(lr)
            loss = self._step()
            calls += 1
            if updates.made_step(loss) or calls == PATIENCE:
                if calls == PATIENCE and updates.has_seen_none and not skipped:
                    updates.give_up()  # they are made, but not by a method that can be watched
                return loss
            if updates.was_skipped():
                skipped = True
                test.skip_step()
            else:
                test.add_micro_batch(loss)


def one_cycle_line(optimizer: Any, max_lr: str) -> str:
    """Return the line of code that makes PyTorch's one-cycle schedule, as a trial's is made."""
    momentum = "" if has_momentum(optimizer) else "cycle_momentum=False, "
    return f"OneCycleLR(optimizer, max_lr={max_lr}, {momentum}...)"


def _loaders_in(graph: OwnGraph) -> list[Any]:
    return [each for each in graph.apart if isinstance(each, LOADERS)]


def _gone() -> Any:
    raise RuntimeError("the function that was swept is not held any more")
