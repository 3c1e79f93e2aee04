"""Transformers: which Trainers, models, data and callbacks there are in a sweep; and refusals."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

pytest.importorskip("transformers")

import torch
from transformers import Trainer, TrainerCallback
from transformers.trainer_callback import EarlyStoppingCallback

from lr_widget import lr_find
from lr_widget.loops.transformers.callbacks import is_writer, runs_in_sweep
from lr_widget.testing.bits import bits, seed_all
from tests.support.trainer_state import state
from tests.support.trainers import bert, items, make_trainer

pytestmark = pytest.mark.thorough

SWEEP = {"start_lr": 1e-5, "end_lr": 1e-1, "num_it": 40, "show": False, "stop_div": False}


def test_its_sweeps_belong_to_the_trainer_and_end_with_it(tmp_path):
    trainer = make_trainer(tmp_path, eval_dataset=items(9))
    first = lr_find(trainer, **SWEEP)
    second = lr_find(trainer, **SWEEP)
    assert second.sweeps == (first.sweep, second.sweep)
    assert len(lr_find(make_trainer(tmp_path, model=trainer.model), **SWEEP).sweeps) == 1
    gone = weakref.ref(trainer)
    del trainer
    gc.collect()
    assert gone() is None
    with pytest.raises(ValueError, match="the model that was swept must still be there"):
        second.try_picks([(1e-4, 1e-4), (1e-3, 1e-3)])


def test_attention_brings_its_caution(tmp_path):
    picker = lr_find(make_trainer(tmp_path), **SWEEP)
    assert any("attention-based" in each for each in picker.suggestions["ours"].warnings)


@pytest.mark.parametrize("kind", ["gpt2", "plain loss", "compute_loss_func"])
def test_every_kind_of_model_has_a_curve_that_falls(kind, tmp_path):
    losses = lr_find(make_trainer(tmp_path, kind), **SWEEP).sweep.losses
    assert losses[-12:].min() < losses[:5].mean() - 0.01


def test_two_sweeps_with_a_seed_are_the_same_and_other_shuffles_are_not(tmp_path):
    trainer = make_trainer(tmp_path)
    curves = [lr_find(trainer, **SWEEP, seed=seed).sweep.losses for seed in (1, 1, 2)]
    assert bits(curves[0]) == bits(curves[1]) != bits(curves[2])


class Endless(torch.utils.data.IterableDataset):
    def __init__(self, n=None):
        self.n = n

    def __iter__(self):
        made = items(8)
        i = 0
        while self.n is None or i < self.n:
            yield made[i % 8]
            i += 1


@pytest.mark.parametrize("n", [None, 9])
def test_data_without_a_length_are_swept(n, tmp_path):
    trainer = make_trainer(tmp_path, train_dataset=Endless(n), max_steps=3)
    assert len(lr_find(trainer, **SWEEP).sweep) == 40


def test_data_without_a_batch_are_refused(tmp_path):
    options = {"max_steps": 3, "accelerator_config": {"dispatch_batches": False}}
    trainer = make_trainer(tmp_path, train_dataset=Endless(0), **options)
    with pytest.raises(ValueError, match="train_dataset must yield at least one batch"):
        lr_find(trainer, **SWEEP)


def reward_trainer(folder):
    return make_trainer(folder, "bert", type("GRPOTrainer", (Trainer,), {}))


def with_attribute(**attributes):
    def make(folder):
        trainer = make_trainer(folder)
        for name, value in attributes.items():
            setattr(trainer, name, value)
        return trainer

    return make


def with_argument(**arguments):
    def make(folder):
        trainer = make_trainer(folder)
        for name, value in arguments.items():
            setattr(trainer.args, name, value)
        return trainer

    return make


def nothing_to_train(folder):
    trainer = make_trainer(folder)
    trainer.model.requires_grad_(requires_grad=False)
    return trainer


REFUSED = {
    "reward": (reward_trainer, "'GRPOTrainer', which learns by reward"),
    "model_init": (
        lambda folder: make_trainer(folder, model=None, model_init=bert),
        r"must keep its model, got one with model_init.*pass model=model_init\(\)",
    ),
    "DeepSpeed": (with_attribute(is_deepspeed_enabled=True), "got DeepSpeed, which shards"),
    "FSDP": (with_attribute(is_fsdp_enabled=True), "got FSDP, which shards"),
    "several devices": (with_argument(_n_gpu=2), "train on one device, got 2 of them"),
    "shards": (
        with_attribute(is_distributed_loading_by_transformers=True),
        "its model on one device, got one that was loaded in shards",
    ),
    "batch size": (with_argument(auto_find_batch_size=True), "got auto_find_batch_size=True"),
    "LOMO": (with_argument(optim="lomo"), "got optim='lomo'"),
    "layer by layer": (
        with_argument(optim="galore_adamw_layerwise"),
        "within the backward pass",
    ),
    "no data": (lambda folder: make_trainer(folder, train_dataset=None), "have a train_dataset"),
    "empty data": (lambda folder: make_trainer(folder, train_dataset=[]), "must have items"),
    "frozen": (nothing_to_train, "must have something to train"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_swept_is_refused_before_anything_is_touched(name, tmp_path):
    make, match = REFUSED[name]
    trainer = make(tmp_path)
    before = state(trainer, tmp_path)
    with pytest.raises(ValueError, match=match):
        lr_find(trainer, **SWEEP)
    assert state(trainer, tmp_path) == before


def test_a_trainer_that_trains_is_refused_and_its_training_goes_on(tmp_path):
    class Asks(TrainerCallback):
        def on_step_end(self, args, state, control, **_):
            if state.global_step == 3:
                with pytest.raises(ValueError, match="must not be training"):
                    lr_find(trainer, **SWEEP)

    trainer = make_trainer(tmp_path, callbacks=[Asks()])
    trainer.train()
    assert trainer.state.global_step == 12


def test_under_no_grad_it_is_refused(tmp_path):
    trainer = make_trainer(tmp_path)
    with torch.no_grad(), pytest.raises(ValueError, match="where torch computes gradients"):
        lr_find(trainer, **SWEEP)


def test_which_callbacks_run():
    from transformers.integrations import TensorBoardCallback, WandbCallback
    from transformers.trainer_callback import (
        DefaultFlowCallback,
        PrinterCallback,
        ProgressCallback,
    )
    from transformers.utils.notebook import NotebookProgressCallback

    class Own(TrainerCallback):
        pass

    class OwnBar(ProgressCallback):
        pass

    class Kept(ProgressCallback):
        runs_in_lr_find = True

    # not made: some want a package
    kinds = (TensorBoardCallback, WandbCallback, NotebookProgressCallback, PrinterCallback)
    for kind in (*kinds, ProgressCallback, OwnBar):
        made = object.__new__(kind)
        assert (runs_in_sweep(made), is_writer(made)) == (False, True), kind
    for kind in (DefaultFlowCallback, EarlyStoppingCallback):
        made = object.__new__(kind)
        assert (runs_in_sweep(made), is_writer(made)) == (False, False), kind
    assert (runs_in_sweep(Own()), is_writer(Own())) == (True, False)
    assert runs_in_sweep(Kept())


def test_the_quick_tour_works_with_one_line_added(tmp_path, monkeypatch):
    """Transformers' quick tour: model and data from memory, and one line."""
    from transformers import TrainingArguments

    monkeypatch.chdir(tmp_path)
    seed_all(1)
    model, dataset = bert(), {"train": items(32), "test": items(8, seed=2)}
    training_args = TrainingArguments(
        output_dir="distilbert-rotten-tomatoes",
        learning_rate=2e-5,
        per_device_train_batch_size=8,
        per_device_eval_batch_size=8,
        num_train_epochs=2,
        push_to_hub=False,
        use_cpu=True,
    )
    trainer = Trainer(
        model=model,
        args=training_args,
        train_dataset=dataset["train"],
        eval_dataset=dataset["test"],
    )
    picker = lr_find(trainer)
    trainer.train()
    assert picker.status == "finished"
    assert trainer.state.global_step == 8
    assert Path("distilbert-rotten-tomatoes").is_dir()
