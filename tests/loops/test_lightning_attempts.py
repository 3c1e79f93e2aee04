"""Lightning: with what those who know it have around a training, a sweep leaves no trace."""

from __future__ import annotations

import pytest

pytest.importorskip("lightning")

import lightning as pl
import torch
import torchmetrics
from lightning.pytorch import callbacks as ready
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.tuner import Tuner
from lightning.pytorch.utilities import CombinedLoader
from torch.optim import lr_scheduler as schedules
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader

from lr_widget import lr_find
from lr_widget.testing.bits import bits, random_bits
from tests.support.lightning_rig import unwarned
from tests.support.lightning_runs import data_argument, everything, fit, made_set_up, runs_of
from tests.support.lits import CLASSES, Lit, Module, Scheduled, Two, data, loader, make_trainer

pytestmark = pytest.mark.thorough

SWEEP = {"start_lr": 1e-6, "end_lr": 1e-1, "num_it": 18, "show": False}
PICKS = [(1e-4, 1e-3), (1e-3, 1e-2)]


class Clips(Lit):
    def configure_gradient_clipping(self, optimizer, gradient_clip_val=None, **_):
        self.clip_gradients(
            optimizer, 0.1 / (1 + self.global_step), gradient_clip_algorithm="value"
        )


class Ema(Lit):
    """An average of its own weights, by which it validates."""

    def __init__(self):
        super().__init__()
        self.average = AveragedModel(self.head)
        self.average.requires_grad_(requires_grad=False)
        self.beta = 0.5

    def configure_optimizers(self):
        parameters = [p for p in self.parameters() if p.requires_grad]
        return torch.optim.AdamW(parameters, lr=self.lr)

    def on_before_zero_grad(self, optimizer):
        self.average.update_parameters(self.head)
        self.beta *= 0.99

    def validation_step(self, batch, batch_idx):
        out = self.average(self.backbone(batch[0]))
        self.log("val_loss", torch.nn.functional.cross_entropy(out, batch[1]))


class Collects(Lit):
    """Metrics of every kind, which it logs at the ends of epochs."""

    def __init__(self):
        super().__init__()
        task = {"task": "multiclass", "num_classes": CLASSES}
        each = {"acc": torchmetrics.Accuracy(**task), "f1": torchmetrics.F1Score(**task)}
        self.metrics = torchmetrics.MetricCollection(each)
        self.mean = torchmetrics.MeanMetric()

    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        self.mean(loss.detach())
        self.log("mean", self.mean)
        self.log_dict(self.metrics(self(batch[0]), batch[1]), on_epoch=True)
        return loss

    def on_validation_epoch_end(self):
        self.log("seen", float(len(self.trainer.callback_metrics)))


class Freezes(Lit):
    """Freezes and frees in hooks, and adds a group when it does."""

    def on_train_epoch_start(self):
        self.backbone.requires_grad_(self.current_epoch > 0)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr, momentum=0.9)


class Stepwise(Lit):
    """Two schedules in a row, stepped by hand every other batch."""

    def configure_optimizers(self):
        optimizer = super().configure_optimizers()
        parts = [schedules.LinearLR(optimizer, total_iters=3), schedules.StepLR(optimizer, 2)]
        scheduler = schedules.SequentialLR(optimizer, parts, milestones=[3])
        config = {"scheduler": scheduler, "interval": "step", "frequency": 2}
        return [optimizer], [config]

    def lr_scheduler_step(self, scheduler, metric):
        scheduler.step()


class Restarts(Scheduled):
    interval = "epoch"

    def scheduler(self, optimizer):
        return schedules.CosineAnnealingWarmRestarts(optimizer, 2)


class Weighs(Lit):
    """Changes a buffer, a list and a number of its own in every step."""

    def __init__(self):
        super().__init__()
        self.register_buffer("weights", torch.ones(CLASSES), persistent=False)
        self.seen, self.count = [], 0

    def step(self, batch):
        loss = torch.nn.functional.cross_entropy(self(batch[0]), batch[1], self.weights.clone())
        if self.training:
            self.weights[self.count % CLASSES] *= 0.95
            self.count += 1
            self.seen.append(float(loss.detach()))
        return loss + 0.01 * len(self.seen)


class Hooks(Lit):
    """Registers hooks when a fit begins."""

    def on_fit_start(self):
        self.handle = self.head.register_forward_hook(lambda *call: call[2] * 1.01)

    def on_fit_end(self):
        self.handle.remove()


