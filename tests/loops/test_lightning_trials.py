"""Lightning: a trial is a fit with the user's own schedule, its peak at the pick."""

from __future__ import annotations

import gc
import math

import numpy as np
import pytest

pytest.importorskip("lightning")

import lightning as pl
import torch
from lightning.pytorch import callbacks as ready

from lr_widget import lr_find
from lr_widget.testing.bits import bits, random_bits, seed_all
from tests.support.lightning_rig import unwarned
from tests.support.lits import (
    SET_UPS,
    Cosine,
    Lit,
    Module,
    Noam,
    OneCycle,
    Plateau,
    TwoGroups,
    WarmUp,
    loader,
    make_trainer,
)

pytestmark = pytest.mark.thorough

SWEEP = {"start_lr": 1e-5, "end_lr": 1e-1, "num_it": 12, "show": False}
PICKS = [(1e-4, 1e-3), (1e-3, 1e-2)]


def swept(kind, folder, **options):
    seed_all(2)
    trainer, module = make_trainer(folder, **options), kind()
    picker = lr_find(trainer, module, loader(), **SWEEP)
    picker.swept_with = trainer, module  # which it holds weakly itself
    return trainer, module, picker


class Rates:
    """Notes the rates in each step, by optimizer hooks that come after all others."""

    def __init__(self, monkeypatch, module):
        self.seen = []
        configure = type(module).configure_optimizers
        noted = self.seen

        def note(optimizer, *_):
            noted.append([group["lr"] for group in optimizer.param_groups])

        def noting(self):
            made = configure(self)
            optimizer = made["optimizer"] if isinstance(made, dict) else made
            post = optimizer.register_step_post_hook(note)
            optimizer._optimizer_step_post_hooks.move_to_end(post.id, last=False)
            return made

        monkeypatch.setattr(type(module), "configure_optimizers", noting)


SHAPES = {
    Lit: [1.0] * 20,
    TwoGroups: [1.0] * 20,
    Cosine: [1.0] * 5 + [(1 + math.cos(math.pi * k / 4)) / 2 for k in (1, 2, 3) for _ in range(5)],
    Noam: [min((s + 1) ** -0.5, (s + 1) * 4**-1.5) / 0.5 for s in range(20)],
    WarmUp: [min(1.0, (s + 1) / 8) for s in range(20)],
}


@pytest.mark.parametrize("kind", [*SHAPES, OneCycle], ids=lambda kind: kind.__name__)
def test_the_schedule_is_the_users_with_its_peak_at_the_pick(kind, tmp_path, monkeypatch):
    _, module, picker = swept(kind, tmp_path, max_epochs=9)
    rates = Rates(monkeypatch, module)
    trials = picker.try_picks(PICKS, epochs=4)
    assert [trial.finished for trial in trials] == [True, True]
    runs = np.array(rates.seen).reshape(2, 20, -1)
    groups = runs.shape[2]
    for run, (lo, hi) in zip(runs, PICKS, strict=True):
        peaks = [lo, hi] if groups == 2 else [hi]
        np.testing.assert_allclose(run.max(axis=0), peaks, rtol=1e-6)
        if kind in SHAPES:
            np.testing.assert_allclose(run, np.outer(SHAPES[kind], peaks), rtol=1e-6, atol=1e-12)
        else:
            assert 3 <= run[:, 0].argmax() <= 7  # planned for the epochs of the trial


def test_a_trial_is_the_fit_that_the_line_of_code_begins(tmp_path):
    trainer, module, picker = swept(Lit, tmp_path)
    drawn = random_bits()
    trials = picker.try_picks(PICKS, epochs=2, leave="best")
    left = bits(module.state_dict()), random_bits(), (trainer.global_step, trainer.current_epoch)
    hi = trials.best.pick.hi

    seed_all(2)
    by_hand, own = make_trainer(tmp_path), Lit()
    assert random_bits() == drawn
    exec(picker._trials["code"], {"module": own, "trials": trials})
    assert own.lr == hi
    with unwarned():
        by_hand.fit(own, loader())
    counts = by_hand.global_step, by_hand.current_epoch
    assert (bits(own.state_dict()), random_bits(), counts) == left
    found = {key: float(value) for key, value in by_hand.callback_metrics.items()}
    assert trials.best.valid_loss == found["val_loss"]
    assert trials.best.metrics == {"val_acc": found["val_acc"]}
    assert len(trials.best.train_losses) == 10


