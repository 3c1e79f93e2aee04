"""Lightning: how it is called, what its groups are, the line that is shown, what is refused."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning")

import lightning as pl
import torch
from lightning.pytorch.loggers import CSVLogger
from torch import nn
from torch.utils.data import DataLoader

from lr_widget import lr_find
from lr_widget.testing.bits import seed_all
from tests.support.lightning_rig import LightningRig, unwarned
from tests.support.lits import (
    Cosine,
    Lit,
    Module,
    OneCycle,
    TwoGroups,
    WarmUp,
    loader,
    make_trainer,
)

SWEEP = {"start_lr": 1e-5, "end_lr": 1e-1, "num_it": 12, "show": False}


class WithData(Lit):
    def train_dataloader(self):
        return loader()


class Hyper(Lit):
    def __init__(self, learning_rate=0.01):
        super().__init__()
        self.lr = None
        self.save_hyperparameters()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.hparams.learning_rate)


class Fixed(Lit):
    """Its rate is written where the optimizer is made; `lr` is of no use."""

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.01)


@pytest.mark.parametrize(
    "call",
    [
        lambda t, m: lr_find(t, m, loader(), **SWEEP),
        lambda t, m: lr_find(t, m, train_dataloaders=loader(), **SWEEP),
        lambda t, m: lr_find(t, module=m, train_dataloaders={"a": loader()}, **SWEEP),
        lambda t, m: lr_find(t, m, datamodule=Module(), **SWEEP),
        lambda t, m: lr_find(t, m, Module(), **SWEEP),
        lambda t, m: lr_find(t, m, None, Module(), **SWEEP),
        lambda t, m: lr_find(t, m, **SWEEP),
    ],
)
def test_data_come_as_fit_takes_them(call, tmp_path):
    class Any(WithData):
        def step(self, batch):
            return super().step(batch["a"] if isinstance(batch, dict) else batch)

    assert len(call(make_trainer(tmp_path), Any()).sweep) == 12


@pytest.mark.thorough
def test_the_other_package_is_not_imported():
    code = (
        "import sys, torch, lr_widget\n"
        "import pytorch_lightning as pl\n"
        "class M(pl.LightningModule):\n"
        "    def __init__(self): super().__init__(); self.l = torch.nn.Linear(2, 1)\n"
        "    def training_step(self, b, i): return self.l(b).pow(2).mean()\n"
        "    def configure_optimizers(self): return torch.optim.SGD(self.parameters(), 0.1)\n"
        "data = torch.utils.data.DataLoader(torch.randn(8, 2), batch_size=4)\n"
        "trainer = pl.Trainer(accelerator='cpu', logger=False, enable_checkpointing=False)\n"
        "p = lr_widget.lr_find(trainer, M(), data, num_it=12, show=False)\n"
        "print(len(p.sweep), 'lightning' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout == "12 False\n", done.stderr


class OtherRig(LightningRig):
    package = "pytorch_lightning"


def test_pytorch_lightning_is_swept_and_trained_as_well():
    with unwarned():
        pytest.importorskip("pytorch_lightning")
    runs = []
    for swept in (False, True):
        seed_all(1)
        rig = OtherRig()
        if swept:
            before = rig.bits()
            picker = rig.find()
            assert picker.status == "finished"
            assert len(rig.try_picks(picker)) == 2
            assert rig.bits() == before
        runs.append((rig.train_epoch(), rig.values()))
    assert runs[0] == runs[1]


def test_the_first_lines_of_lightnings_own_documentation(tmp_path):
    """The quick start, with digits of scikit-learn's in place of a download of MNIST."""
    from sklearn.datasets import load_digits

    pixels, digits = load_digits(return_X_y=True)
    dataset = torch.utils.data.TensorDataset(
        torch.tensor(pixels).float() / 16, torch.tensor(digits)
    )

    encoder = nn.Sequential(nn.Linear(8 * 8, 64), nn.ReLU(), nn.Linear(64, 3))
    decoder = nn.Sequential(nn.Linear(3, 64), nn.ReLU(), nn.Linear(64, 8 * 8))

    class LitAutoEncoder(pl.LightningModule):
        def __init__(self, encoder, decoder):
            super().__init__()
            self.encoder = encoder
            self.decoder = decoder

        def training_step(self, batch, batch_idx):
            x, _ = batch
            x = x.view(x.size(0), -1)
            z = self.encoder(x)
            x_hat = self.decoder(z)
            loss = nn.functional.mse_loss(x_hat, x)
            self.log("train_loss", loss)
            return loss

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=1e-3)

    autoencoder = LitAutoEncoder(encoder, decoder)
    train_loader = DataLoader(dataset)

    with unwarned():
        trainer = pl.Trainer(limit_train_batches=100, max_epochs=1, default_root_dir=tmp_path)
        picker = lr_find(trainer, autoencoder, train_dataloaders=train_loader, show=False)
        assert list(tmp_path.iterdir()) == []
        trainer.fit(model=autoencoder, train_dataloaders=train_loader)
    assert picker.status == "finished"
    assert len(picker.sweep) > 50
    assert trainer.global_step == 100


