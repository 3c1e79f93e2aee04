"""Lightning: the losses recorded are the trainer's own, at the rates on the axis."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest

pytest.importorskip("lightning")

import lightning as pl
import torch
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import DataLoader

from lr_widget import lr_find
from lr_widget.testing.bits import seed_all
from tests.support.lightning_rig import unwarned
from tests.support.lits import (
    Endless,
    Freezing,
    Lit,
    Metric,
    Noam,
    OneCycle,
    Plateau,
    Unfrozen,
    WarmUp,
    data,
    loader,
    make_trainer,
)

NUM_IT = 16
SWEEP = {"start_lr": 1e-5, "end_lr": 1e-1, "num_it": NUM_IT, "show": False, "stop_div": False}


class Rates(pl.Callback):
    """Sets the rate of each step, as a user would to compare."""

    def __init__(self, lrs):
        self.lrs = list(lrs)

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        for group in trainer.optimizers[0].param_groups:
            group["lr"] = self.lrs[trainer.global_step]


def logged(folder):
    with next(folder.rglob("metrics.csv")).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [float(row["train_loss_step"]) for row in rows if row.get("train_loss_step")]


@pytest.mark.parametrize(
    "options",
    [{}, {"precision": "bf16-mixed"}, {"gradient_clip_val": 0.1}, {"limit_train_batches": 3}],
    ids=str,
)
def test_the_losses_are_those_that_the_trainer_logs(options, tmp_path):
    """Sixteen steps go through the data four times; a fit begins as many epochs for it."""
    seed_all(1)
    module, data_loader = Lit(), loader(generator=torch.Generator().manual_seed(5))
    trainer = make_trainer(tmp_path, **options)
    sweep = lr_find(trainer, module, data_loader, **SWEEP).sweep
    own = make_trainer(
        tmp_path,
        logger=CSVLogger(tmp_path),
        log_every_n_steps=1,
        callbacks=Rates(sweep.lrs),
        max_steps=NUM_IT,
        max_epochs=-1,
        limit_val_batches=0,
        **options,
    )
    with unwarned():
        own.fit(module, data_loader)
    np.testing.assert_allclose(sweep.losses, logged(tmp_path), rtol=1e-6)
    assert len(set(sweep.losses)) == NUM_IT


def test_with_accumulation_it_is_the_mean_of_the_micro_batches(tmp_path):
    class Noted(Lit):
        def step(self, batch):
            loss = super().step(batch)
            losses.append(float(loss.detach()))
            return loss

    losses = []
    trainer = make_trainer(tmp_path, accumulate_grad_batches=3)
    sweep = lr_find(trainer, Noted(), loader(), **SWEEP).sweep
    means = np.array(losses[: 3 * NUM_IT]).reshape(NUM_IT, 3).mean(axis=1)
    assert len(losses) == 3 * NUM_IT  # also across the ends of the data
    np.testing.assert_allclose(sweep.losses, means, rtol=1e-6)

    class Epoch(pl.Callback):
        def on_train_epoch_end(self, trainer, module):
            epochs.append(float(trainer.callback_metrics["train_loss_epoch"]))

    # as the trainer itself reports it: over an epoch of one step
    epochs = []
    own = make_trainer(
        tmp_path,
        accumulate_grad_batches=3,
        limit_train_batches=3,
        max_epochs=1,
        callbacks=[Epoch(), Rates([SWEEP["start_lr"]])],
    )
    seed_all(4)
    module = Lit()
    seed_all(5)
    with unwarned():
        own.fit(module, loader())
    seed_all(4)
    module = Lit()
    seed_all(5)
    sweep = lr_find(trainer, module, loader(), **SWEEP).sweep
    np.testing.assert_allclose(sweep.losses[0], epochs[0], rtol=1e-6)


def used_rates(module, folder, **options):
    """The rates in the optimizer at each step of a sweep, and those on the axis."""
    used = []

    def note(optimizer, *_):
        used.append([group["lr"] for group in optimizer.param_groups])

    configure = module.configure_optimizers

    def noting():
        made = configure()
        optimizer = made["optimizer"] if isinstance(made, dict) else made
        optimizer.register_step_post_hook(note)
        return made

    noting.__wrapped__ = configure
    module.configure_optimizers = noting
    data_loader = options.pop("data", None) or loader()
    trainer = options.pop("trainer", None) or make_trainer(folder, **options)
    picker = lr_find(trainer, module, data_loader, **SWEEP)
    return used, picker.sweep.lrs


@pytest.mark.parametrize(
    "kind", [OneCycle, Noam, Plateau, WarmUp, Metric], ids=lambda k: k.__name__
)
def test_schedules_and_warm_ups_leave_the_axis_alone(kind, tmp_path):
    used, lrs = used_rates(kind(), tmp_path, log_every_n_steps=1)
    assert used == [[lr] for lr in lrs]


def test_a_warm_up_after_the_step_leaves_the_axis_alone(tmp_path):
    class After(Lit):
        def optimizer_step(self, *args, **kwargs):
            super().optimizer_step(*args, **kwargs)
            for group in self.trainer.optimizers[0].param_groups:
                group["lr"] = self.lr / 7

    used, lrs = used_rates(After(), tmp_path)
    assert used == [[lr] for lr in lrs]


def test_a_rate_that_training_step_sets_is_an_error_that_says_so(tmp_path):
    class Sets(Lit):
        def training_step(self, batch, batch_idx):
            self.optimizers().param_groups[0]["lr"] = 0.5
            return super().training_step(batch, batch_idx)

    with pytest.raises(ValueError, match=r"module must train at .*training_step does, which"):
        lr_find(make_trainer(tmp_path), Sets(), loader(), **SWEEP)


def test_a_callback_that_sets_the_rate_within_the_step_is_named(tmp_path):
    class Sets(pl.Callback):
        def on_before_backward(self, trainer, module, loss):
            trainer.optimizers[0].param_groups[0]["lr"] = 0.5

    class Looks(pl.Callback):
        def on_train_batch_end(self, *_):
            pass

    trainer = make_trainer(tmp_path, callbacks=[Sets(), Looks()])
    with pytest.raises(ValueError, match=r"hook of the module, or the callback Sets$"):
        lr_find(trainer, Lit(), loader(), **SWEEP)


def test_the_whole_sweep_is_one_epoch(tmp_path):
    class Notes(pl.Callback):
        def __getattribute__(self, name):
            if name.startswith("on_") and name != "on_exception":
                calls.append(name)
            return super().__getattribute__(name)

    calls, module = [], Unfrozen()
    trainer = make_trainer(tmp_path, callbacks=[Notes(), Freezing()], max_epochs=1)
    assert len(lr_find(trainer, module, loader(), **SWEEP).sweep) == NUM_IT
    assert calls.count("on_train_epoch_start") == 1
    assert calls.count("on_train_batch_end") == NUM_IT
    assert not {"on_train_epoch_end", "on_train_end", "on_fit_end"} & set(calls)
    assert "on_validation_start" not in calls
    assert all(p.requires_grad for p in module.parameters())


def test_data_without_a_length_are_gone_through_again(tmp_path):
    sizes = []

    class Sizes(Lit):
        def step(self, batch):
            sizes.append(len(batch[0]))
            return super().step(batch)

    short = DataLoader(Endless(), batch_size=30)  # 30, 10, 30, 10 ...
    lr_find(make_trainer(tmp_path), Sizes(), short, **SWEEP)
    assert sizes == [30, 10] * (NUM_IT // 2)


def test_a_sampler_hears_of_every_pass(tmp_path):
    class Sampler(torch.utils.data.RandomSampler):
        def set_epoch(self, epoch):
            epochs.append(epoch)

    epochs = []
    own = DataLoader(data(), batch_size=8, sampler=Sampler(data()))
    lr_find(make_trainer(tmp_path), Lit(), own, **SWEEP)
    assert epochs == [0, 1, 2, 3]


def test_a_step_without_a_loss_is_tried_again(tmp_path):
    class Skips(Lit):
        def training_step(self, batch, batch_idx):
            return None if batch_idx % 4 == 2 else super().training_step(batch, batch_idx)

    sweep = lr_find(make_trainer(tmp_path), Skips(), loader(), **SWEEP).sweep
    assert len(sweep) == NUM_IT
    assert all(map(math.isfinite, sweep.losses))


def test_never_a_loss_is_an_error(tmp_path):
    class Nothing(Lit):
        def training_step(self, batch, batch_idx):
            return None

    with pytest.raises(ValueError, match="training_step must return a loss, got none"):
        lr_find(make_trainer(tmp_path), Nothing(), loader(), **SWEEP)


def test_the_rest_of_an_epoch_may_be_skipped(tmp_path):
    class Skips(Lit):
        def on_train_batch_start(self, batch, batch_idx):
            return -1 if batch_idx % 3 == 2 else None

    assert len(lr_find(make_trainer(tmp_path), Skips(), loader(), **SWEEP).sweep) == NUM_IT

    class SkipsAll(Lit):
        def on_train_batch_start(self, batch, batch_idx):
            return -1

    with pytest.raises(ValueError, match="at least one batch that is trained on"):
        lr_find(make_trainer(tmp_path), SkipsAll(), loader(), **SWEEP)


def test_a_callback_that_stops_training_stops_the_sweep(tmp_path):
    class Stops(pl.Callback):
        def on_train_batch_end(self, trainer, *_):
            trainer.should_stop = trainer.global_step == 7

    trainer = make_trainer(tmp_path, callbacks=Stops())
    picker = lr_find(trainer, Lit(), loader(), **SWEEP)
    assert (picker.status, len(picker.sweep)) == ("stopped", 7)
    assert not trainer.should_stop


def test_an_optimizer_that_is_never_stepped_is_an_error(tmp_path):
    class Never(Lit):
        def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure):
            optimizer_closure()

    with pytest.raises(ValueError, match="module must make a step of the optimizer"):
        lr_find(make_trainer(tmp_path), Never(), loader(), **SWEEP)


def test_a_step_that_a_scaler_skips_is_no_step(tmp_path):
    """Lightning's plugin for fp16 with a scaler, on a CPU: its first scales overflow."""
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**40, growth_interval=10_000)
    plugin = pl.pytorch.plugins.MixedPrecision("16-mixed", "cpu", scaler)
    losses, stepped = [], []

    class Noted(Lit):
        def step(self, batch):
            loss = super().step(batch)
            losses.append(float(loss.detach()))
            return loss

        def configure_optimizers(self):
            made = super().configure_optimizers()
            made.register_step_post_hook(lambda *_: stepped.append(losses[-1]))
            return made

    trainer = make_trainer(tmp_path, plugins=plugin)
    used, lrs = used_rates(Noted(), tmp_path, trainer=trainer)
    assert used == [[lr] for lr in lrs]
    assert len(losses) > NUM_IT + 3
    stepped.clear()
    sweep = lr_find(trainer, Noted(), loader(), **SWEEP).sweep
    assert sweep.losses.tolist() == stepped
    assert scaler.get_scale() == 2.0**40