def test_after_the_best_trial_a_fit_goes_on_from_there(tmp_path):
    trainer, module, picker = swept(Lit, tmp_path)
    held = trainer.callbacks, trainer.loggers, trainer.profiler, trainer.limit_val_batches
    trials = picker.try_picks(PICKS, epochs=1, leave="best")
    assert (trainer.callbacks, trainer.loggers, trainer.profiler, trainer.limit_val_batches) == held
    assert "configure_callbacks" not in vars(module)
    assert "advance" not in vars(trainer.fit_loop.epoch_loop)
    assert (trainer.current_epoch, trainer.global_step, trainer.max_epochs) == (1, 5, 2)

    with unwarned():
        trainer.fit(module, loader())

    seed_all(2)
    by_hand, other = make_trainer(tmp_path, max_epochs=1), Lit(trials.best.pick.hi)
    with unwarned():
        by_hand.fit(other, loader())
        other.lr = module.lr
        by_hand.fit_loop.max_epochs = 2
        by_hand.fit(other, loader())
    assert bits(module.state_dict()) == bits(other.state_dict())
    assert bits(trainer.optimizers[0].state_dict()) == bits(by_hand.optimizers[0].state_dict())
    assert (trainer.current_epoch, trainer.global_step) == (2, 10)


TRIED = ("watched", "SWA", "averaged", "metric", "layers made late", "by steps", "profiled")


@pytest.mark.parametrize("name", [*TRIED, "accumulated, clipped, bf16", "pictures", "plateau"])
def test_trials_run_in_the_set_ups_that_people_have_and_write_nothing(name, tmp_path, capfd):
    seed_all(3)
    make_module, options, make_data = SET_UPS[name]
    trainer, module, given = make_trainer(tmp_path, **options()), make_module(), make_data()
    picker = lr_find(trainer, module, given, **SWEEP)
    held, state, drawn = dict(vars(trainer)), bits(module.state_dict()), random_bits()
    capfd.readouterr()
    trials = picker.try_picks(PICKS, epochs=2)
    assert capfd.readouterr() == ("", "")
    assert all(len(trial.epochs) == 2 for trial in trials)
    assert all(0 < trial.valid_loss < 2 for trial in trials)
    assert (dict(vars(trainer)), bits(module.state_dict()), random_bits()) == (held, state, drawn)
    assert list(tmp_path.iterdir()) == []
    steps = 3 if "accumulated" in name else 5
    assert all(len(trial.train_losses) == 2 * steps for trial in trials)


def test_accumulated_losses_are_means_also_in_the_last_step_of_an_epoch(tmp_path):
    class One(Lit):
        def step(self, batch):
            return super().step(batch) * 0 + 1

    trainer, module = make_trainer(tmp_path, accumulate_grad_batches=2), One()
    picker = lr_find(trainer, module, loader(), **SWEEP)
    trials = picker.try_picks(PICKS)
    assert [trial.train_losses.tolist() for trial in trials] == [[1.0] * 3] * 2


def test_early_stopping_ends_a_trial_after_an_epoch(tmp_path):
    stop = ready.EarlyStopping("val_loss", stopping_threshold=100.0)
    _, _, picker = swept(Lit, tmp_path, callbacks=stop)
    trials = picker.try_picks(PICKS, epochs=3)
    assert [len(trial.epochs) for trial in trials] == [1, 1]


def test_a_datamodule_validates_with_its_own_data(tmp_path):
    trainer, module, datamodule = make_trainer(tmp_path), Lit(), Module()
    picker = lr_find(trainer, module, datamodule=datamodule, **SWEEP)
    assert len(picker.try_picks(PICKS)) == 2
    with pytest.raises(ValueError, match="valid must be left out with a datamodule"):
        picker.try_picks(PICKS, valid=loader())
    del datamodule
    gc.collect()
    with pytest.raises(ValueError, match="datamodule must still be there"):
        picker.try_picks(PICKS)


class NoValidation(Lit):
    validation_step = pl.LightningModule.validation_step


class NoLoader(Lit):
    val_dataloader = pl.LightningModule.val_dataloader


class NoLoss(Lit):
    def validation_step(self, batch, batch_idx):
        self.log("val_acc", 1.0)


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        (NoValidation, {}, "module must have a validation_step"),
        (NoLoader, {}, "valid must be a loader of validation batches"),
        (NoLoss, {}, r"must log its loss, as .*got only the metrics \['val_acc'\]"),
        (Lit, {"limit_val_batches": 0}, "got limit_val_batches=0"),
    ],
)
def test_what_cannot_be_ranked_is_refused(kind, options, words, tmp_path):
    trainer, module, picker = swept(kind, tmp_path, **options)
    state = bits(module.state_dict())
    with pytest.raises(ValueError, match=words):
        picker.try_picks(PICKS)
    assert bits(module.state_dict()) == state
    assert trainer.global_step == 0


