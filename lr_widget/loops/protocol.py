"""What a loop has to answer for the range test; a new kind of loop is one class like this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from lr_widget.engine.range_test import RangeTest


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
    """One kind of training loop; it knows nothing of widgets.

    `lr_find(loop)` takes any object with these attributes. `lr_widget.testing` has the tests that
    it has to pass.

    Attributes:
        kind: "fastai", "pytorch", "step" or a name of your own: decides which line of code the
            picker shows.
        sets_group_lrs: optional: `run` gives the groups the rates of `RangeTest.group_lrs`, not all
            of them that of `begin_step`. Without it, or where it is false, `lr_find` refuses
            `spread` and `group`.

    Two more methods are optional; without them `try_picks` asks for `fit=fn`:

        check_training(valid): refuse, in words and with nothing touched, what `train` cannot do:
            `valid` is what `try_picks` was given.
        train(pick, epochs, valid, training): train from the state as it is, with the rates of
            `pick.group_lrs(n)`, and tell the `Training` every batch and epoch.
    """

    kind: str

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

        Where several batches make up one step, or a step is skipped, see `RangeTest`.
        """
