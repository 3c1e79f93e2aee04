"""Transformers: metrics that a Trainer's class adds to its log are in the table of trials."""

from __future__ import annotations

from collections import defaultdict, deque

import pytest

pytest.importorskip("transformers")

import torch
from transformers import Trainer

from lr_widget import lr_find
from lr_widget.loops.transformers.gathered import Gathered
from lr_widget.testing.bits import seed_all
from tests.support.trainer_state import is_measured
from tests.support.trainers import accuracy, items, make_trainer

pytestmark = pytest.mark.thorough

SWEEP = {"start_lr": 1e-5, "end_lr": 1e-1, "num_it": 12, "show": False}
PICKS = [(1e-3, 1e-3), (1e-2, 1e-2)]
VALID = items(10, seed=9)


class Gathers(Trainer):
    """Notes a metric of each batch, and adds their mean to what is logged, as TRL's do."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.noted = {"train": defaultdict(list), "eval": defaultdict(list)}
        self.batches = 0

    def compute_loss(self, model, inputs, return_outputs=False, **options):
        loss, outputs = super().compute_loss(model, inputs, return_outputs=True, **options)
        agree = (outputs["logits"].argmax(-1) == inputs["labels"]).float().mean()
        self.noted[self.mode]["agreement"].append(float(agree))
        self.batches += 1
        return (loss, outputs) if return_outputs else loss

    @property
    def mode(self):
        return "train" if self.model.training else "eval"

    def means(self):
        prefix = "" if self.mode == "train" else "eval_"
        noted = self.noted[self.mode].items()
        return {prefix + name: sum(each) / len(each) for name, each in noted}

    def log(self, logs, *args):
        super().log({**logs, **self.means()}, *args)
        self.noted[self.mode].clear()


class AddsInPlace(Gathers):
    """The same, into the dict that `evaluate` returns."""

    def log(self, logs, *args):
        logs |= self.means()
        super().log(logs, *args)


KINDS = [Gathers, AddsInPlace]


def make(folder, cls, **options):
    return make_trainer(folder, "bert", cls, **({"eval_dataset": VALID} | options))


def logged(trainer, name="agreement"):
    """What stands in its history, of evaluations."""
    return [each[f"eval_{name}"] for each in trainer.state.log_history if f"eval_{name}" in each]


@pytest.mark.parametrize("strategy", ["no", "epoch"])
@pytest.mark.parametrize("cls", KINDS)
def test_they_are_those_that_a_training_by_hand_logs(cls, strategy, tmp_path):
    options = {"compute_metrics": accuracy, "eval_strategy": strategy}
    trainer = make(tmp_path, cls, **options)
    picker = lr_find(trainer, **SWEEP)
    trials = picker.try_picks(PICKS, epochs=2)
    assert "agreement" in str(picker.get_state()["_trials"])
    for trial in trials:
        assert set(trial.metrics) == {"accuracy", "agreement"}
        options |= {"learning_rate": trial.pick.hi, "eval_strategy": "epoch"}
        by_hand = make(tmp_path, cls, **options)
        by_hand.train()
        assert [each.metrics["agreement"] for each in trial.epochs] == logged(by_hand)


@pytest.mark.parametrize("cls", KINDS)
def test_each_of_several_sets_has_its_own(cls, tmp_path):
    sets = {"a": items(), "a_b": items(12)}  # on which it has learned
    trainer = make(tmp_path, cls, eval_dataset=sets)
    trial = (
        lr_find(trainer, **SWEEP)
        .try_picks([(0.01, 0.01), (0.03, 0.03)], epochs=4, leave="best")
        .best
    )
    names = {"a_loss", "a_agreement", "a_b_loss", "a_b_agreement"}
    assert set(trial.metrics) == names
    for name, data in sets.items():
        trainer.evaluate(data)
        assert trial.metrics[f"{name}_agreement"] == logged(trainer)[-1]


@pytest.mark.parametrize("cls", KINDS)
@pytest.mark.parametrize("strategy", ["no", "steps"])
def test_an_evaluation_of_ours_is_in_no_log_of_the_training(cls, strategy, tmp_path):
    """Every four steps the Trainer evaluates, and after six of them, an epoch, we do."""
    options = {"eval_strategy": strategy, "eval_steps": 4, "logging_steps": 5}
    tried = make(tmp_path, cls, **options)
    seed_all(4)
    trials = lr_find(tried, **SWEEP).try_picks(PICKS, epochs=2, leave="best")
    by_hand = make(tmp_path, cls, **options, learning_rate=trials.best.pick.hi)
    seed_all(4)
    by_hand.train()
    history = [each.state.log_history for each in (tried, by_hand)]
    kept = [
        [{k: v for k, v in each.items() if not is_measured(k)} for each in log] for log in history
    ]
    assert kept[0] == kept[1]
    assert (len(logged(tried)) == 3) is (strategy == "steps")
    assert tried.noted == by_hand.noted
    assert tried.batches == by_hand.batches


def test_what_is_gathered_comes_back_at_any_depth(tmp_path):
    trainer = make_trainer(tmp_path)
    number, many = torch.zeros(()), list(range(2000))
    trainer.held = {"a": [deque([1]), {2}, (number, [3])], "many": many}
    trainer.total = 4
    gathered, held = Gathered(trainer), trainer.held
    trainer.held["a"][0].append(9)
    trainer.held["a"][1].clear()
    trainer.held["a"][2][1].append(9)
    trainer.held["b"] = 9
    number += 1
    many.append(9)
    trainer.held, trainer.total, trainer.later = {}, 9, 9
    gathered.restore()
    assert trainer.held is held
    assert held == {"a": [deque([1]), {2}, (number, [3])], "many": list(range(2000))}
    assert (trainer.total, float(number), trainer.later) == (4, 0, 9)
