"""Transformers: with what those who know its Trainer have around it, a sweep leaves no trace."""

from __future__ import annotations

import copy

import pytest

pytest.importorskip("transformers")

import torch
from torch.optim.swa_utils import AveragedModel
from transformers import (
    Trainer,
    TrainerCallback,
)

from lr_widget import lr_find
from lr_widget.testing.bits import bits, random_bits
from tests.support.trainer_state import PICKS, SWEEP, check_no_trace, state, train_with_and_without
from tests.support.trainers import accuracy, items, make_trainer

pytestmark = pytest.mark.thorough


class Ema(TrainerCallback):
    """An average of the weights, which trains on as the model at the end of each epoch."""

    average = None

    def on_train_begin(self, args, state, control, model=None, **_):
        self.average = self.average or AveragedModel(model)

    def on_step_end(self, args, state, control, model=None, **_):
        self.average.update_parameters(model)

    def on_epoch_end(self, args, state, control, model=None, **_):
        model.load_state_dict(self.average.module.state_dict())


class Shadows(TrainerCallback):
    """The same, by hand: tensors in a dict, changed in place."""

    def __init__(self):
        self.shadows = {}

    def on_step_end(self, args, state, control, model=None, **_):
        for name, parameter in model.named_parameters():
            shadow = self.shadows.setdefault(name, parameter.detach().clone())
            shadow.lerp_(parameter.detach(), 0.5)

    def on_epoch_end(self, args, state, control, model=None, **_):
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(self.shadows[name])


class Unfreezes(TrainerCallback):
    """Freezes the body when the training begins, and frees it after an epoch."""

    def on_train_begin(self, args, state, control, model=None, **_):
        model.bert.requires_grad_(requires_grad=False)

    def on_epoch_end(self, args, state, control, model=None, **_):
        model.bert.requires_grad_(requires_grad=True)


class SetsArguments(TrainerCallback):
    """Writes into the arguments, as people do to accumulate more later on."""

    def on_step_end(self, args, state, control, **_):
        args.max_grad_norm = 0.5 / (1 + state.global_step)
        control.should_epoch_stop = state.global_step % 4 == 3
        return control


class Drops(TrainerCallback):
    """Another rate of dropout, from the third step on."""

    def on_step_end(self, args, state, control, model=None, **_):
        if state.global_step == 3:
            for part in model.modules():
                if isinstance(part, torch.nn.Dropout):
                    part.p = 0.5


class Hooked(TrainerCallback):
    """Hooks into the model for as long as it trains; an exception would leave them there."""

    def on_train_begin(self, args, state, control, model=None, **_):
        self.handle = model.classifier.register_forward_hook(lambda *call: call[2] * 1.01)

    def on_train_end(self, args, state, control, **_):
        self.handle.remove()


