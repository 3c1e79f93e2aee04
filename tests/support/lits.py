"""Small LightningModules, their data, and set-ups that people have around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning as pl
import torch
import torchmetrics
from lightning.pytorch import callbacks as ready
from lightning.pytorch.loggers import CSVLogger
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset, TensorDataset, random_split

INPUTS, CLASSES = 4, 3


def data(n: int = 40) -> TensorDataset:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(n, INPUTS, generator=generator)
    return TensorDataset(x, x[:, :CLASSES].argmax(1))


def loader(**options: Any) -> DataLoader:
    return DataLoader(data(), **{"batch_size": 8, "shuffle": True, **options})


class Lit(pl.LightningModule):
    """A body and a head, dropout and batch-norm; all of it in one parameter group."""

    def __init__(self, lr: float = 0.01) -> None:
        super().__init__()
        self.lr = lr
        self.backbone = nn.Sequential(nn.Linear(INPUTS, 8), nn.BatchNorm1d(8), nn.ReLU())
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(8, CLASSES))

    def forward(self, x):
        return self.head(self.backbone(x))

    def step(self, batch):
        return functional.cross_entropy(self(batch[0]), batch[1])

    def training_step(self, batch, batch_idx):
        loss = self.step(batch)
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", self.step(batch))
        self.log("val_acc", (self(batch[0]).argmax(1) == batch[1]).float().mean())

    def val_dataloader(self):
        return DataLoader(data(16), batch_size=8)

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.lr)


class Scheduled(Lit):
    """A schedule; each subclass makes its own."""

    interval = "step"

    def configure_optimizers(self):
        optimizer = super().configure_optimizers()
        return {
            "optimizer": optimizer,
            "lr_scheduler": {
                "scheduler": self.scheduler(optimizer),
                "interval": self.interval,
                "monitor": "val_loss",
            },
        }


class OneCycle(Scheduled):
    def scheduler(self, optimizer):
        steps = self.trainer.estimated_stepping_batches
        return torch.optim.lr_scheduler.OneCycleLR(optimizer, self.lr, total_steps=int(steps))


class Cosine(Scheduled):
    interval = "epoch"

    def scheduler(self, optimizer):
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, self.trainer.max_epochs)


class Noam(Scheduled):
    """The optimizer's rate is a factor of 1; warms up in four steps."""

    def __init__(self) -> None:
        super().__init__(lr=1.0)

    def scheduler(self, optimizer):
        def factor(step):
            return 0.01 * min((step + 1) ** -0.5, (step + 1) * 4**-1.5)

        return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


class Plateau(Scheduled):
    interval = "epoch"

    def scheduler(self, optimizer):
        return torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)


class WarmUp(Lit):
    """As Lightning's documentation warms up, before the step."""

    def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure):
        for group in optimizer.param_groups:
            group["lr"] = self.lr * min(1.0, (self.trainer.global_step + 1) / 8)
        optimizer.step(closure=optimizer_closure)


class TwoGroups(Lit):
    def configure_optimizers(self):
        parts = {"body": self.backbone, "head": self.head}
        groups = [{"params": part.parameters(), "name": name} for name, part in parts.items()]
        return torch.optim.AdamW(groups, lr=self.lr)


class Metric(Lit):
    def __init__(self) -> None:
        super().__init__()
        self.acc = torchmetrics.Accuracy(task="multiclass", num_classes=CLASSES)
        self.outputs = []

    def training_step(self, batch, batch_idx):
        self.acc(self(batch[0]), batch[1])
        self.log("acc", self.acc, on_step=True, on_epoch=True)
        loss = super().training_step(batch, batch_idx)
        self.outputs.append(loss.detach())
        return loss

    def on_train_epoch_end(self):
        self.log("mean", torch.stack(self.outputs).mean())
        self.outputs.clear()
        assert "val_loss" in self.trainer.callback_metrics


class Late(Lit):
    """Layers that are made in hooks, with callbacks that the module brings along."""

    def __init__(self) -> None:
        super().__init__()
        self.head = None

    def setup(self, stage):
        self.extra = nn.Parameter(torch.randn(CLASSES))

    def configure_model(self):
        if self.head is None:
            self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        return super().forward(x) + self.extra

    def configure_callbacks(self):
        return [ready.EarlyStopping("val_loss"), ready.ModelCheckpoint(monitor="val_loss")]


class Two(Lit):
    """Of two loaders, the longer one begins anew less often."""

    def step(self, batch):
        return super().step(batch["a"] if isinstance(batch, dict) else batch)


