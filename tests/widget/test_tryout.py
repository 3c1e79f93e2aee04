"""Candidates of a picker, and what the page is told of their trials."""

import struct
from dataclasses import replace

import pytest

from lr_widget import LRPicker, Sweep
from lr_widget.records.pick import Pick
from lr_widget.testing.rig import CANDIDATES
from tests.support.rigs import PyTorchRig


@pytest.fixture
def picker():
    return LRPicker(Sweep([1e-4, 1e-3, 1e-2], [1.0, 0.5, 2.0]), value=(1e-4, 1e-3))


@pytest.fixture
def sent(picker_of_rig):
    messages = []
    picker_of_rig.send = lambda content, buffers: messages.append((content, buffers))
    return messages


@pytest.fixture
def rig():
    return PyTorchRig()


@pytest.fixture
def picker_of_rig(rig):
    return rig.find()


def test_the_present_pick_is_kept_once(picker):
    assert picker.keep() == Pick(1e-4, 1e-3)
    picker.keep()
    picker.value = (1e-3, 1e-2)
    picker.keep()
    assert picker.kept == ((1e-4, 1e-3), (1e-3, 1e-2))
    assert picker._kept == [
        {"name": "A", "lo": 1e-4, "hi": 1e-3},
        {"name": "B", "lo": 1e-3, "hi": 1e-2},
    ]


def test_a_pick_of_ones_own_is_kept(picker):
    assert picker.keep(slice(1e-6, 1e-4)) == (1e-6, 1e-4)
    with pytest.raises(ValueError, match="pick must have lo <= hi"):
        picker.keep((1e-3, 1e-4))
    assert picker.kept == ((1e-6, 1e-4),)


def test_a_dropped_one_gives_its_letter_to_the_next(picker):
    for pick in ((1e-4, 1e-3), (1e-3, 1e-2)):
        picker.keep(pick)
    picker.drop()
    assert [(each["name"], each["hi"]) for each in picker._kept] == [("A", 1e-2)]
    with pytest.raises(ValueError, match="pick must be one that was kept"):
        picker.drop((1.0, 2.0))


def test_without_a_pick_nothing_is_kept():
    with pytest.raises(ValueError, match="No pick yet"):
        LRPicker().keep()


def test_there_are_as_many_candidates_as_letters(picker):
    for i in range(26):
        picker.keep((1e-6, 1e-5 * (i + 1)))
    with pytest.raises(ValueError, match="at most 26"):
        picker.keep((1.0, 2.0))


def test_the_page_keeps_and_drops(picker, caplog):
    picker._on_page_message(None, {"type": "keep", "pick": [1e-4, 1e-3]}, None)
    assert picker.kept == ((1e-4, 1e-3),)
    picker._on_page_message(None, {"type": "drop", "pick": [1e-4, 1e-3]}, None)
    assert picker.kept == ()
    for odd in (None, [1], "x", [2, 1]):
        picker._on_page_message(None, {"type": "keep", "pick": odd}, None)
    picker._on_page_message(None, {"type": "drop", "pick": [1.0, 2.0]}, None)
    assert caplog.text.count("the page asks for what cannot be done") == 4
    assert picker.kept == ((1e-4, 1e-3),)  # None: the present one


def test_what_was_kept_is_tried(rig, picker_of_rig):
    for pick in CANDIDATES:
        picker_of_rig.keep(pick)
    trials = picker_of_rig.try_picks(**rig.trial_arguments())
    assert [trial.pick for trial in trials] == CANDIDATES
    assert picker_of_rig.trials is trials


def test_without_candidates_the_suggestion_and_a_factor_of_four_around_it(rig, picker_of_rig):
    ours = picker_of_rig.suggestions["ours"]
    picker_of_rig.suggestions["ours"] = replace(ours, pick=Pick(1e-4, 1e-3))
    trials = picker_of_rig.try_picks(**rig.trial_arguments())
    assert [trial.pick.hi for trial in trials] == pytest.approx([2.5e-4, 1e-3, 4e-3])
    assert [trial.pick.lo for trial in trials] == pytest.approx([2.5e-5, 1e-4, 4e-4])
    assert trials[1].pick == (1e-4, 1e-3)
    assert [each["name"] for each in picker_of_rig._kept] == ["A", "B", "C"]


