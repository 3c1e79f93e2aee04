"""The record of trials: read, framed, and back from its file to the last bit."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest

from lr_widget.records.pick import Pick
from lr_widget.records.trial import Epoch, Trial
from lr_widget.trials.results import Trials

EPOCH = {"train_loss": 1.0, "valid_loss": 1.0, "metrics": {}, "seconds": 1.0}
DATA = Path(__file__).parents[1] / "data"
EPOCHS = (
    Epoch(0.1 + 0.2, 0.7, {"accuracy": 0.5, "f1": math.nan}, 1.5),
    Epoch(None, 0.6, {"accuracy": 0.75, "f1": 0.1}, 2.0),
)


@pytest.fixture
def trials():
    finished = Trial(
        "A", Pick(1e-6, 1e-4), 0, np.array([1.0, math.nan, 1e-310]), EPOCHS, group_lrs=(1e-6, 1e-4)
    )
    other = Trial("A", Pick(1e-6, 1e-4), 1, np.array([1.0]), (EPOCHS[1], EPOCHS[0]))
    lost = Trial("B", Pick(1e-4, 1e-3), 0, np.array([2.0, math.inf]), (), "diverged")
    return Trials([finished, other, lost], epochs=2, planned=5)


def test_a_trial_says_what_its_last_epoch_came_to(trials):
    finished, _, lost = trials
    assert finished.valid_loss == 0.6
    assert finished.metrics == {"accuracy": 0.75, "f1": 0.1}
    assert finished.seconds == 3.5
    assert finished.pick.slice == slice(1e-6, 1e-4)
    assert math.isnan(lost.valid_loss)
    assert lost.metrics == {}
    assert lost.seconds == 0


def test_the_record_cannot_be_changed(trials):
    key = hash(trials)
    for name, value in {"epochs": 7, "planned": 1, "start_loss": 0.1, "_trials": ()}.items():
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(trials, name, value)
    assert (trials.epochs, trials.planned, len(trials), hash(trials)) == (2, 5, 3, key)


def test_the_best_is_the_first_seed_of_the_best_candidate(trials):
    assert trials.best is trials[0]
    assert list(trials) == [trials[0], trials[1], trials[2]]
    assert trials.answer in repr(trials)


def test_without_a_run_that_finished_there_is_no_best(trials):
    with pytest.raises(ValueError, match="finished and has learned, got none: No answer"):
        _ = Trials([trials[2]], epochs=2).best


def test_where_none_has_learned_there_is_no_best_either(trials):
    assert Trials(trials, epochs=2, start_loss=1.0).best is trials[0]
    with pytest.raises(ValueError, match="finished and has learned, got none: None has learned"):
        _ = Trials(trials, epochs=2, start_loss=0.6).best


def test_the_loss_before_training_is_kept(trials, tmp_path):
    known = Trials(trials, epochs=2, start_loss=0.1 + 0.2)
    known.save(tmp_path / "known.json")
    loaded = Trials.load(tmp_path / "known.json")
    assert loaded.start_loss == 0.1 + 0.2
    assert loaded == known != Trials(trials, epochs=2)
    assert loaded.answer == known.answer
    assert Trials.load(DATA / "trials-format-1.json").start_loss is None


@pytest.mark.parametrize("value", [math.nan, math.inf, "0.5", True])
def test_a_loss_before_training_that_is_no_number_is_refused(trials, value):
    with pytest.raises((TypeError, ValueError), match="start_loss must be"):
        Trials(trials, epochs=2, start_loss=value)


def test_a_frame_has_a_row_for_every_candidate_seed_and_epoch(trials):
    pytest.importorskip("pandas")
    frame = trials.to_frame()
    columns = ["pick", "seed", "epoch", "train_loss", "valid_loss", "accuracy", "f1", "time"]
    assert list(frame.columns) == columns
    assert frame["seed"].tolist() == [0, 0, 1, 1]
    assert frame["epoch"].tolist() == [0, 1, 0, 1]
    assert frame["pick"][0] == (1e-6, 1e-4)
    assert frame["valid_loss"].tolist() == [0.7, 0.6, 0.6, 0.7]
    assert math.isnan(frame["train_loss"][1])
    assert list(Trials([], epochs=1).to_frame().columns) == [
        *("pick", "seed", "epoch", "train_loss", "valid_loss", "time")
    ]


def test_a_file_gives_the_same_trials(trials, tmp_path):
    path = tmp_path / "trials.json"
    trials.save(path)
    loaded = Trials.load(path)
    assert loaded == trials
    assert loaded.planned == 5
    np.testing.assert_array_equal(loaded[0].train_losses, trials[0].train_losses)
    assert loaded.answer == trials.answer
    json.loads(path.read_text("utf-8"), parse_constant=pytest.fail)  # no bare NaN


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"kind": "lr_widget sweep"}, "kind must be 'lr_widget trials'"),
        ({"format": 2}, "format must be 1, got 2"),
        ({"format": True}, "format must be 1, got True"),
        ({"epochs": 0}, "epochs must be at least 1"),
        ({"trials": [{}]}, "name|train_losses|epochs"),
        ({"trials": 3}, "not iterable"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_name(trials, tmp_path, change, match):
    path = tmp_path / "odd.json"
    trials.save(path)
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **change}), "utf-8")
    with pytest.raises(ValueError, match=rf"(?s)odd.json.*holds no saved trials.*({match})"):
        Trials.load(path)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"train_losses": [[1.0]]}, "train_losses must hold numbers"),
        ({"train_losses": [10**400]}, "train_losses must hold numbers"),
        ({"ended": "bogus"}, "ended must be one of"),
        ({"name": None}, "name must be a string"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"epochs": [{**EPOCH, "valid_loss": [1]}]}, "valid_loss must hold numbers"),
        ({"epochs": [{**EPOCH, "metrics": {"a": [1]}}]}, "metrics must hold numbers"),
        ({"epochs": [{**EPOCH, "seconds": "nan"}]}, "seconds must be a real number"),
    ],
)
def test_a_trial_that_cannot_be_is_refused(trials, tmp_path, change, match):
    path = tmp_path / "odd.json"
    trials.save(path)
    data = json.loads(path.read_text("utf-8"))
    data["trials"][0] |= change
    path.write_text(json.dumps(data), "utf-8")
    with pytest.raises(ValueError, match=rf"(?s)holds no saved trials.*{match}"):
        Trials.load(path)


def test_trials_compare_by_what_they_hold(trials, tmp_path):
    trials.save(tmp_path / "same.json")
    loaded = Trials.load(tmp_path / "same.json")
    assert trials[0] == loaded[0]
    assert trials[1] in loaded
    assert trials[0] != trials[1]
    assert len({*trials, *loaded}) == 3
    assert len({trials, loaded}) == 1
    assert Trials([], epochs=1) != Trials([], epochs=2)


def test_a_metric_of_the_name_of_a_column_has_a_column_of_its_own():
    pytest.importorskip("pandas")
    epoch = Epoch(1.0, 0.5, {"seed": 7.0}, 1.0)
    frame = Trials([Trial("A", Pick(1e-6, 1e-4), 3, np.array([1.0]), (epoch,))], 1).to_frame()
    assert frame["seed"].tolist() == [3]
    assert frame["metric seed"].tolist() == [7.0]


def test_text_that_is_no_json_is_refused(tmp_path):
    path = tmp_path / "odd.json"
    path.write_text("no", "utf-8")
    with pytest.raises(ValueError, match="holds no saved trials"):
        Trials.load(path)
    with pytest.raises(FileNotFoundError):
        Trials.load(tmp_path / "nothing.json")


def test_only_trials_are_taken():
    with pytest.raises(TypeError, match=r"must hold Trial objects only, got \(1, 2\)"):
        Trials([(1, 2)], epochs=1)


def test_a_file_of_format_1_loads_for_ever():
    loaded = Trials.load(DATA / "trials-format-1.json")
    assert [trial.pick for trial in loaded] == [(1e-6, 1e-4), (1e-4, 1e-3)]
    assert (loaded.epochs, loaded.planned) == (2, 5)
    first, second = loaded
    np.testing.assert_array_equal(first.train_losses, [1.0, math.nan, 0.25])
    assert first.epochs[0].train_loss == 0.1 + 0.2
    assert first.epochs[1].train_loss is None
    assert math.isnan(first.epochs[0].metrics["f1"])
    assert (first.ended, second.ended) == ("finished", "diverged")
    assert second.group_lrs == (1e-4, 1e-3)
    assert loaded.best is first


def test_what_was_read_is_written_byte_for_byte(tmp_path):
    known = DATA / "trials-format-1.json"
    Trials.load(known).save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == known.read_bytes()