class Weighted(Trainer):
    """Counts, and weighs its losses by a tensor and a list that it changes."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.weights, self.seen, self.calls = torch.ones(2), [], 0

    def compute_loss(self, model, inputs, return_outputs=False, **_):
        outputs = model(**inputs)
        weights = self.weights.clone()
        loss = torch.nn.functional.cross_entropy(outputs.logits, inputs["labels"], weights)
        self.weights[self.calls % 2] *= 0.9
        self.calls += 1
        self.seen.append(float(loss.detach()))
        loss = loss + 0.01 * len(self.seen)
        return (loss, outputs) if return_outputs else loss


class KeepsLoader(Trainer):
    """Makes its loader once, with workers that stay, and a sampler of its own."""

    loader = None

    def get_train_dataloader(self):
        if self.loader is None:
            generator = torch.Generator().manual_seed(8)
            sampler = torch.utils.data.RandomSampler(self.train_dataset, generator=generator)
            self.loader = torch.utils.data.DataLoader(
                self.train_dataset,
                batch_size=4,
                sampler=sampler,
                collate_fn=self.data_collator,
                num_workers=1,
                persistent_workers=True,
            )
        return self.loader


AROUND = {
    "an average": lambda: {"callbacks": [Ema()]},
    "an average by hand": lambda: {"callbacks": [Shadows()]},
    "freed after an epoch": lambda: {"callbacks": [Unfreezes()]},
    "arguments": lambda: {"callbacks": [SetsArguments()]},
    "dropout": lambda: {"callbacks": [Drops()]},
    "a hook": lambda: {"callbacks": [Hooked()]},
    "weights of a class": lambda: {"cls": Weighted},
    "a loader that is kept": lambda: {"cls": KeepsLoader},
    "label smoothing": lambda: {"label_smoothing_factor": 0.2},
    "fused": lambda: {"optim": "adamw_torch_fused"},
    "no clipping": lambda: {"max_grad_norm": 0.0, "optim": "sgd", "optim_args": "momentum=0.9"},
    "min rate": lambda: {
        "lr_scheduler_type": "cosine_with_min_lr",
        "lr_scheduler_kwargs": {"min_lr": 1e-6},
        "warmup_steps": 0.2,
    },
    "metrics batch by batch": lambda: {
        "batch_eval_metrics": True,
        "compute_metrics": Batches(),
        "eval_dataset": items(9),
        "eval_strategy": "epoch",
    },
}


class Batches:
    """A `compute_metrics` that adds up over batches."""

    def __init__(self):
        self.right = self.all = 0

    def __call__(self, prediction, compute_result=False):
        self.right += int((prediction.predictions.argmax(-1) == prediction.label_ids).sum())
        self.all += len(prediction.label_ids)
        if not compute_result:
            return {}
        share, self.right, self.all = self.right / self.all, 0, 0
        return {"share": share}


TRAINED = ("an average", "an average by hand", "arguments", "weights of a class",
           "a loader that is kept")  # fmt: skip


@pytest.mark.parametrize(
    ("name", "earlier"),
    [*((name, False) for name in AROUND), *((name, True) for name in TRAINED)],
)
def test_what_stands_around_it(name, earlier, tmp_path):
    check_no_trace(tmp_path, lambda folder: make_trainer(folder, **AROUND[name]()), earlier=earlier)


def test_a_training_that_goes_on_from_a_checkpoint(tmp_path):
    def make(folder):
        options = {"save_strategy": "steps", "save_steps": 4, "num_train_epochs": 2}
        return make_trainer(folder, callbacks=[Shadows()], **options)

    def train(trainer):
        trainer.args.num_train_epochs = 3
        trainer.train(resume_from_checkpoint=True)

    check_no_trace(tmp_path, make, earlier=True, train=train)


@pytest.mark.parametrize("name", ["an average", "freed after an epoch", "weights of a class",
                                  "arguments", "metrics batch by batch"])  # fmt: skip
def test_trials_with_what_stands_around_it(name, tmp_path):
    def make(folder):
        return make_trainer(folder, **({"eval_dataset": items(9)} | AROUND[name]()))

    def act(trainer):
        trials = lr_find(trainer, **SWEEP).try_picks(PICKS, epochs=2)
        assert all(trial.finished for trial in trials)

    assert train_with_and_without(tmp_path, make, act) == set()


def test_an_evaluation_in_half_precision_trains_no_trial_in_it(tmp_path):
    """`evaluate` outside of a training changes the model itself."""
    losses = []
    for half in (False, True):
        trainer = make_trainer(tmp_path, eval_dataset=items(9), bf16_full_eval=half)
        before = state(trainer, tmp_path)
        trials = lr_find(trainer, **SWEEP).try_picks(PICKS)
        assert state(trainer, tmp_path) == before
        losses.append([trial.train_losses.tolist() for trial in trials])
    assert losses[0] == losses[1]


def test_early_stopping_by_a_metric_ends_a_trial(tmp_path):
    from transformers import EarlyStoppingCallback

    trainer = make_trainer(
        tmp_path,
        eval_dataset=items(9),
        eval_strategy="epoch",
        save_strategy="epoch",
        load_best_model_at_end=True,
        metric_for_best_model="accuracy",
        compute_metrics=accuracy,
        callbacks=[EarlyStoppingCallback(1, early_stopping_threshold=2.0)],
    )
    trials = lr_find(trainer, **SWEEP).try_picks(PICKS, epochs=5)
    assert [len(trial.epochs) for trial in trials] == [2, 2]


def test_evaluate_and_predict_after_a_sweep(tmp_path):
    outcomes = []
    for swept in (False, True):
        trainer = make_trainer(tmp_path, eval_dataset=items(9), compute_metrics=accuracy)
        trainer.evaluate()
        if swept:
            lr_find(trainer, **SWEEP).try_picks(PICKS)
        predicted = trainer.predict(items(7, seed=3))
        outcomes.append((bits(predicted.predictions), trainer.evaluate()["eval_loss"]))
        outcomes[-1] += (bits(random_bits()), len(trainer.state.log_history))
    assert outcomes[0] == outcomes[1]


class Evaluates(TrainerCallback):
    """Evaluates on the training data as well, as people do who want both curves."""

    trainer = None

    def on_epoch_end(self, args, state, control, **_):
        if not control.should_evaluate:
            return None
        held = copy.deepcopy(control)
        self.trainer.evaluate(self.trainer.train_dataset, metric_key_prefix="train")
        return held


def test_a_callback_that_evaluates(tmp_path):
    def make(folder):
        callback = Evaluates()
        options = {"eval_strategy": "epoch", "compute_metrics": accuracy, "callbacks": [callback]}
        callback.trainer = make_trainer(folder, eval_dataset=items(9), **options)
        return callback.trainer

    def act(trainer):
        trials = lr_find(trainer, **SWEEP).try_picks(PICKS, epochs=2)
        assert [set(trial.metrics) for trial in trials] == [{"accuracy"}] * 2

    assert train_with_and_without(tmp_path, make, act) == set()


class ReturnsNothing(Trainer):
    def evaluate(self, *args, **kwargs):
        super().evaluate(*args, **kwargs)


def test_an_evaluate_that_returns_nothing_has_logged(tmp_path):
    options = {"eval_dataset": items(9), "compute_metrics": accuracy}
    trials = [
        lr_find(make_trainer(tmp_path, "bert", cls, **options), **SWEEP).try_picks(PICKS)
        for cls in (Trainer, ReturnsNothing)
    ]
    own, silent = ([(each.valid_loss, each.metrics) for each in tried] for tried in trials)
    assert own == silent