class Tied(Lit):
    """A step that runs twice: as SAM does, within `optimizer_step`."""

    def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure):
        optimizer_closure()
        with torch.no_grad():
            for p in self.parameters():
                p.add_(p.grad, alpha=0.01)
        optimizer.step(closure=optimizer_closure)


class Counts(pl.Callback):
    """A state, and tensors in it that change in place."""

    def __init__(self):
        self.total, self.norms = torch.zeros(2), []

    def on_before_optimizer_step(self, trainer, module, optimizer):
        norm = sum(float(p.grad.norm()) for p in module.parameters() if p.grad is not None)
        self.norms.append(norm)
        self.total += norm
        for p in module.parameters():
            if p.grad is not None:
                p.grad.mul_(1 + 0.01 * len(self.norms))

    def state_dict(self):
        return {"total": self.total.clone(), "n": len(self.norms)}


def callback(*make):
    return lambda: {"callbacks": [each() for each in make]}


def saved(**options):
    return lambda: {"callbacks": ready.ModelCheckpoint(**options), "enable_checkpointing": True}


def combined(mode):
    return lambda: CombinedLoader({"a": loader(), "b": loader(batch_size=4)}, mode)


SET_UPS = {
    "clipped by value": (
        Lit,
        lambda: {"gradient_clip_val": 0.1, "gradient_clip_algorithm": "value"},
        loader,
    ),
    "clips by itself": (Clips, dict, loader),
    "an average": (Ema, dict, loader),
    "metrics": (Collects, lambda: {"logger": None, "log_every_n_steps": 2}, loader),
    "freezes": (Freezes, dict, loader),
    "schedules in a row": (Stepwise, dict, loader),
    "restarts": (Restarts, dict, loader),
    "weighs": (Weighs, dict, loader),
    "hooks": (Hooks, dict, loader),
    "two passes": (Tied, dict, loader),
    "overfits": (Lit, lambda: {"overfit_batches": 2}, lambda: loader(shuffle=False)),
    "a few batches": (Lit, lambda: {"limit_train_batches": 0.5}, loader),
    "longest": (Two, dict, combined("max_size_cycle")),
    "shortest": (Two, dict, combined("min_size")),
    "accumulates later": (
        Lit,
        lambda: {"callbacks": ready.GradientAccumulationScheduler({0: 1, 1: 3})},
        loader,
    ),
    "saves steps": (Lit, saved(every_n_train_steps=2, save_top_k=-1), loader),
    "saves by time": (Lit, saved(save_on_train_epoch_end=True, save_last="link"), loader),
    "finds its rate": (
        Lit,
        callback(lambda: ready.LearningRateFinder(num_training_steps=12, max_lr=0.1)),
        loader,
    ),
    "counts": (Lit, callback(Counts), loader),
    "a bar of its own": (
        Lit,
        lambda: {
            "callbacks": [ready.Timer(), ready.RichProgressBar()],
            "enable_progress_bar": True,
        },
        loader,
    ),
    "validates within": (Lit, lambda: {"val_check_interval": 0.5, "logger": None}, loader),
    "validates seldom": (Lit, lambda: {"check_val_every_n_epoch": 2}, loader),
    "no gradients kept": (Lit, lambda: {"inference_mode": False}, loader),
    "deterministic": (Lit, lambda: {"benchmark": True, "precision": "64-true"}, loader),
    "a generator": (
        Lit,
        dict,
        lambda: loader(generator=torch.Generator().manual_seed(3), drop_last=True),
    ),
    "a datamodule that counts": (
        Lit,
        lambda: {"reload_dataloaders_every_n_epochs": 1, "accumulate_grad_batches": 3},
        Module,
    ),
}
AFTER_A_FIT = ("clips by itself", "an average", "metrics", "freezes", "weighs", "saves steps",
               "accumulates later", "counts", "restarts", "finds its rate")  # fmt: skip


@pytest.mark.parametrize(
    ("name", "before"),
    [*((name, False) for name in SET_UPS), *((name, True) for name in AFTER_A_FIT)],
)
def test_the_next_fit_is_the_one_without_a_sweep(name, before, tmp_path, capfd):
    def act(trainer, module, given):
        capfd.readouterr()
        picker = lr_find(trainer, module, **data_argument(given), **SWEEP)
        assert (picker.status, len(picker.sweep)) == ("finished", 18)
        assert capfd.readouterr() == ("", "")

    without, swept = runs_of(SET_UPS[name], tmp_path, act, before=before)
    assert {key for key in without if without[key] != swept[key]} == set()