class Module(pl.LightningDataModule):
    """A datamodule with a state, which draws at random in its hooks."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs = []
        self.generator = torch.Generator().manual_seed(2)

    def setup(self, stage):
        self.train, self.valid = random_split(data(), [32, 8])

    def train_dataloader(self):
        self.epochs.append(torch.randint(9, (), generator=self.generator).item())
        return DataLoader(self.train, batch_size=8, shuffle=True, generator=self.generator)

    def val_dataloader(self):
        return DataLoader(self.valid, batch_size=8)


class Endless(IterableDataset):
    def __iter__(self):
        for _ in range(40):
            x = torch.randn(INPUTS)
            yield x, x[:CLASSES].argmax()


class Writes(pl.Callback):
    """Somebody's own: counts batches, draws at random, and writes at the ends of things."""

    def __init__(self) -> None:
        self.seen = 0

    def on_train_batch_end(self, trainer, *_):
        self.seen += 1
        torch.rand(())

    def on_train_epoch_end(self, trainer, module):
        folder = Path(trainer.default_root_dir)
        (folder / f"{trainer.current_epoch}.txt").write_text(str(self.seen), "utf-8")
        assert trainer.callback_metrics["val_loss"] > 0

    def on_train_end(self, trainer, module):
        (Path(trainer.default_root_dir) / "end.txt").write_text(str(self.seen), "utf-8")


class Pictures(pl.Callback):
    """Writes where the logger has its files, in the middle of training."""

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
        place = Path(trainer.log_dir) / "pictures"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{trainer.global_step}.txt").write_text("x", "utf-8")
        module.logger.experiment.log_metrics({"x": 1.0})


class Freezing(ready.BackboneFinetuning):
    def __init__(self) -> None:
        super().__init__(unfreeze_backbone_at_epoch=1)


class Unfrozen(Lit):
    """Its optimizer begins with what is not frozen, as BaseFinetuning wants it."""

    def configure_optimizers(self):
        return torch.optim.SGD([p for p in self.parameters() if p.requires_grad], lr=self.lr)


def watched() -> dict[str, Any]:
    """All that shows, writes and watches, as people have it."""
    own = [ready.EarlyStopping("val_loss"), ready.LearningRateMonitor("step"), ready.Timer()]
    return {
        "callbacks": [*own, ready.ModelCheckpoint(monitor="val_loss", save_last=True)],
        "logger": None,
        "enable_checkpointing": True,
        "enable_model_summary": True,
        "enable_progress_bar": True,
        "log_every_n_steps": 1,
    }


def averaging() -> Any:
    return ready.EMAWeightAveraging(decay=0.9)


# how module, trainer and data are made; a trainer's logger None is a CSVLogger in its folder
SET_UPS: dict[str, tuple[Any, Any, Any]] = {
    "plain": (Lit, dict, loader),
    "watched": (Lit, watched, loader),
    "accumulated, clipped, bf16": (
        Lit,
        lambda: {
            "accumulate_grad_batches": 2,
            "gradient_clip_val": 0.5,
            "precision": "bf16-mixed",
        },
        loader,
    ),
    "accumulation scheduled": (
        Lit,
        lambda: {"callbacks": ready.GradientAccumulationScheduler({1: 2})},
        loader,
    ),
    "backbone freed later": (Unfrozen, lambda: {"callbacks": Freezing()}, loader),
    "SWA": (
        Lit,
        lambda: {"callbacks": ready.StochasticWeightAveraging(1e-3, swa_epoch_start=1)},
        loader,
    ),
    "averaged": (Lit, lambda: {"callbacks": averaging()}, loader),
    "pruned": (
        Lit,
        lambda: {"callbacks": ready.ModelPruning("l1_unstructured", amount=0.2)},
        loader,
    ),
    "one cycle": (OneCycle, dict, loader),
    "warm-up by hand": (WarmUp, dict, loader),
    "plateau": (Plateau, dict, loader),
    "metric": (Metric, lambda: {"logger": None}, loader),
    "layers made late": (Late, lambda: {"enable_checkpointing": True}, loader),
    "datamodule": (Lit, lambda: {"reload_dataloaders_every_n_epochs": 1}, Module),
    "iterable": (Lit, dict, lambda: DataLoader(Endless(), batch_size=8)),
    "workers": (Lit, dict, lambda: loader(num_workers=2, persistent_workers=True)),
    "two loaders": (
        Two,
        dict,
        lambda: {"a": loader(), "b": loader(batch_size=4)},
    ),
    "by steps": (OneCycle, lambda: {"max_steps": 8, "max_epochs": -1}, loader),
    "profiled": (Lit, lambda: {"profiler": "simple", "detect_anomaly": True}, loader),
    "own callbacks": (Lit, lambda: {"callbacks": [Writes()]}, loader),
    "pictures": (Lit, lambda: {"callbacks": [Pictures()], "logger": None}, loader),
    "compiled": (lambda: torch.compile(Lit(), backend="eager"), dict, loader),
}


def make_trainer(folder: Path, **options: Any) -> pl.Trainer:
    usual: dict[str, Any] = {
        "accelerator": "cpu",
        "default_root_dir": folder,
        "enable_checkpointing": False,
        "enable_model_summary": False,
        "enable_progress_bar": False,
        "logger": False,
        "max_epochs": 2,
    }
    chosen = {**usual, **options}
    if chosen["logger"] is None:
        chosen["logger"] = CSVLogger(folder, name="logs")
    return pl.Trainer(**chosen)