@pytest.mark.parametrize(
    ("logged", "monitor", "loss"),
    [
        (["valid/loss", "valid/aux_loss"], None, "valid/loss"),
        (["val_loss_epoch", "val_kl_loss"], None, "val_loss_epoch"),
        (["nll", "acc"], "nll", "nll"),
        (["elbo_loss", "acc"], None, "elbo_loss"),
    ],
)
def test_the_loss_is_found_by_its_name_or_by_what_is_watched(logged, monitor, loss, tmp_path):
    class Named(Lit):
        def validation_step(self, batch, batch_idx):
            for i, name in enumerate(logged):
                self.log(name, float(i + 1))

    watch = [ready.EarlyStopping(monitor, patience=9)] if monitor else []
    _, _, picker = swept(Named, tmp_path, callbacks=watch)
    trials = picker.try_picks(PICKS)
    assert {trial.valid_loss for trial in trials} == {1.0 + logged.index(loss)}
    assert set(trials[0].metrics) == set(logged) - {loss}


def test_a_validation_that_the_trainer_would_leave_out_is_made(tmp_path):
    _, _, picker = swept(Lit, tmp_path, check_val_every_n_epoch=5)
    assert [len(trial.epochs) for trial in picker.try_picks(PICKS, epochs=2)] == [2, 2]
    _, _, picker = swept(Lit, tmp_path, check_val_every_n_epoch=None, val_check_interval=100)
    assert all(trial.finished for trial in picker.try_picks(PICKS))


def test_a_trial_stops_when_its_loss_is_no_number_or_explodes(tmp_path):
    class Explodes(Lit):
        def step(self, batch):
            return super().step(batch) * (1e6 if self.global_step > 20 else 1)

    class Nan(Lit):
        def step(self, batch):
            return super().step(batch) * (math.nan if self.global_step > 20 else 1)

    for kind, ended in ((Explodes, "diverged"), (Nan, "non-finite loss")):
        trainer, module = make_trainer(tmp_path), kind()
        picker = lr_find(trainer, module, loader(), **{**SWEEP, "stop_div": False})
        trials = picker.try_picks(PICKS, epochs=20)
        assert {trial.ended for trial in trials} == {ended}
        assert all(len(trial.train_losses) < 40 for trial in trials)


def test_a_schedule_that_watches_the_loss_still_does(tmp_path, monkeypatch):
    class Worse(Plateau):
        def validation_step(self, batch, batch_idx):
            self.log("val_loss", float(self.current_epoch) + 1)

    _, module, picker = swept(Worse, tmp_path)
    rates = Rates(monkeypatch, module)
    picker.try_picks(PICKS, epochs=3)
    runs = np.array(rates.seen).reshape(2, 15)
    for run, (_, hi) in zip(runs, PICKS, strict=True):
        np.testing.assert_allclose(run, [hi] * 10 + [hi / 10] * 5)


def test_data_without_a_length_need_a_limit(tmp_path):
    module, options, make_data = SET_UPS["iterable"]
    for limit, is_tried in ((1.0, False), (4, True)):
        trainer, own = make_trainer(tmp_path, limit_train_batches=limit, **options()), module()
        picker = lr_find(trainer, own, make_data(), **SWEEP)
        if is_tried:
            assert [len(trial.train_losses) for trial in picker.try_picks(PICKS)] == [4, 4]
        else:
            with pytest.raises(ValueError, match="must have a length"):
                picker.try_picks(PICKS)


def test_seeds_are_other_runs(tmp_path):
    _, _, picker = swept(Lit, tmp_path)
    trials = picker.try_picks(PICKS, seeds=2)
    assert len({trial.valid_loss for trial in trials}) == 4


def test_a_rate_of_torch_is_filled_in_place(tmp_path):
    filled = []

    class Capturable(Lit):
        def configure_optimizers(self):
            optimizer = torch.optim.AdamW(self.parameters(), lr=torch.tensor(0.01))
            rate = optimizer.param_groups[0]["lr"]

            def note(optimizer, *_):  # within the step, before the rate is put back
                filled.append((optimizer.param_groups[0]["lr"] is rate, float(rate)))

            optimizer.register_step_post_hook(note)
            return optimizer

    _, _, picker = swept(Capturable, tmp_path)
    filled.clear()
    assert all(trial.finished for trial in picker.try_picks(PICKS))
    same, rates = zip(*filled, strict=True)
    assert all(same)
    assert rates == pytest.approx([hi for _, hi in PICKS for _ in range(5)])
