"""Trials with Transformers' Trainer: its own `train()` and metrics, and nothing written."""

import pytest

pytest.importorskip("transformers")

from lr_widget import lr_find
from lr_widget.testing.bits import bits
from tests.support import hf

SHORT = {"num_it": 12, "show": False, "seed": 0}


pytestmark = pytest.mark.usefixtures("old_garbage_left_alone")


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def accuracy(prediction):
    return {"accuracy": float((prediction.predictions.argmax(-1) == prediction.label_ids).mean())}


def validated(folder, **more):
    return hf.make_trainer(
        folder,
        eval_dataset=hf.items(n=16),
        compute_metrics=accuracy,
        eval_strategy="epoch",
        warmup_steps=2,
        **more,
    )


def test_a_trial_is_the_train_that_a_user_would_type(tmp_path):
    trainer = validated(tmp_path)
    picker = lr_find(trainer, **SHORT)
    before = hf.state(trainer, tmp_path)
    trials = picker.try_picks([(1e-3, 1e-3), (1e-2, 1e-2)], epochs=2)
    assert hf.state(trainer, tmp_path) == before
    assert trainer.optimizer is trainer.lr_scheduler is None
    for trial in trials:
        by_hand = validated(tmp_path, learning_rate=trial.pick.hi, num_train_epochs=2)
        by_hand.train()
        told = [entry for entry in by_hand.state.log_history if "eval_loss" in entry]
        assert [epoch.valid_loss for epoch in trial.epochs] == [e["eval_loss"] for e in told]
        assert [epoch.metrics["accuracy"] for epoch in trial.epochs] == [
            entry["eval_accuracy"] for entry in told
        ]
        logged = [entry["loss"] for entry in by_hand.state.log_history if "loss" in entry]
        assert list(trial.train_losses) == pytest.approx(logged, abs=1e-4)


def test_the_best_is_left_in_the_model_and_no_moments_with_it(tmp_path):
    trainer = validated(tmp_path)
    start = bits(trainer.model.state_dict())
    picker = lr_find(trainer, **SHORT)
    trials = picker.try_picks([(1e-2, 1e-2), (3e-2, 3e-2)], epochs=3, leave="best")
    assert trials.best is not None
    assert bits(trainer.model.state_dict()) != start
    metrics = trainer.evaluate()
    assert metrics["eval_loss"] == pytest.approx(trials.best.valid_loss, rel=1e-5)
    assert trainer.optimizer is None
    assert not list(tmp_path.rglob("*.safetensors"))


def test_what_cannot_be_tried_is_refused(tmp_path):
    trainer = hf.make_trainer(tmp_path)
    picker = lr_find(trainer, **SHORT)
    with pytest.raises(ValueError, match="valid must be a dataset"):
        picker.try_picks([(1e-3, 1e-3), (1e-2, 1e-2)], epochs=1)
