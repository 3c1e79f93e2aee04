"""What a loop has to answer for the range test; a new kind of loop is one class like this."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable
from weakref import ref

from torch import nn

from lr_widget.engine.range_test import RangeTest
from lr_widget.engine.training_run import Training
from lr_widget.loops.shown import BEST_PICK, ONE_CYCLE_LR, Schedule
from lr_widget.records.history import stage_lr
from lr_widget.records.pick import Pick, spread


class Group(NamedTuple):
    """One parameter group of the optimizer.

    Attributes:
        name: how to call it, from the optimizer, the model or its first parameter.
        frozen: none of its parameters is trainable.
    """

    name: str
    frozen: bool


@runtime_checkable
class Loop(Protocol):
    """What every loop must answer. It knows nothing of widgets.

    `lr_find(loop)` takes any object with these methods. One that subclasses `BaseLoop` answers
    more; for any other the answers of `BaseLoop` stand. `lr_widget.testing` has the tests that a
    loop has to pass.
    """

    def groups(self) -> list[Group]:
        """Return the parameter groups, first layers first; changes nothing."""

    def optimizer_name(self) -> str:
        """Return the class name of the optimizer."""

    def holders(self) -> Sequence[Any]:
        """Return the objects that hold what `run` may disturb; changes nothing.

        Model, optimizer, loader, samplers, callbacks ... Their attributes are put back, and what
        those hold, as `snapshot.py` says; the global random states are, too.
        """

    def generators(self) -> Sequence[Any]:
        """Return the random generators that decide the order of batches, for `seed`."""

    def run(self, test: RangeTest) -> None:
        """Train until `test` is over: ask it before each optimizer step, tell it the loss after.

        A `RateWatch` sets the rates and sees that the optimizer uses them (`loops/rates.py`).
        Where several batches make up one step, or a step is skipped, see `RangeTest`.
        """


@runtime_checkable
class TrainableLoop(Loop, Protocol):
    """A loop that can train with a pick, too: for any other, `try_picks` asks for `fit=fn`."""

    def check_training(self, valid: Any) -> None:
        """Refuse, in words and with nothing touched, what `train` cannot do.

        Args:
            valid: what `try_picks` was given.
        """

    def train(self, pick: Pick, epochs: int, valid: Any, training: Training) -> None:
        """Train from the state as it is, with the rates of `BaseLoop.group_lrs`.

        Where the groups are no layers, all of them train at `pick.hi`.

        Args:
            pick: the candidate.
            epochs: how many to train.
            valid: what `try_picks` was given.
            training: is told every batch and every epoch.
        """


class BaseLoop(ABC):
    """A loop to subclass: all that may be left out has an answer here.

    To be written are `groups`, `optimizer_name`, `holders` and `run`, and for trials
    `check_training` and `train` (see `TrainableLoop`).

    Attributes:
        sets_group_lrs: `run` gives the groups the rates of `RangeTest.group_lrs`, not all of them
            that of `begin_step`. Where it is false, `lr_find` refuses `spread` and `group`.
        groups_are_layers: the groups stand for layers, first ones first, so that rates can be
            spread over them. Where it is false (weights with decay, and those without) one rate
            trains all groups: a pick has `lo == hi`, and `spread` and `group` are refused, too.
    """

    sets_group_lrs: bool = False
    groups_are_layers: bool = True

    @abstractmethod
    def groups(self) -> list[Group]:
        """See `Loop`."""

    @abstractmethod
    def optimizer_name(self) -> str:
        """See `Loop`."""

    @abstractmethod
    def holders(self) -> Sequence[Any]:
        """See `Loop`."""

    @abstractmethod
    def run(self, test: RangeTest) -> None:
        """See `Loop`."""

    def group_lrs(self, pick: Pick) -> list[float]:
        """Return the rate that each of `groups()` trains at with a pick, first layers first."""
        return spread(*pick, len(self.groups()), one_rate=not self.groups_are_layers)

    def generators(self) -> Sequence[Any]:
        """See `Loop`: none, so that `seed` seeds Python, NumPy and torch only."""
        return ()

    def code_line(self) -> str:
        """Return the line of code that trains with the pick, which the page shows and copies.

        The page fills the blanks `{lo}`, `{hi}` and `{group_lrs}` with rates while the handles
        move, as `fill_code` says. A line with `picker.max_lr` or `picker.group_lrs` has no blanks
        and holds whatever the pick is.
        """
        return "OneCycleLR(optimizer, max_lr=picker.group_lrs, ...)"

    def trials_code_line(self, epochs: int) -> str:  # noqa: ARG002
        """Return the line of code that trains with the best of some trials, `trials.best`.

        Args:
            epochs: how many the real run is planned to have.
        """
        return BEST_PICK

    def validate(self, valid: Any) -> float | None:  # noqa: ARG002
        """Return the validation loss of the state as it is, before trials train from it.

        They tell by it which of them has learned anything. Whatever it disturbs is put back.

        Args:
            valid: what `try_picks` was given.

        Returns:
            The loss that `train` would tell of this state after an epoch; None, as here, or NaN
            where that is not known.
        """
        return None

    def schedule(self) -> Schedule | None:
        """Return how the rates move over the training that `code_line` begins, for the page's plot.

        Returns:
            Points (share of the training, share of the highest rate), joined by straight lines;
            None if that is not known. Here it is the schedule of PyTorch's `OneCycleLR`.
        """
        return ONE_CYCLE_LR

    def owner(self) -> Any:
        """Return whose history a sweep belongs to, or None; it is held weakly.

        Later sweeps of the same owner are shown over its earlier ones. Here it is the first model
        among `holders()`, or held by one of them as `model`.
        """
        return next(iter(models_of(self)), None)

    def earlier_lr(self) -> float | None:
        """Return the highest rate that an earlier stage trained at, with the first layers frozen.

        The suggestion stays below it. Here, where the loop does not see what was trained, it is
        the right end of the pick that was made while groups were frozen; None if there was none.
        """
        return stage_lr(self.owner())

    def recall(self) -> Callable[[], Loop | None]:
        """Return a function that makes this loop again, or returns None if what it needs is gone.

        The picker holds this function, so the function must not keep a model alive. Here it
        returns the loop itself, which is held weakly: enough for one that its user holds.
        """
        return weakly(self)


def completed(loop: Loop) -> BaseLoop:
    """Return a loop that answers all that `BaseLoop` does.

    For one that does not subclass it this is the one place where defaults are found: a wrapper asks
    the loop's own methods where it has them, and `BaseLoop`'s where it has not.
    """
    return loop if isinstance(loop, BaseLoop) else _Completed(loop)


MAY_ANSWER = (
    *("code_line", "trials_code_line", "schedule", "owner", "earlier_lr", "recall"),
    *("check_training", "train", "validate"),
)


class _Completed(BaseLoop):
    """A loop that does not subclass `BaseLoop`, with its defaults."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.sets_group_lrs = getattr(loop, "sets_group_lrs", False)
        self.groups_are_layers = getattr(loop, "groups_are_layers", True)
        for name in MAY_ANSWER:
            own = getattr(loop, name, None)
            if callable(own):  # what is none may be an attribute of the same name
                setattr(self, name, own)

    def __repr__(self) -> str:
        return repr(self._loop)

    def groups(self) -> list[Group]:
        return self._loop.groups()

    def optimizer_name(self) -> str:
        return self._loop.optimizer_name()

    def holders(self) -> Sequence[Any]:
        return self._loop.holders()

    def generators(self) -> Sequence[Any]:
        return self._loop.generators()

    def run(self, test: RangeTest) -> None:
        self._loop.run(test)

    def recall(self) -> Callable[[], Loop | None]:
        return weakly(self._loop)


def models_of(loop: Loop) -> list[nn.Module]:
    """Return the models among a loop's holders, or held by one of them as `model`."""
    return [
        thing if isinstance(thing, nn.Module) else thing.model
        for thing in loop.holders()
        if isinstance(thing, nn.Module) or isinstance(getattr(thing, "model", None), nn.Module)
    ]


def weakly(thing: Any) -> Callable[[], Any]:
    """Return a function that returns the thing, or None if it is gone."""
    try:
        return ref(thing)
    except TypeError:  # of a kind that cannot be: then it is small, such as a generator
        return lambda: thing
