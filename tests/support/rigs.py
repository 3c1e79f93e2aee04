"""A rig for each kind of loop that lr_widget brings along."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from lr_widget.testing import LoopRig
from lr_widget.testing.bits import bits
from lr_widget.testing.model import CLASSES, INPUTS, Net, groups, parts
from lr_widget.testing.rig import STEPS, Data
from tests.support.lightning_rig import LightningRig
from tests.support.loaders import Noisy, Wrap
from tests.support.transformers_rig import TransformersRig

__all__ = ["RIGS", "STEPS", "FastaiRig", "PyTorchRig", "StepRig", "WrappedRig"]

OPTIMIZERS = {
    "Adam": lambda params: torch.optim.Adam(params, lr=0.01),
    "AdamW": lambda params: torch.optim.AdamW(params, lr=0.01, amsgrad=True),
    "SGD": lambda params: torch.optim.SGD(params, lr=0.01, momentum=0.9, nesterov=True),
    "RMSprop": lambda params: torch.optim.RMSprop(params, lr=0.01, momentum=0.9, centered=True),
    "plain SGD": lambda params: torch.optim.SGD(params, lr=0.01),
}


class PyTorchRig(LoopRig):
    kind = "pytorch"

    def build(self) -> None:
        setting = self.setting
        self.optimizer = OPTIMIZERS[setting.optimizer](groups(self.model, setting.groups))
        self.optimizer.register_step_pre_hook(lambda *_: self.watch("optimizer", None))
        self.loader = self.make_loader()

    def make_loader(self) -> Any:
        kind, data = self.setting.loader, Data(self)
        workers = {"num_workers": 1, "persistent_workers": True} if "stay" in kind else {}
        draws = {"generator": torch.Generator().manual_seed(3), "collate_fn": Noisy()}
        options = {**workers, **(draws if "generator" in kind else {})}
        loader = torch.utils.data.DataLoader(data, batch_size=8, shuffle=True, **options)
        return loader if kind == "plain" else Wrap(loader)

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.model, self.optimizer, self.loss, self.loader), {}

    def trial_arguments(self) -> dict[str, Any]:
        return {"valid": torch.utils.data.DataLoader(Data(self), batch_size=20)}

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

    def trial_arguments(self) -> dict[str, Any]:
        return {"fit": self.fit}

    def fit(self, pick: Any) -> torch.Tensor:
        """Train fifteen steps at the pick's rates."""
        for _ in range(15):
            rates = pick.group_lrs(len(self.optimizer.param_groups))
            for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
                group["lr"] = lr
            loss = self.step()
        return loss.detach()

    def step(self) -> torch.Tensor:
        x, y = self.loader.dataset.items[torch.randint(40, (8,))]
        self.optimizer.zero_grad()
        loss = self.loss(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss


class FastaiRig(LoopRig):
    kind = "fastai"
    keeps_modes = False  # fastai calls model.train() itself before every epoch

    def build(self) -> None:
        from fastai.callback import schedule  # noqa: F401  brings fit_one_cycle
        from fastai.data.core import DataLoaders
        from fastai.data.load import DataLoader
        from fastai.learner import Learner

        def split(model: Net) -> list[list[Any]]:
            return list(parts(model, self.setting.groups).values())

        def make_loader() -> Any:
            if self.setting.loader == "fastai text":
                return text_loader(self)
            draws = {"before_batch": Noisy().items} if "generator" in self.setting.loader else {}
            return DataLoader(Data(self), bs=8, shuffle=True, num_workers=0, **draws)

        loaders = [make_loader() for _ in range(2)]
        self.learn = Learner(
            DataLoaders(*loaders),
            self.model,
            self.loss,
            opt_func=self.make_optimizer,
            splitter=split,
        )

    def make_optimizer(self, params: Any, **hypers: Any) -> Any:
        from fastai import optimizer as fastai

        kinds = {
            "Adam": lambda *args, **kw: fastai.Adam(*args, decouple_wd=False, **kw),
            "AdamW": fastai.Adam,
            "SGD": lambda *args, **kw: fastai.SGD(*args, mom=0.9, **kw),
            "RMSprop": lambda *args, **kw: fastai.RMSProp(*args, mom=0.9, **kw),
            "plain SGD": fastai.SGD,
        }
        made = kinds[self.setting.optimizer](params, **hypers)

        def pass_by(p: Any, **_hypers: Any) -> None:
            if p is made.param_lists[-1][-1]:  # in the middle of the optimizer's step
                self.watch("optimizer", None)

        made.cbs.append(pass_by)
        return made

    @property
    def optimizer(self) -> Any:
        return self.learn.opt

    def rates(self) -> list[float]:
        return [hypers["lr"] for hypers in self.optimizer.hypers]

    def set_rate(self, lr: float) -> None:
        self.optimizer.set_hyper("lr", lr)

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.learn,), {}

    def trial_arguments(self) -> dict[str, Any]:
        return {}

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
            "loaders": [(loader.rng.getstate(), id(loader.rng)) for loader in learn.dls.loaders],
            "texts": [
                list(loader.items.idxs) for loader in learn.dls.loaders if "items" in vars(loader)
            ],
        }

    def optimizer_bits(self) -> Any:
        optimizer = self.optimizer
        if optimizer is None:
            return None
        inner = getattr(optimizer, "opt", None)
        return [
            bits(optimizer.state),
            bits(list(optimizer.hypers)),
            None if inner is None else bits(inner.state),
        ]

    def values(self) -> dict[str, Any]:
        optimizer = self.optimizer
        state = [optimizer.state[p] for group in optimizer.param_lists for p in group]
        return {
            "tensors": bits(self.model.state_dict()),
            "optimizer": bits([state, list(optimizer.hypers)]),
        }


