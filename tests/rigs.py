"""One training setup per kind of loop, all the same to the conformance tests in `loops/`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

import models
from lr_widget import LRPicker, lr_find

STEPS = 24  # of a sweep; the loader has 5 batches

Act = Callable[[Any], Any]


class Plant:
    """Lets a test act in the middle of training: on what passes `place` for the `at`th time.

    Args:
        place: "loss", "model" or "loader" (there items are counted, not batches).
        at: from which passage on.
        act: what is done to that which passes, from then on; may raise.
    """

    def __init__(self, place: str = "", at: int = 0, act: Act = lambda value: value) -> None:
        self.place, self.at, self.act = place, at, act
        self.passed = 0

    def __call__(self, place: str, value: Any) -> Any:
        if place != self.place:
            return value
        self.passed += 1
        return self.act(value) if self.passed >= self.at else value


class Net(models.Net):
    def __init__(self, rig: Rig) -> None:
        super().__init__()
        self.watch = rig.watch

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.watch("model", super().forward(x))


class Data(torch.utils.data.Dataset):
    def __init__(self, rig: Rig) -> None:
        self.items, self.watch = models.dataset(), rig.watch

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        return self.watch("loader", self.items[index])


class Rig:
    """A model, its data and the way it is trained."""

    kind: str
    keeps_modes = True  # the loop leaves submodules in the mode that the user set
    has_loader = True

    def __init__(self) -> None:
        self.plant = Plant()
        self.seen: list[dict[str, Any]] = []  # what each step of a sweep was made with
        torch.manual_seed(0)
        self.model = Net(self)
        self.build()

    def build(self) -> None:
        raise NotImplementedError

    def find(self, **options: Any) -> LRPicker:
        given = {"start_lr": 1e-6, "end_lr": 1e-2, "num_it": STEPS, "show": False, **options}
        args, named = self.arguments()
        return lr_find(*args, **named, **given)

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        raise NotImplementedError

    def train_epoch(self) -> list[float]:
        raise NotImplementedError

    def rates(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]

    def watch(self, place: str, value: Any) -> Any:
        if place == "loss":
            modes = {name: module.training for name, module in self.model.named_modules()}
            self.seen.append({"lrs": self.rates(), "modes": modes})
        return self.plant(place, value)

    def loss(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return self.watch("loss", functional.cross_entropy(output, target))

    def bits(self) -> dict[str, Any]:
        """All that has to be the same after a sweep."""
        return {
            "model": models.model_bits(self.model),
            "optimizer": self.optimizer_bits(),
            "random": models.random_bits(),
        }

    def optimizer_bits(self) -> Any:
        return [
            models.bits(self.optimizer.state),
            models.bits(self.optimizer.state_dict()),
            [[id(p) for p in group["params"]] for group in self.optimizer.param_groups],
        ]

    def values(self) -> dict[str, Any]:
        """What two setups made in the same way have in common."""
        tensors = self.model.state_dict()
        state = self.optimizer.state_dict()
        return {"tensors": models.bits(tensors), "optimizer": models.bits(state)}


class PyTorchRig(Rig):
    kind = "pytorch"

    def build(self) -> None:
        self.optimizer = torch.optim.AdamW(models.groups(self.model))
        self.loader = torch.utils.data.DataLoader(Data(self), batch_size=8, shuffle=True)

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.model, self.optimizer, self.loss, self.loader), {}

    def train_epoch(self) -> list[float]:
        return [self.train_step(x, y) for x, y in self.loader]

    def train_step(self, x: torch.Tensor, y: torch.Tensor) -> float:
        self.optimizer.zero_grad()
        loss = functional.cross_entropy(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return float(loss.detach())


class StepRig(PyTorchRig):
    kind = "step"
    has_loader = False

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (), {"step": self.step, "optimizer": self.optimizer, "model": self.model}

    def step(self) -> torch.Tensor:
        x, y = self.loader.dataset.items[torch.randint(40, (8,))]
        self.optimizer.zero_grad()
        loss = self.loss(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss


class FastaiRig(Rig):
    kind = "fastai"
    keeps_modes = False  # fastai calls model.train() itself before every epoch

    def build(self) -> None:
        from fastai.callback import schedule  # noqa: F401  brings fit_one_cycle
        from fastai.data.core import DataLoaders
        from fastai.data.load import DataLoader
        from fastai.learner import Learner

        def split(model: models.Net) -> list[list[Any]]:
            return [list(model.body.parameters()), list(model.head.parameters())]

        loaders = [DataLoader(Data(self), bs=8, shuffle=True, num_workers=0) for _ in range(2)]
        self.learn = Learner(
            DataLoaders(*loaders), self.model, self.loss, splitter=split, **self.more()
        )

    def more(self) -> dict[str, Any]:
        return {}

    @property
    def optimizer(self) -> Any:
        return self.learn.opt

    def rates(self) -> list[float]:
        return [hypers["lr"] for hypers in self.optimizer.hypers]

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.learn,), {}

    def train_epoch(self) -> list[float]:
        from fastai.callback.core import Callback

        losses = []

        class Note(Callback):
            def after_batch(self) -> None:
                if self.training:
                    losses.append(float(self.loss.detach()))

        with self.learn.no_logging(), self.learn.no_bar():
            self.learn.fit_one_cycle(1, slice(1e-4, 1e-2), cbs=Note())
        return losses

    def bits(self) -> dict[str, Any]:
        learn = self.learn
        return {
            **super().bits(),
            "attributes": {k: id(v) for k, v in vars(learn).items() if k != "lock"},
            "callbacks": [(id(callback), dict(vars(callback))) for callback in learn.cbs],
            "loader": [learn.dls.train.rng.getstate(), id(learn.dls.train.rng)],
        }

    def optimizer_bits(self) -> Any:
        optimizer = self.optimizer
        if optimizer is None:
            return None
        inner = getattr(optimizer, "opt", None)
        return [
            models.bits(optimizer.state),
            models.bits(list(optimizer.hypers)),
            None if inner is None else models.bits(inner.state),
        ]

    def values(self) -> dict[str, Any]:
        optimizer = self.optimizer
        state = [optimizer.state[p] for group in optimizer.param_lists for p in group]
        return {
            "tensors": models.bits(self.model.state_dict()),
            "optimizer": models.bits([state, list(optimizer.hypers)]),
        }


class WrappedRig(FastaiRig):
    """fastai over an optimizer of PyTorch's."""

    def more(self) -> dict[str, Any]:
        from fastai.optimizer import OptimWrapper

        return {"opt_func": lambda params, lr: OptimWrapper(params, torch.optim.AdamW, lr=lr)}

    def values(self) -> dict[str, Any]:
        state = self.optimizer.opt.state_dict()
        return {"tensors": models.bits(self.model.state_dict()), "optimizer": models.bits(state)}


RIGS = {
    "pytorch": PyTorchRig,
    "step": StepRig,
    "fastai": FastaiRig,
    "fastai with a torch optimizer": WrappedRig,
}
