"""Transformers: the loss of a step is the one that the Trainer itself reports for it."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("transformers")

import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import Trainer, TrainerCallback

from lr_widget import lr_find
from lr_widget.engine.loss_reader import LossReader
from lr_widget.testing.bits import seed_all
from tests.support.trainers import KINDS, Linear, make_trainer

pytestmark = pytest.mark.thorough

N = 13  # steps, over two epochs and more
SWEEP = {"start_lr": 1e-5, "end_lr": 1e-1, "num_it": N, "show": False, "stop_div": False}


def rates(trainer):
    return np.geomspace(SWEEP["start_lr"], SWEEP["end_lr"], N)


def logged(folder, make):
    """The losses that a Trainer logs, in a training whose schedule is that of the sweep."""
    trainer = make(folder, max_steps=N)
    optimizer = torch.optim.AdamW(trainer.model.parameters(), lr=1.0)
    lrs = rates(trainer)
    trainer.optimizer = optimizer
    trainer.lr_scheduler = LambdaLR(optimizer, lambda i: lrs[min(i, N - 1)])
    seed_all(5)
    trainer.train()
    return [each["loss"] for each in trainer.state.log_history if "loss" in each]


def swept(folder, make):
    trainer = make(folder)
    trainer.optimizer = torch.optim.AdamW(trainer.model.parameters(), lr=1.0)
    seed_all(5)
    return lr_find(trainer, **SWEEP).sweep


def check(folder, make):
    sweep, log = swept(folder, make), logged(folder, make)
    np.testing.assert_allclose(sweep.lrs, rates(None), rtol=1e-12)
    assert sweep.losses.tolist() == log
    assert len(set(log)) == N


@pytest.mark.parametrize("accumulated", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_is_the_one_that_the_trainer_logs(kind, accumulated, tmp_path):
    def make(folder, **options):
        return make_trainer(folder, kind, gradient_accumulation_steps=accumulated, **options)

    check(tmp_path, make)


@pytest.mark.parametrize(
    ("kind", "times"), [("plain loss", 1), ("compute_loss_func", 1), ("bert", 2)]
)
def test_two_batches_to_a_step_leave_the_loss_as_high_where_the_trainer_divides_it(
    kind, times, tmp_path
):
    """It does not for BERT, which takes `num_items_in_batch` and makes no use of it."""
    first = [
        lr_find(
            make_trainer(tmp_path, kind, gradient_accumulation_steps=accumulated), **SWEEP
        ).sweep.losses[0]
        for accumulated in (1, 2)
    ]
    assert first[1] == pytest.approx(first[0] * times, rel=0.2)


class OwnStep(Trainer):
    """As TRL does: calls super."""

    def training_step(self, *args, **kwargs):
        return super().training_step(*args, **kwargs) * 2


class OwnLoss(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        outputs = model(**inputs)
        loss = outputs["loss"] + 3
        return (loss, outputs) if return_outputs else loss


@pytest.mark.parametrize("cls", [OwnStep, OwnLoss])
@pytest.mark.parametrize("accumulated", [1, 2])
def test_a_subclass_is_asked_for_its_own_loss(cls, accumulated, tmp_path):
    def make(folder, **options):
        return make_trainer(folder, "bert", cls, gradient_accumulation_steps=accumulated, **options)

    check(tmp_path, make)


@pytest.mark.parametrize(
    "options",
    [
        {"bf16": True},
        {"label_smoothing_factor": 0.2},
        {"max_grad_norm": 0.01},
        {"average_tokens_across_devices": False},
        {"weight_decay": 0.3},
        {"train_sampling_strategy": "group_by_length"},
        {"dataloader_drop_last": True},
        {"include_num_input_tokens_seen": "all"},
        {"neftune_noise_alpha": 5.0},
    ],
    ids=lambda options: next(iter(options)),
)
def test_whatever_shapes_the_training_does(options, tmp_path):
    def make(folder, **more):
        return make_trainer(folder, "bert", gradient_accumulation_steps=2, **options, **more)

    check(tmp_path, make)


def test_a_warm_up_and_a_schedule_do_not_move_the_rate_off_the_axis(tmp_path):
    seen = []
    trainer = make_trainer(tmp_path, lr_scheduler_type="cosine", warmup_steps=5, max_steps=6)
    make = trainer.create_optimizer

    def create_optimizer(model=None):
        optimizer = make()
        optimizer.register_step_pre_hook(
            lambda it, *_: seen.append([group["lr"] for group in it.param_groups])
        )
        return optimizer

    trainer.create_optimizer = create_optimizer
    sweep = lr_find(trainer, **SWEEP).sweep
    assert seen == [[lr, lr] for lr in sweep.lrs]
    assert len(seen) == N


def test_a_schedule_that_would_raise_at_its_end_ends_no_sweep(tmp_path):
    def optimizers(model):
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
        return optimizer, torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=4)

    trainer = make_trainer(tmp_path, optimizers=optimizers)
    assert len(lr_find(trainer, **SWEEP).sweep) == N


def test_a_callback_that_sets_the_rate_is_named(tmp_path):
    class Sets(TrainerCallback):
        def on_pre_optimizer_step(self, args, state, control, optimizer=None, **_):
            optimizer.param_groups[0]["lr"] = 0.25

    trainer = make_trainer(tmp_path, callbacks=[Sets()])
    with pytest.raises(ValueError, match=r"got 0.25: the callback Sets sets it; with"):
        lr_find(trainer, **SWEEP)
    Sets.runs_in_lr_find = False
    assert lr_find(trainer, **SWEEP).status == "finished"


def test_no_loss_is_read_on_the_host_but_late(tmp_path, monkeypatch):
    """What a step reads of tensors: nothing that it would not read without a sweep."""
    reads = []
    item, to_bool = torch.Tensor.item, torch.Tensor.__bool__

    def note(function):
        def noted(tensor):
            reads.append(tensor)
            return function(tensor)

        return noted

    trainer = make_trainer(tmp_path, "plain loss")
    taken = []
    monkeypatch.setattr(LossReader, "add", lambda self, loss: taken.append(loss.detach().clone()))
    monkeypatch.setattr(LossReader, "close_step", lambda self: None)
    monkeypatch.setattr(LossReader, "pop_arrived", lambda self, _: [0.5])
    monkeypatch.setattr(torch.Tensor, "item", note(item))
    monkeypatch.setattr(torch.Tensor, "__bool__", note(to_bool))
    counts = []
    for num_it in (10, 20):
        reads.clear()
        lr_find(trainer, **(SWEEP | {"num_it": num_it}))
        counts.append(len(reads))
    epochs = [10 // 6 + 1, 20 // 6 + 1]
    per_epoch = (counts[1] - counts[0]) / (epochs[1] - epochs[0])
    assert per_epoch <= 3, counts  # what a loader draws for an epoch
    assert len(taken) == 30


def test_a_step_that_a_scaler_skips_is_tried_again_at_its_rate(tmp_path):
    trainer = make_trainer(tmp_path, "plain loss")
    calls, used = [], []

    class Notes(torch.optim.SGD):
        """Notes the rates of the steps that are made."""

        def step(self, closure=None):
            used.append(self.param_groups[0]["lr"])
            return super().step(closure)

    made = Notes(trainer.model.parameters(), lr=1.0)
    trainer.optimizer = made

    def skipping(self, closure=None):
        calls.append(None)
        self._is_overflow = len(calls) % 3 == 0
        if not self._is_overflow:
            self.optimizer.step(closure)

    with pytest.MonkeyPatch.context() as patch:
        from accelerate.optimizer import AcceleratedOptimizer

        patch.setattr(AcceleratedOptimizer, "step", skipping)
        sweep = lr_find(trainer, **SWEEP).sweep
    assert used == sweep.lrs.tolist()
    assert len(calls) > N


def test_what_the_model_returns_may_be_a_tuple(tmp_path):
    class Tuple(Linear):
        def forward(self, input_ids, labels=None):
            return tuple(super().forward(input_ids, labels).values())

    def make(folder, **options):
        torch.manual_seed(0)
        return make_trainer(folder, model=Tuple(), **options)

    check(tmp_path, make)