def rates_of(module, trainer):
    """The rates that a fit begins with."""
    with unwarned():
        trainer.fit(module, loader())
    return [group["lr"] for group in trainer.optimizers[0].param_groups]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (Lit, "module.lr = picker.max_lr.stop"),
        (Hyper, "module.hparams.learning_rate = picker.max_lr.stop"),
    ],
)
def test_the_line_that_is_shown_sets_the_rate(kind, line, tmp_path):
    module = kind()
    picker = lr_find(make_trainer(tmp_path), module, loader(), **SWEEP)
    assert picker._code == line
    picker.value = (1e-4, 3e-3)
    exec(line, {"module": module, "picker": picker})
    assert rates_of(module, make_trainer(tmp_path, max_steps=1)) == [3e-3]


def test_where_the_module_has_no_setting_the_line_makes_the_optimizer(tmp_path):
    module = Fixed()
    picker = lr_find(make_trainer(tmp_path), module, loader(), **SWEEP)
    assert picker._code == "torch.optim.Adam(self.parameters(), lr=picker.max_lr.stop)"
    picker.value = (1e-4, 3e-3)
    module.configure_optimizers = lambda: eval(
        picker._code, {"torch": torch, "self": module, "picker": picker}
    )
    assert rates_of(module, make_trainer(tmp_path, max_steps=1)) == [3e-3]


def test_several_groups_have_names_and_the_line_gives_each_its_rate(tmp_path):
    module = TwoGroups()
    module.backbone.requires_grad_(requires_grad=False)
    picker = lr_find(make_trainer(tmp_path), module, loader(), **SWEEP)
    assert picker.sweep.groups == ("body", "head")
    assert picker.sweep.settings["frozen"] == [True, False]
    assert picker.sweep.optimizer == "AdamW"
    picker.value = (1e-4, 1e-2)
    groups = [{"params": part.parameters()} for part in (module.backbone, module.head)]
    known = {"torch": torch, "groups": groups, "picker": picker}
    assert picker._code.startswith("torch.optim.AdamW([")
    module.configure_optimizers = lambda: eval(picker._code, known)
    assert rates_of(module, make_trainer(tmp_path, max_steps=1)) == [1e-4, 1e-2]


def test_rates_may_be_spread_over_groups_or_be_of_one(tmp_path):
    used = []

    class Noted(TwoGroups):
        def on_train_batch_end(self, *_):
            used.append([group["lr"] for group in self.optimizers().param_groups])

    # the last step leaves the fit, before the module hears of it
    lrs = lr_find(make_trainer(tmp_path), Noted(), loader(), spread=10, **SWEEP).sweep.lrs[:-1]
    np.testing.assert_allclose(used, [[lr / 10, lr] for lr in lrs])
    used.clear()
    lrs = lr_find(make_trainer(tmp_path), Noted(), loader(), group=0, **SWEEP).sweep.lrs[:-1]
    assert used == [[lr, 0] for lr in lrs]
    with pytest.raises(ValueError, match="spread must be left out with fewer than two"):
        lr_find(make_trainer(tmp_path), Lit(), loader(), spread=10, **SWEEP)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(Lit, [(0, 1), (1, 1)]), (WarmUp, None), (OneCycle, (0.04, 1, 0)), (Cosine, (1, 0.5))],
)
def test_the_plot_over_time_is_the_users_own_schedule(kind, expected, tmp_path):
    schedule = lr_find(make_trainer(tmp_path), kind(), loader(), **SWEEP)._schedule
    if isinstance(expected, tuple):
        shares = [share for _, share in schedule]
        ends = (shares[0], max(shares), shares[-1]) if len(expected) == 3 else tuple(shares)
        np.testing.assert_allclose(ends, expected, atol=1e-3)
    else:
        assert (schedule and [tuple(point) for point in schedule]) == expected


def test_sweeps_belong_to_the_module_and_end_with_it(tmp_path):
    trainer, module = make_trainer(tmp_path), Lit()
    first = lr_find(trainer, module, loader(), **SWEEP)
    second = lr_find(make_trainer(tmp_path), module, loader(), **SWEEP)
    assert second.sweeps == (first.sweep, second.sweep)
    gone = weakref.ref(module)
    del module, trainer
    gc.collect()
    assert gone() is None
    with pytest.raises(ValueError, match="the model that was swept must still be there"):
        second.try_picks([(1e-4, 1e-3), (1e-3, 1e-2)])


class Manual(Lit):
    def __init__(self):
        super().__init__()
        self.automatic_optimization = False


class Several(Lit):
    def configure_optimizers(self):
        return [torch.optim.SGD(part.parameters(), 0.1) for part in (self.backbone, self.head)]


class NoOptimizer(Lit):
    def configure_optimizers(self):
        return None


class Closure(Lit):
    def configure_optimizers(self):
        return torch.optim.LBFGS(self.parameters())