class WrappedRig(FastaiRig):
    """fastai over an optimizer of PyTorch's."""

    def make_optimizer(self, params: Any, **hypers: Any) -> Any:
        from fastai.optimizer import OptimWrapper

        def make(groups: Any, lr: float) -> Any:
            made = OPTIMIZERS[self.setting.optimizer](groups)
            made.register_step_pre_hook(lambda *_: self.watch("optimizer", None))
            return made

        return OptimWrapper(params, make, **hypers)

    def values(self) -> dict[str, Any]:
        state = self.optimizer.opt.state_dict()
        return {"tensors": bits(self.model.state_dict()), "optimizer": bits(state)}


def text_loader(rig: LoopRig) -> Any:
    """Return fastai's loader of texts, in an order that it shuffles in place, as numbers."""
    from fastai.text.data import LMDataLoader
    from fastai.torch_basics import ItemTransform

    class AsNumbers(ItemTransform):
        def encodes(self, batch: Any) -> Any:
            x, y = (each.as_subclass(torch.Tensor) for each in batch)
            return x / 10 - 1, y[:, 0] % CLASSES

    class Watched(LMDataLoader):
        def create_item(self, place: int) -> Any:
            return self.dataset.watch("loader", super().create_item(place))

    return Watched(Texts(rig), bs=8, seq_len=INPUTS, shuffle=True, after_batch=AsNumbers())


class Texts(torch.utils.data.Dataset):
    """Ten texts of different lengths, together five batches of eight pieces."""

    def __init__(self, rig: LoopRig) -> None:
        generator = torch.Generator().manual_seed(1)
        lengths = [*range(30, 39), 8 * 5 * INPUTS + 1 - sum(range(30, 39))]
        self.texts = [torch.randint(20, (n,), generator=generator) for n in lengths]
        self.watch = rig.watch

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.texts[index]


# what goes through the data, and the loops that know it
LOADERS = {
    "plain": (
        "pytorch",
        "step",
        "fastai",
        "fastai with a torch optimizer",
        "lightning",
        "transformers",
    ),
    "wrapped": ("pytorch",),
    "generator inside": ("pytorch", "fastai"),
    "workers that stay": ("pytorch",),
    "fastai text": ("fastai", "fastai with a torch optimizer"),
}

RIGS = {
    "pytorch": PyTorchRig,
    "step": StepRig,
    "fastai": FastaiRig,
    "fastai with a torch optimizer": WrappedRig,
    "lightning": LightningRig,
    "transformers": TransformersRig,
}