TRIED = ("clips by itself", "an average", "metrics", "freezes", "weighs", "schedules in a row",
         "overfits", "longest", "accumulates later", "saves steps", "counts", "validates within",
         "hooks", "deterministic", "finds its rate")  # fmt: skip


@pytest.mark.parametrize("name", TRIED)
def test_the_next_fit_is_the_one_without_trials(name, tmp_path):
    def act(trainer, module, given):
        picker = lr_find(trainer, module, **data_argument(given), **SWEEP)
        trials = picker.try_picks(PICKS, epochs=2)
        assert [len(trial.epochs) for trial in trials] == [2, 2]

    without, tried = runs_of(SET_UPS[name], tmp_path, act, before=name in AFTER_A_FIT)
    assert {key for key in without if without[key] != tried[key]} == set()


class Warms(Scheduled):
    """A warm-up over 20 steps, and the rates of the steps that are made."""

    def scheduler(self, optimizer):
        self.rates = []

        def note(optimizer, *_):  # before a trial puts its own back
            self.rates.append(optimizer.param_groups[0]["lr"])

        hook = optimizer.register_step_post_hook(note)
        optimizer._optimizer_step_post_hooks.move_to_end(hook.id, last=False)
        Warms.made.append(self.rates)
        return schedules.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 20))


def test_accumulation_that_changes_with_the_epochs_does_so_in_a_trial(tmp_path):
    """Five steps in the first epoch, one in each of the others: the warm-up is not over."""
    options = {"callbacks": [ready.GradientAccumulationScheduler({0: 1, 1: 5})]}
    trainer, module, Warms.made = make_trainer(tmp_path, **options), Warms(), []
    picker = lr_find(trainer, module, loader(), **SWEEP)
    Warms.made.clear()
    trials = picker.try_picks(PICKS, epochs=4)
    runs = [rates for rates in Warms.made if rates]
    assert [len(trial.train_losses) for trial in trials] == [8, 8] == [len(each) for each in runs]
    assert [max(rates) for rates in runs] == pytest.approx([hi for _, hi in PICKS])


def test_a_fit_that_goes_on_from_a_checkpoint(tmp_path):
    found = []
    for sweeps in (False, True):
        folder = tmp_path / str(sweeps)
        folder.mkdir()
        set_up = Ema, saved(dirpath=folder, every_n_train_steps=3, save_top_k=-1), loader
        trainer, module, given = made_set_up(set_up, folder)
        fit(trainer, module, given, 2)
        if sweeps:
            lr_find(trainer, module, given, **SWEEP)
        place = min(folder.glob("*step=6.ckpt"))
        with unwarned():
            trainer.fit(module, given, ckpt_path=place, weights_only=False)
        found.append(everything(trainer, module, folder))
    assert found[0] == found[1]


def test_lightnings_own_finder_finds_the_same_after_a_sweep(tmp_path):
    found = []
    for sweeps in (False, True):
        trainer, module, given = made_set_up((Lit, dict, loader), tmp_path)
        if sweeps:
            lr_find(trainer, module, given, **SWEEP)
        with unwarned():
            finder = Tuner(trainer).lr_find(module, given, num_training=15, max_lr=0.1)
        found.append((finder.results, module.lr))
    assert found[0] == found[1]


def test_validate_and_test_are_the_same_after_a_sweep(tmp_path):
    class Tested(Lit):
        test_step = Lit.validation_step

    found = []
    for sweeps in (False, True):
        trainer, module, given = made_set_up((Tested, dict, loader), tmp_path)
        with unwarned():
            trainer.validate(module)
            if sweeps:
                lr_find(trainer, module, given, **SWEEP).try_picks(PICKS)
            outcome = trainer.test(module, DataLoader(data(24), batch_size=8))
            outcome += trainer.predict(module, DataLoader(data(24).tensors[0], batch_size=8))
        found.append((bits(outcome), random_bits()))
    assert found[0] == found[1]


def test_the_folders_of_a_logger_go_on_by_one(tmp_path):
    """A version of a log belongs to a fit, and not to a sweep before it."""
    for _ in range(2):
        logger = CSVLogger(tmp_path, name="logs")
        trainer, module = make_trainer(tmp_path, logger=logger), Collects()
        picker = lr_find(trainer, module, loader(), **SWEEP)
        picker.try_picks(PICKS)
        with unwarned():
            trainer.fit(module, loader())
    names = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert names == ["version_0", "version_1"]
    assert torch.isfinite(trainer.callback_metrics["mean"])
