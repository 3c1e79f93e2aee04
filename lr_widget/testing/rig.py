"""A model, its data and the way it is trained, with places where a test can act."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple
from unittest import mock

import torch
from torch.nn import functional

from lr_widget import lr_find
from lr_widget.engine.loss_reader import LossReader
from lr_widget.snapshot.states import MappingState
from lr_widget.testing import bits, model

STEPS = 24  # of a sweep; the rig's data has 5 batches
CANDIDATES = [(1e-4, 1e-3), (1e-3, 1e-2)]

Act = Callable[[Any], Any]


class Setting(NamedTuple):
    """How a rig is set up.

    Attributes:
        optimizer: "Adam", "AdamW", "SGD" (with momentum), "RMSprop" or "plain SGD" (no state).
        groups: 1, 2 or 3 parameter groups.
        frozen: the body does not train.
        loader: what goes through the data; a rig tells which it knows besides "plain".
    """

    optimizer: str = "AdamW"
    groups: int = 2
    frozen: bool = False
    loader: str = "plain"


class Plant(NamedTuple):
    """What a test does in the middle of a sweep.

    Attributes:
        place: "loader" (items are counted, not batches), "model", "loss", "optimizer",
            "bookkeeping" (ours, shielded from interrupts) or "restore".
        at: from which passage on.
        act: what is done to that which passes there; may raise.
    """

    place: str
    at: int
    act: Act


class LoopRig:
    """One kind of loop, set up to be tested.

    A subclass makes what it needs in `build`, out of `self.model` and `Data(self)`, has its trainer
    compute the loss by `self.loss(output, target)`, and lets its optimizer pass the place
    "optimizer" in every step: `self.watch("optimizer", None)`.

    Args:
        setting: which optimizer, how many groups; a subclass may ignore it.
    """

    optimizer: Any
    keeps_modes = True  # the loop leaves submodules in the mode that the user set
    has_loader = True

    def __init__(self, setting: Setting | None = None) -> None:
        self.setting = setting or Setting()
        self.plants: Sequence[Plant] = ()
        self._passed: dict[str, int] = {}
        self.seen: list[dict[str, Any]] = []  # what each step was made with
        torch.manual_seed(0)
        self.model = Net(self)
        self.model.body.requires_grad_(not self.setting.frozen)
        self.build()

    def build(self) -> None:
        """Make the optimizer and whatever else training needs."""
        raise NotImplementedError

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what `lr_find` is called with: by position, and by name."""
        raise NotImplementedError

    def train_epoch(self) -> list[float]:
        """Train one epoch the way the user does without a sweep; return its losses."""
        raise NotImplementedError

    def find(self, **options: Any) -> Any:
        """Run a sweep of `STEPS` steps."""
        given = {"start_lr": 1e-6, "end_lr": 1e-2, "num_it": STEPS, "show": False, **options}
        args, named = self.arguments()
        return lr_find(*args, **named, **given)

    def trial_arguments(self) -> dict[str, Any] | None:
        """Return what `try_picks` needs for this loop, by name; None if it cannot train."""
        return None

    def try_picks(self, picker: Any) -> Any:
        """Try two candidates, two epochs each."""
        return picker.try_picks(CANDIDATES, epochs=2, **(self.trial_arguments() or {}))

    @contextmanager
    def planted(self, *plants: Plant) -> Iterator[None]:
        """A block in which the given plants act."""
        with ExitStack() as stack:
            for place, kind, method in (
                ("bookkeeping", LossReader, "close_step"),
                ("restore", MappingState, "restore"),
            ):
                stack.enter_context(self._watched(place, kind, method))
            self.plants, self._passed = plants, {}
            try:
                yield
            finally:
                self.plants = ()

    def passed(self, place: str) -> int:
        """Return how often something has passed a place since the last plants came."""
        return self._passed.get(place, 0)

    def rates(self) -> list[float]:
        """Return the learning rate of every parameter group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def set_rate(self, lr: float) -> None:
        """Set the learning rate of every parameter group, as somebody might in the sweep."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr

    def watch(self, place: str, value: Any) -> Any:
        """Let something pass a place where a plant may act on it."""
        if place == "loss":
            modes = {name: module.training for name, module in self.model.named_modules()}
            self.seen.append({"lrs": self.rates(), "modes": modes})
        passed = self._passed[place] = self._passed.get(place, 0) + 1
        for plant in self.plants:
            if plant.place == place and passed >= plant.at:
                value = plant.act(value)
        return value

    def loss(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss that the trainer minimises."""
        loss: torch.Tensor = self.watch("loss", functional.cross_entropy(output, target))
        return loss

    def bits(self) -> dict[str, Any]:
        """Return all that has to be the same after a sweep."""
        return {
            "model": bits.model_bits(self.model),
            "attributes of the model": _attributes(self.model),
            "optimizer": self.optimizer_bits(),
            "random": bits.random_bits(),
        }

    def optimizer_bits(self) -> Any:
        """Return all of the optimizer that has to be the same after a sweep."""
        return [
            bits.bits(self.optimizer.state),
            bits.bits(self.optimizer.state_dict()),
            [[id(p) for p in group["params"]] for group in self.optimizer.param_groups],
        ]

    def values(self) -> dict[str, Any]:
        """Return what two rigs made in the same way have in common."""
        tensors, state = self.model.state_dict(), self.optimizer.state_dict()
        return {"tensors": bits.bits(tensors), "optimizer": bits.bits(state)}

    @contextmanager
    def _watched(self, place: str, kind: type, method: str) -> Iterator[None]:
        original = getattr(kind, method)

        def passing(state: Any, *args: Any) -> Any:
            self.watch(place, None)
            return original(state, *args)

        with mock.patch.object(kind, method, passing):
            yield


class Net(model.Net):
    """The small model, watched."""

    def __init__(self, rig: LoopRig) -> None:
        super().__init__()
        self.watch = rig.watch

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """See `model.Net`."""
        logits: torch.Tensor = self.watch("model", super().forward(x))
        return logits


class Data(torch.utils.data.Dataset[Any]):
    """The small data, watched."""

    def __init__(self, rig: LoopRig) -> None:
        self.items, self.watch = model.dataset(), rig.watch

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        return self.watch("loader", self.items[index])


def _attributes(net: model.Net) -> list[Any]:
    return [
        (id(net.scale), bits.bits(net.scale)),
        (id(net.mean), bits.bits(net.mean)),
        (net.n_calls, id(net.sizes), list(net.sizes)),
    ]
