"""Guess first: nothing is told before, everything after; the line, the replay, a class's picks."""

import json
import math
from base64 import b64decode

import pytest
from traitlets import TraitError

from lr_widget import LRPicker, gallery, suggest
from lr_widget.practice.answers import Guess
from tests.support.rigs import StepRig

COLLAB = gallery("collab")
TRUTH = COLLAB.truth
EMPTY = {
    "value": None,
    "_reading": "",
    "_warned": False,
    "_zones": [],
    "_marks": [],
    "_rules_note": "",
    "_suggested": None,
    "_lowest": None,
}


@pytest.fixture
def picker():
    return LRPicker(COLLAB, guess=True)


def told(picker):
    """All that a page or a saved output gets, as text; what is drawn comes as points."""
    _ = picker.model_id  # as a page does that is about to show it
    state = [value for name, value in picker.get_state().items() if name not in ("_curve", "_esm")]
    data = picker._repr_mimebundle_()[0]
    return json.dumps(state, default=repr) + json.dumps(data, default=repr) + str(picker)


def numbers(case):
    """What would give it away, as it would stand there."""
    rates = [*case.truth.valid_losses.tolist(), case.truth.best_lr, *case.truth.good]
    ours = suggest(case.sweep)
    written = [repr(rate) for rate in rates if not math.isnan(rate)]
    return [*written, case.lesson, repr(ours.lr), ours.reason]


@pytest.mark.parametrize("name", ["collab", "digits", "text"])
def test_before_the_guess_nothing_is_told(name):
    case = gallery(name)
    picker = LRPicker(case, guess=True)
    before = told(picker)
    state = picker.get_state()
    assert {key: state[key] for key in EMPTY} == EMPTY
    assert state["_practice"]["truth"] is None
    assert [each for each in numbers(case) if each in before] == []
    for word in ("uggest", "valley", "Clear", "gives up", "decades"):
        assert word not in before
    assert picker.suggestions == {}
    assert suggest(picker.sweep).lr  # whoever asks is answered
    picker.reveal()
    after = told(picker)
    assert [each for each in numbers(case)[:-1] if each not in after] == []


def test_before_the_guess_there_is_no_pick(picker):
    assert picker.value is None
    assert picker.guess is None
    for name in ("max_lr", "group_lrs"):
        with pytest.raises(ValueError, match="A guess is wanted first"):
            getattr(picker, name)
    with pytest.raises(TraitError, match="A guess is wanted first"):
        picker.value = (1e-4, 1e-3)
    with pytest.raises(ValueError, match="There is no answer yet"):
        _ = picker.answer
    assert picker.value is None


def test_a_guess_shows_everything_and_stands(picker):
    assert picker.submit((1.4e-3, 1.4e-2), why="the cliff") == Guess(1.4e-3, 1.4e-2, "the cliff")
    assert picker.guess == (1.4e-3, 1.4e-2, "the cliff")
    assert picker.value == (1.4e-3, 1.4e-2)
    assert picker.max_lr == slice(1.4e-3, 1.4e-2)
    assert picker.answer == "lr1 collab 1.4e-3 1.4e-2"
    assert picker.suggestions["ours"].lr == suggest(COLLAB.sweep).lr
    _ = picker.model_id
    truth = picker.get_state()["_practice"]["truth"]
    assert truth["lrs"] == TRUTH.lrs.tolist()
    assert truth["valid_losses"] == TRUTH.valid_losses.tolist()
    assert picker._zones
    picker.value = (1e-4, 1e-3)  # to look around; the guess stays
    assert picker.answer == "lr1 collab 1.4e-3 1.4e-2"
    with pytest.raises(ValueError, match="submit must be called once"):
        picker.submit((1e-4, 1e-3))


def test_the_button_does_the_same(picker):
    picker._on_page_message(picker, {"type": "guess", "pick": [1e-3, 1e-2], "why": "x"}, [])
    assert picker.guess == (1e-3, 1e-2, "x")
    picker._on_page_message(picker, {"type": "guess", "pick": [1e-5, 1e-4], "why": ""}, [])
    assert picker.guess == (1e-3, 1e-2, "x")


def test_the_present_handles_are_handed_in_where_no_pick_is_given(picker):
    with pytest.raises(ValueError, match="pick must be given where no handle has been moved"):
        picker.submit()
    picker.set_state({"_handles": [1e-4, 1e-2]})  # as the page does
    assert picker.value is None
    assert picker.submit() == (1e-4, 1e-2, "")


def test_the_page_tells_where_the_handles_stand_and_is_not_told_back(picker, monkeypatch):
    sent = []
    monkeypatch.setattr(picker, "_send", lambda message, **_: sent.append(message))
    picker._on_page_message(picker, {"type": "handles", "pick": [1e-4, 1e-2]}, [])
    picker._on_page_message(picker, {"type": "handles", "pick": [1, 0]}, [])  # no pick
    assert picker._handles == (1e-4, 1e-2)
    assert sent == []
    assert picker.submit() == (1e-4, 1e-2, "")


def test_a_guess_that_is_refused_is_answered(picker, monkeypatch):
    sent = []
    monkeypatch.setattr(picker, "send", sent.append)
    picker._on_page_message(picker, {"type": "guess", "pick": [1, 0.1], "why": ""}, [])
    assert sent == [{"type": "refused", "why": "pick must have lo <= hi, got [1, 0.1]"}]
    assert picker.guess is None


