"""Lightning: a rate that is set beside the sweep, or a trial's schedule, is refused by name."""

from __future__ import annotations

import pytest

pytest.importorskip("lightning")

import lightning as pl
import torch
from lightning.pytorch import callbacks as ready

from lr_widget import lr_find
from lr_widget.testing.bits import bits
from tests.support.lits import Lit, OneCycle, Scheduled, WarmUp, loader, make_trainer

pytestmark = pytest.mark.thorough

SWEEP = {"start_lr": 1e-5, "end_lr": 1e-1, "num_it": 12, "show": False, "stop_div": False}
PICKS = [(1e-4, 1e-3), (1e-3, 1e-2)]
LEFT_OUT = "; with the attribute runs_in_lr_find = False it is left out of a sweep"


def set_rate(optimizer, rate=0.25):
    for group in optimizer.param_groups:
        group["lr"] = rate


class Start(pl.Callback):
    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        set_rate(trainer.optimizers[0])


class Second(pl.Callback):
    """Sets the rate with the second batch of an accumulated step only."""

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        if batch_idx % 2:
            set_rate(trainer.optimizers[0])


class Ends(pl.Callback):
    def on_train_batch_end(self, trainer, module, *_):
        set_rate(trainer.optimizers[0])


class Cap(pl.Callback):
    def on_before_optimizer_step(self, trainer, module, optimizer):
        set_rate(optimizer)


class OwnHook(Lit):
    def on_train_batch_start(self, batch, batch_idx):
        set_rate(self.trainer.optimizers[0])


class OwnHookAndWarmUp(WarmUp, OwnHook):
    pass


class BeforeStep(Lit):
    def configure_optimizers(self):
        optimizer = super().configure_optimizers()
        optimizer.register_step_pre_hook(lambda it, *_: set_rate(it))
        return optimizer


def by_lambda():
    return ready.LambdaCallback(
        on_train_batch_start=lambda trainer, *_: set_rate(trainer.optimizers[0])
    )


SET = [
    (Lit, Start, {}, f"the callback Start sets it{LEFT_OUT}"),
    (Lit, by_lambda, {}, f"the callback LambdaCallback sets it{LEFT_OUT}"),
    (Lit, Second, {"accumulate_grad_batches": 2}, f"the callback Second sets it{LEFT_OUT}"),
    (WarmUp, Start, {}, f"the callback Start sets it{LEFT_OUT}"),
    (OwnHook, None, {}, "a hook of the module sets it"),
    (OwnHookAndWarmUp, None, {}, "a hook of the module sets it"),
    (BeforeStep, None, {}, "a hook of the optimizer sets it"),
]


@pytest.mark.parametrize(("kind", "make", "options", "cause"), SET)
def test_a_rate_that_is_set_before_the_step_is_refused_in_a_sweep(
    kind, make, options, cause, tmp_path
):
    callbacks = [] if make is None else [make()]
    trainer, module = make_trainer(tmp_path, callbacks=callbacks, **options), kind()
    before = bits(module.state_dict())
    with pytest.raises(ValueError, match="module must train at the rate that the s") as caught:
        lr_find(trainer, module, loader(), **SWEEP)
    assert str(caught.value).endswith(f"1e-05 in group 0, got 0.25: {cause}")
    assert bits(module.state_dict()) == before
    assert "optimizer_step" not in vars(module)
    picker = caught.value.picker
    assert (picker.status, picker.value, len(picker.sweep)) == ("failed", None, 0)


IN_TRIALS = [
    (Lit, Start, r"got 0\.25: the callback Start sets it, before the rates are scaled to the pick"),
    (OneCycle, Start, r"got 0\.25: the callback Start sets it, before the rates are scaled"),
    (WarmUp, Start, r"got 0\.25: the callback Start sets it, before"),
    (Lit, Ends, r"got 0\.25: the callback Ends sets it, before"),
    (Lit, Cap, r"the step of AdamW sets the rate itself, .*, or the callback Cap; leave"),
]


@pytest.mark.parametrize(("kind", "make", "match"), IN_TRIALS)
def test_a_callback_that_sets_the_rate_in_a_trial_is_named(kind, make, match, tmp_path):
    callback = make()
    callback.runs_in_lr_find = False
    trainer, module = make_trainer(tmp_path, callbacks=[callback]), kind()
    picker = lr_find(trainer, module, loader(), **SWEEP)
    before = bits(module.state_dict())
    with pytest.raises(ValueError, match=match) as caught:
        picker.try_picks(PICKS, epochs=2)
    assert str(caught.value).startswith("module must train at the rate that the schedule of the t")
    assert str(caught.value).endswith("; leave that out, or use fit=fn")
    assert bits(module.state_dict()) == before
    assert "update_lr_schedulers" not in vars(trainer.fit_loop.epoch_loop)
    assert [trial.ended for trial in caught.value.trials] == ["stopped"]


class Late(Lit):
    """Sets the rate in one of its hooks, as soon as it is told to."""

    where = ""

    def on_train_batch_start(self, batch, batch_idx):
        self.set("batch start")

    def on_train_batch_end(self, *_):
        self.set("batch end")

    def on_validation_epoch_end(self):
        self.set("validation")

    def training_step(self, batch, batch_idx):
        self.set("training step")
        return super().training_step(batch, batch_idx)

    def configure_optimizers(self):
        optimizer = super().configure_optimizers()
        optimizer.register_step_pre_hook(lambda *_: self.set("before step"))
        optimizer.register_step_post_hook(lambda *_: self.set("after step"))
        return optimizer

    def set(self, where):
        if self.where == where and self.trainer.training:
            set_rate(self.trainer.optimizers[0])


@pytest.mark.parametrize(
    ("where", "cause"),
    [
        ("batch start", "a hook of the module sets it, before the rates are scaled"),
        ("batch end", "a hook of the module sets it, before the rates are scaled"),
        ("before step", "a hook of the optimizer sets it, before the rates are scaled"),
        ("after step", "a hook of the optimizer sets it; leave"),
        ("training step", "the step of AdamW sets the rate itself, or training_step does"),
    ],
)
def test_a_module_that_sets_the_rate_in_a_trial_is_refused(where, cause, tmp_path):
    trainer, module = make_trainer(tmp_path), Late()
    picker = lr_find(trainer, module, loader(), **SWEEP)
    assert picker.try_picks(PICKS).best
    module.where = where
    with pytest.raises(ValueError, match=cause):
        picker.try_picks(PICKS)


@pytest.mark.parametrize("where", ["batch end", "after step"])
def test_a_rate_that_is_set_after_the_step_does_no_harm_in_a_sweep(where, tmp_path):
    module = Late()
    module.where = where
    assert lr_find(make_trainer(tmp_path), module, loader(), **SWEEP).status == "finished"


class ByHand(Scheduled):
    """Steps the schedule of the trainer itself, before the step."""

    def scheduler(self, optimizer):
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (step + 1))

    def on_train_batch_start(self, batch, batch_idx):
        self.lr_schedulers().step()


@pytest.mark.filterwarnings("ignore:Detected call of")
def test_a_schedule_of_the_trainer_that_is_stepped_by_hand_is_overruled_in_a_sweep(tmp_path):
    trainer, module = make_trainer(tmp_path), ByHand()
    picker = lr_find(trainer, module, loader(), **SWEEP)
    assert picker.status == "finished"
    # nobody has looked ahead at where its peak is
    with pytest.raises(ValueError, match="a hook of the module sets it, before the rates are"):
        picker.try_picks(PICKS)