def test_without_a_suggestion_picks_have_to_be_given(rig, picker_of_rig):
    ours = picker_of_rig.suggestions["ours"]
    picker_of_rig.suggestions["ours"] = replace(ours, pick=None)
    with pytest.raises(ValueError, match="picks must be given, or kept by"):
        picker_of_rig.try_picks(**rig.trial_arguments())


def test_the_page_is_told_of_every_batch_once(rig, picker_of_rig, sent):
    picker_of_rig.try_picks(CANDIDATES, epochs=2, **rig.trial_arguments())
    told = [[], []]
    for content, buffers in sent:
        assert content["type"] == "trial"
        assert content["run"] == picker_of_rig._trials["run"]
        losses = told[content["index"]]
        assert content["start"] == len(losses)
        losses += [loss for (loss,) in struct.iter_unpack("<d", buffers[0])]
    expected = [trial.train_losses.tolist() for trial in picker_of_rig.trials]
    assert told == expected
    state = picker_of_rig.get_state(["_trial_losses"])["_trial_losses"]
    assert state["run"] == picker_of_rig._trials["run"]
    whole = [[x for (x,) in struct.iter_unpack("<d", each)] for each in state["losses"]]
    assert whole == expected


def test_the_page_sees_the_table_fill_row_by_row(rig, picker_of_rig):
    seen = []
    picker_of_rig.observe(lambda change: seen.append(change.new), "_trials")
    picker_of_rig.try_picks(CANDIDATES, epochs=2, **rig.trial_arguments())
    rows = [[len(run["epochs"]) for run in state["runs"]] for state in seen]
    for step in ([], [0], [1], [2], [2, 0], [2, 1], [2, 2]):
        assert step in rows
    assert {state["status"] for state in seen[:-1]} == {"running"}
    last = seen[-1]
    assert last["status"] == "finished"
    assert last["batches"] == 5
    assert last["best"] in (0, 1)
    assert last["code"] == "OneCycleLR(optimizer, max_lr=trials.best.group_lrs, ...)"
    assert last["outcome"] == (
        "2 candidates, 2 epochs each, both from the same start. Your model is as it was."
    )


def test_a_failure_keeps_its_words_and_what_has_finished(rig, picker_of_rig):
    calls = []

    def fit(_pick):
        calls.append(1)
        if len(calls) == 2:
            raise OSError("disk is full.")
        return 0.5

    with pytest.raises(OSError, match="disk is full") as caught:
        picker_of_rig.try_picks(CANDIDATES, fit=fit)
    assert [trial.ended for trial in caught.value.trials] == ["finished", "stopped"]
    shown = picker_of_rig._trials
    assert shown["status"] == "failed"
    assert shown["outcome"] == "Failed in candidate B: disk is full. Your model is as it was."
    assert shown["answer"].startswith("**Only A finished**")


def test_a_model_that_could_not_be_put_back_is_not_said_to_be(rig, picker_of_rig, monkeypatch):
    def fail(_self):
        raise OSError("no")

    monkeypatch.setattr("lr_widget.snapshot.random_states.RandomState.restore", fail)
    with pytest.raises(RuntimeError, match="not everything could be put back"):
        picker_of_rig.try_picks(CANDIDATES, **rig.trial_arguments())
    assert "as it was" not in picker_of_rig._trials["outcome"]
    assert "could not" not in picker_of_rig._trials["outcome"].split(":")[0]
    assert picker_of_rig._trials["status"] == "failed"


def test_a_code_line_for_the_epochs_that_are_planned():
    pytest.importorskip("fastai")
    from tests.support.rigs import FastaiRig

    rig = FastaiRig()
    picker = rig.find()
    picker.try_picks(CANDIDATES, planned=7)
    assert picker._trials["code"] == "learn.fit_one_cycle(7, trials.best.pick.slice)"


def test_seeds_are_said():
    rig = PyTorchRig()
    picker = rig.find()
    picker.try_picks(CANDIDATES, seeds=2, leave="best", **rig.trial_arguments())
    best = picker.trials.best.name
    assert picker._trials["outcome"] == (
        "2 candidates, 1 epoch each with 2 seeds, both from the same start. "
        f"Your model is as {best}'s run left it."
    )
    assert [(run["candidate"], run["seed"]) for run in picker._trials["runs"]] == [
        *((0, 1), (0, 0), (1, 1), (1, 0))
    ]
