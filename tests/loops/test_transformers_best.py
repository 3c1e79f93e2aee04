"""Transformers: a trial is the `trainer.train()` that its user would type, and leaves no trace."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("transformers")

from transformers import Trainer, TrainerCallback

from lr_widget import lr_find
from lr_widget.testing.bits import bits, random_bits, seed_all
from tests.support.trainer_state import state
from tests.support.trainers import accuracy, items, make_trainer, own_groups

pytestmark = pytest.mark.thorough

SWEEP = {"start_lr": 1e-5, "end_lr": 1e-1, "num_it": 12, "show": False}
PICKS = [(1e-3, 1e-3), (1e-2, 1e-2)]
VALID = items(10, seed=9)


def make(folder, **options):
    return make_trainer(folder, "bert", **({"eval_dataset": VALID} | options))


def typed(trainer, pick, epochs):
    """What its user would type."""
    trainer.args.learning_rate = pick[1]
    trainer.args.num_train_epochs = epochs
    if trainer.optimizer is not None and len(trainer.optimizer.param_groups[0]["params"]) > 8:
        for group, lr in zip(trainer.optimizer.param_groups, pick, strict=True):
            group["lr"] = group["initial_lr"] = lr
    trainer.train()


def result(trainer):
    optimizer = getattr(trainer.optimizer, "optimizer", trainer.optimizer)
    return {
        "model": bits(trainer.model.state_dict()),
        "modes": [part.training for part in trainer.model.modules()],
        "optimizer": None if optimizer is None else bits(optimizer.state_dict()),
        "random": random_bits(),
        "steps": trainer.state.global_step,
        "losses": [each["loss"] for each in trainer.state.log_history if "loss" in each],
    }


CASES = {
    "plain": {},
    "accumulation": {"gradient_accumulation_steps": 2},
    "own groups": {"optimizers": own_groups},
    "evaluates its epochs": {"eval_strategy": "epoch"},
    "evaluates its steps": {"eval_strategy": "steps", "eval_steps": 4},
    "by steps": {"max_steps": 3},
    "warm-up": {"lr_scheduler_type": "cosine", "warmup_steps": 4},
    "bf16": {"bf16": True},
    "saves": {"save_strategy": "epoch"},
}


@pytest.mark.parametrize("case", CASES)
def test_the_best_run_is_left_as_train_would_have_left_it(case, tmp_path):
    options = CASES[case]
    picks = [(1e-3, 1e-2), (1e-2, 2e-2)] if case == "own groups" else PICKS
    tried = make(tmp_path / "tried", **options)
    seed_all(4)
    picker = lr_find(tried, **SWEEP)
    folder = sorted(tmp_path.rglob("*"))
    trials = picker.try_picks(picks, epochs=2, leave="best")
    assert sorted(tmp_path.rglob("*")) == folder
    by_hand = make(tmp_path / "typed", **options)
    by_hand.args.max_steps = -1
    seed_all(4)
    typed(by_hand, trials.best.pick, 2)
    left, wanted = result(tried), result(by_hand)
    if case != "own groups":  # with its moments the next `train()` would not be one from a start
        assert tried.optimizer is tried.lr_scheduler is None
        left.pop("optimizer")
    assert {k for k in left if left[k] != wanted[k]} == set()
    np.testing.assert_allclose(trials.best.train_losses, wanted["losses"], rtol=1e-6)
    assert tried.args.learning_rate == 5e-5
    assert trials.best.valid_loss == pytest.approx(by_hand.evaluate()["eval_loss"], rel=1e-6)


@pytest.mark.parametrize(
    ("case", "earlier"),
    [*((case, True) for case in CASES), ("plain", False), ("own groups", False)],
)
def test_trials_leave_no_trace(case, earlier, tmp_path):
    results = []
    for tries in (False, True):
        trainer = make(tmp_path / str(tries), **CASES[case])
        seed_all(4)
        if earlier:
            trainer.train()
        picker = lr_find(trainer, **SWEEP)
        held, optimizer = dict(vars(trainer)), trainer.optimizer
        if tries:
            picks = [(1e-4, 1e-3), (1e-3, 1e-2)] if case == "own groups" else PICKS
            picker.try_picks(picks, epochs=1)
        assert dict(vars(trainer)) == held
        assert trainer.optimizer is optimizer
        trainer.train()
        results.append(result(trainer))
    assert results[0] == results[1]


def test_a_trial_tells_what_the_training_logs(tmp_path):
    def validated(**more):
        return make(
            tmp_path, compute_metrics=accuracy, eval_strategy="epoch", warmup_steps=2, **more
        )

    trainer = validated()
    picker = lr_find(trainer, **SWEEP)
    before = state(trainer, tmp_path)
    trials = picker.try_picks(PICKS, epochs=2)
    assert state(trainer, tmp_path) == before
    assert trainer.optimizer is trainer.lr_scheduler is None
    for trial in trials:
        by_hand = validated(learning_rate=trial.pick.hi, num_train_epochs=2)
        by_hand.train()
        told = [entry for entry in by_hand.state.log_history if "eval_loss" in entry]
        assert [each.valid_loss for each in trial.epochs] == [entry["eval_loss"] for entry in told]
        assert [each.metrics["accuracy"] for each in trial.epochs] == [
            entry["eval_accuracy"] for entry in told
        ]
        logged = [entry["loss"] for entry in by_hand.state.log_history if "loss" in entry]
        assert list(trial.train_losses) == pytest.approx(logged, abs=1e-4)


def test_a_trial_after_an_earlier_training_has_none_of_its_moments(tmp_path):
    trainer = make(tmp_path)
    trainer.train()
    steps = []

    class Looks(TrainerCallback):
        def on_train_begin(self, args, state, control, optimizer=None, **_):
            steps.append(len(optimizer.state))

    picker = lr_find(trainer, **SWEEP)
    trainer.add_callback(Looks())
    picker.try_picks(PICKS)
    assert steps == [0, 0]


def test_the_peak_of_the_schedule_is_the_pick(tmp_path):
    seen = []

    class Looks(TrainerCallback):
        def on_pre_optimizer_step(self, args, state, control, optimizer=None, **_):
            seen.append(optimizer.param_groups[0]["lr"])

    options = {"lr_scheduler_type": "linear", "warmup_steps": 3, "callbacks": [Looks()]}
    trainer = make(tmp_path, **options)
    picker = lr_find(trainer, **SWEEP)
    seen.clear()
    trials = picker.try_picks(PICKS, epochs=2)
    runs = np.array(seen).reshape(2, 12)
    assert runs.max(1).tolist() == [1e-3, 1e-2]
    assert (runs[:, 0] == 0).all()
    assert [trial.group_lrs for trial in trials] == [(1e-3, 1e-3), (1e-2, 1e-2)]
    assert picker._trials["batches"] == 6


@pytest.mark.parametrize("strategy", ["no", "epoch", "steps"])
def test_metrics_are_in_the_table(strategy, tmp_path):
    options = {"eval_strategy": strategy, "eval_steps": 5, "compute_metrics": accuracy}
    trainer = make(tmp_path, **options)
    trials = lr_find(trainer, **SWEEP).try_picks(PICKS, epochs=2)
    for trial in trials:
        assert [set(epoch.metrics) for epoch in trial.epochs] == [{"accuracy"}] * 2
        assert 0 <= trial.metrics["accuracy"] <= 1
        assert math.isfinite(trial.valid_loss)
        assert trial.epochs[0].seconds > 0
    assert math.isfinite(trials.start_loss)


def test_other_data_to_validate_with(tmp_path):
    trainer = make(tmp_path, eval_dataset=None)
    picker = lr_find(trainer, **SWEEP)
    with pytest.raises(ValueError, match=r"valid must be a dataset to validate with.*got None"):
        picker.try_picks(PICKS)
    with pytest.raises(ValueError, match="valid must have items"):
        picker.try_picks(PICKS, valid=[])
    first = picker.try_picks(PICKS, valid=VALID)
    other = picker.try_picks(PICKS, valid=items(7, seed=5))
    assert first.start_loss != other.start_loss
    assert trainer.eval_dataset is None


def test_several_sets_to_validate_with(tmp_path):
    both = {"a": VALID, "b": items(6, seed=5)}
    trainer = make(tmp_path, eval_dataset=both, eval_strategy="epoch")
    trials = lr_find(trainer, **SWEEP).try_picks(PICKS)
    for trial in trials:
        assert set(trial.metrics) == {"a_loss", "b_loss"}
        assert trial.valid_loss == pytest.approx(sum(trial.metrics.values()) / 2)


def test_nothing_is_printed_or_written(tmp_path, capfd):
    trainer = make(tmp_path, save_strategy="epoch", eval_strategy="epoch", disable_tqdm=False)
    picker = lr_find(trainer, **SWEEP)
    capfd.readouterr()
    picker.try_picks(PICKS, epochs=2)
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_explodes_ends_early_and_the_trainer_is_as_it_was(tmp_path):
    class Explodes(Trainer):
        def training_step(self, *args, **kwargs):
            loss = super().training_step(*args, **kwargs)
            hot = self.optimizer.param_groups[0]["lr"] > 5e-3
            return loss * float("nan") if hot else loss

    trainer = make_trainer(tmp_path, "bert", Explodes, eval_dataset=VALID)
    before = dict(vars(trainer))
    trials = lr_find(trainer, **SWEEP, stop_div=False).try_picks(PICKS, epochs=3)
    assert [trial.ended for trial in trials] == ["finished", "non-finite loss"]
    assert len(trials[1].train_losses) < 18
    assert dict(vars(trainer)) == before


def test_the_line_after_trials_trains_the_best(tmp_path):
    trainer = make(tmp_path, max_steps=5)
    picker = lr_find(trainer, **SWEEP)
    trials = picker.try_picks(PICKS, epochs=2, planned=3)
    code = picker._trials["code"]
    assert code == (
        "trainer.args.max_steps = -1; trainer.args.num_train_epochs = 3; "
        "trainer.args.learning_rate = trials.best.pick.hi; trainer.train()"
    )
    exec(code, {"trainer": trainer, "trials": trials})
    assert trainer.state.global_step == 18
    assert trainer.args.learning_rate == trials.best.pick.hi


def test_seeds_give_other_runs(tmp_path):
    trials = lr_find(make(tmp_path), **SWEEP).try_picks(PICKS, seeds=2)
    first, second = (each.train_losses for each in trials if each.pick.hi == 1e-2)
    assert not np.array_equal(first, second)