class OwnRates(Lit):
    def configure_optimizers(self):
        made = torch.optim.SGD(self.parameters(), 0.1)
        made.param_groups[0]["relative_step"] = True
        return made


class Iterates(Lit):
    def training_step(self, dataloader_iter):
        raise AssertionError


def frozen():
    return Lit().requires_grad_(requires_grad=False)


REFUSED = [
    (Manual, {}, {}, ValueError, "automatic_optimization=False"),
    (Several, {}, {}, ValueError, "configure_optimizers must return one optimizer, got 2"),
    (NoOptimizer, {}, {}, ValueError, "configure_optimizers must return one optimizer, got 0"),
    (Closure, {}, {}, TypeError, "must make a step without a closure, got 'LBFGS'"),
    (OwnRates, {}, {}, ValueError, "configure_optimizers' optimizer must train at the rate"),
    (Iterates, {}, {}, ValueError, "dataloader_iter"),
    (frozen, {}, {}, ValueError, "must have something to train"),
    (Lit, {"fast_dev_run": True}, {}, ValueError, "got fast_dev_run="),
    (Lit, {"barebones": True}, {}, ValueError, "got barebones=True"),
    (Lit, {"devices": 2}, {}, ValueError, "one device, got 2"),
    (Lit, {"strategy": "ddp_spawn"}, {}, ValueError, "in this process by the usual strategy"),
    (Lit, {"limit_train_batches": 0}, {}, ValueError, "got limit_train_batches=0"),
    (Lit, {}, {"train_dataloaders": None}, ValueError, "train_dataloaders must be given"),
    (Lit, {}, {"datamodule": Module()}, ValueError, "left out with a datamodule"),
    (Lit, {}, {"datamodule": loader()}, TypeError, "datamodule must be a LightningDataModule"),
    (Lit, {}, {"train_dataloaders": iter(loader())}, ValueError, "iterated again"),
    (Lit, {}, {"train_dataloaders": [[]]}, ValueError, "got neither|at least one batch"),
    (lambda: None, {}, {}, TypeError, r"module must be given in lr_find\(trainer, module\)"),
    (lambda: nn.Linear(1, 1), {}, {}, TypeError, "module must be a LightningModule"),
    (Lit, {}, {"module": Lit()}, TypeError, "module must be given once"),
    (Lit, {}, {"loader": loader()}, TypeError, "with a Lightning Trainer, got loader="),
]


@pytest.mark.parametrize(
    ("make", "options", "named", "error", "words"), REFUSED, ids=[row[4] for row in REFUSED]
)
def test_what_is_refused_says_why_and_touches_nothing(  # noqa: PLR0917  a row of the table
    make, options, named, error, words, tmp_path
):
    with unwarned():
        trainer = make_trainer(tmp_path, **options) if "barebones" not in options else bare()
    module = make()
    held = dict(vars(trainer)), module and dict(vars(module))
    with pytest.raises(error, match=words):
        lr_find(trainer, module, **{"train_dataloaders": loader(), **named}, **SWEEP)
    assert (dict(vars(trainer)), module and dict(vars(module))) == held


def bare():
    return pl.Trainer(accelerator="cpu", barebones=True)


def test_a_trainer_that_runs_is_refused(tmp_path):
    class Sweeps(pl.Callback):
        def on_train_batch_end(self, trainer, module, *_):
            lr_find(trainer, module, loader(), **SWEEP)

    trainer = make_trainer(tmp_path, callbacks=Sweeps())
    with unwarned(), pytest.raises(ValueError, match="trainer must not be running"):
        trainer.fit(Lit(), loader())


def test_keywords_of_lightning_are_refused_elsewhere(tmp_path):
    model = nn.Linear(1, 1)
    with pytest.raises(TypeError, match="train_dataloaders must be given with a Trainer only"):
        lr_find(model, train_dataloaders=loader(), **SWEEP)


def test_a_callback_says_itself_whether_it_runs(tmp_path):
    class Counts(pl.Callback):
        def on_train_batch_end(self, *_):
            counts.append(self)

    class Stays(pl.pytorch.callbacks.LearningRateMonitor):
        runs_in_lr_find = True
        on_train_batch_end = Counts.on_train_batch_end

    out, stays, counts = Counts(), Stays(), []
    out.runs_in_lr_find = False
    trainer = make_trainer(tmp_path, callbacks=[out, stays], logger=CSVLogger(tmp_path))
    lr_find(trainer, Lit(), loader(), **SWEEP)
    assert counts == [stays] * 12
    assert list(tmp_path.iterdir()) == []


def test_what_a_seed_decides(tmp_path):
    curves = []
    for state in (1, 2):
        seed_all(4)
        module = Lit()
        seed_all(state)
        shuffled = loader(generator=torch.Generator().manual_seed(state))
        sweep = lr_find(make_trainer(tmp_path), module, shuffled, seed=7, **SWEEP).sweep
        curves.append(sweep.losses.tolist())
    assert curves[0] == curves[1]