def test_reveal_shows_everything_without_a_guess(picker):
    picker.reveal()
    assert picker.guess is None
    assert picker.value == suggest(COLLAB.sweep).pick
    with pytest.raises(ValueError, match="There is no answer yet"):
        _ = picker.answer


@pytest.mark.parametrize(
    ("given", "word"), [(COLLAB, "lowest point"), (COLLAB.sweep, "lowest, al")]
)
def test_the_figure_does_not_judge_the_lowest_point_where_the_truth_is_known(given, word):
    picker = LRPicker(given, guess=True)
    picker.reveal()
    (mark,) = [trace for trace in picker.figure.data if trace.name == "lowest"]
    assert mark.text[0].startswith(word)


def test_a_sweep_without_a_case_can_be_guessed_at():
    picker = LRPicker(COLLAB.sweep, guess=True)
    assert picker.value is None
    picker.submit((1e-3, 1e-2))
    assert picker.answer == "lr1 sweep 1e-3 1e-2"
    assert picker.get_state()["_practice"]["truth"] is None


def test_a_range_test_can_ask_for_a_guess():
    picker = StepRig().find(guess=True)
    assert picker.value is None
    assert picker.suggestions == {}
    state = picker.get_state()
    assert {key: state[key] for key in EMPTY} == EMPTY
    picker.submit((1e-4, 1e-3))
    assert picker.value == (1e-4, 1e-3)
    assert picker.suggestions


BAD = [
    ((1e-2, 1e-3), "", ValueError, "pick must have lo <= hi"),
    (1e-3, "", TypeError, "pick must be a pair of learning rates"),
    ((1e-3, 1e-2), None, TypeError, "why must be a string, got None"),
]


@pytest.mark.parametrize(("pick", "why", "kind", "words"), BAD)
def test_what_is_no_guess_is_refused_and_another_can_be_made(picker, pick, why, kind, words):
    with pytest.raises(kind) as caught:
        picker.submit(pick, why=why)
    assert words in str(caught.value)
    assert picker.guess is None
    picker.submit((1e-3, 1e-2))


def test_a_saved_page_has_the_truth_in_its_seal_only(picker, tmp_path):
    picker.save_html(tmp_path / "a.html")
    text = (tmp_path / "a.html").read_text("utf-8")
    assert [each for each in numbers(COLLAB) if each in text] == []
    sealed = text.partition('"_sealed": {"$bytes": "')[2].partition('"')[0]
    opened = json.loads(b64decode(sealed))
    assert opened["_practice"]["truth"]["best_lr"] == TRUTH.best_lr
    assert opened["_zones"]


def test_a_replay_is_told_to_the_page(picker):
    picker.replay()
    first = picker.get_state()["_practice"]["replay"]
    assert (first["speed"], first["until"]) == (1.0, None)
    picker.replay(speed=2, until=1e-3)
    second = picker.get_state()["_practice"]["replay"]
    assert (second["speed"], second["until"]) == (2.0, 1e-3)
    assert first["id"] != second["id"]


def test_a_replay_is_over_for_all_pages_once_it_was_seen_or_everything_is_shown(picker):
    picker.replay(until=1e-3)
    wish = picker._practice["replay"]["id"]
    assert picker._state_when_open()["_practice"]["replay"] is None
    picker._on_page_message(picker, {"type": "replayed", "id": "another one"}, [])
    assert picker._practice["replay"]["id"] == wish
    picker._on_page_message(picker, {"type": "replayed", "id": wish}, [])
    assert picker._practice["replay"] is None
    picker.replay(until=1e-3)
    picker.submit((1e-3, 1e-2))
    assert picker._practice["replay"] is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"speed": 0}, "speed must be above 0, got 0"),
        ({"speed": 1000}, "speed must be from 0.05 to 50, got 1000"),
        ({"until": 100}, "until must be a rate within the sweep"),
        ({"until": 1e-9}, "until must be a rate within the sweep"),
    ],
)
def test_a_replay_out_of_range_is_refused(picker, options, words):
    with pytest.raises(ValueError, match=r"must be") as caught:
        picker.replay(**options)
    assert words in str(caught.value)


def test_there_is_nothing_to_replay_before_a_sweep():
    with pytest.raises(ValueError, match="replay must have a sweep that has ended, got none"):
        LRPicker().replay()


def test_a_class_s_picks_have_two_rounds(picker):
    picks = picker.show_picks(
        "lr1 collab 1e-3 1e-2\nlr1 digits 1 1", second=["lr1 collab 1e-3 3e-2"]
    )
    assert (picks.n, len(picks.rejected)) == (1, 1)
    assert picks.median == pytest.approx(1e-2)
    assert picks.second.median == pytest.approx(3e-2)
    rounds = picker.get_state()["_practice"]["rounds"]
    assert [each["lrs"] for each in rounds] == [[1e-2], [3e-2]]
    assert rounds[0]["text"] == picks.text
    assert picker.get_state()["_practice"]["truth"] is None  # still withheld
    assert str(picks).startswith("First vote: One pick for collab")


def test_a_value_and_a_guess_exclude_each_other():
    with pytest.raises(ValueError, match="value must be left out with guess=True"):
        LRPicker(COLLAB, guess=True, value=(1e-4, 1e-3))
    with pytest.raises(TypeError, match="guess must be True or False, got 'yes'"):
        LRPicker(COLLAB, guess="yes")
