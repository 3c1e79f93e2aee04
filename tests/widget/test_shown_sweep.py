"""What nobody looks at costs nothing: it is made when somebody asks, and is then what it was."""

import gc
import weakref
from dataclasses import fields

import pytest
from ipywidgets import VBox
from ipywidgets.embed import embed_data
from traitlets import TraitError

from lr_widget import LRPicker, lr_find
from lr_widget.suggestions import choose, default_rule
from lr_widget.suggestions.choose import MARKED, OURS, suggestions_for
from lr_widget.widget import explanation
from lr_widget.widget.explanation import Explainer, Explanation
from tests.support import models
from tests.support.curves import KINDS, losses, sweep


@pytest.fixture
def made(monkeypatch):
    """What has been made that `value` does not need, by name, in order."""
    made = []

    def noted(name, make):
        return lambda *args, **named: made.append(name) or make(*args, **named)

    def note(module, name):
        monkeypatch.setattr(module, name, noted(name, getattr(module, name)))

    for name in ("so_far", "zones", "marks", "reading_text"):
        note(explanation, name)
    for name in ("half_width", "cautions"):
        note(choose, name)
    public = {name: noted(name, rule) for name, rule in choose.PUBLIC.items()}
    monkeypatch.setattr(choose, "PUBLIC", public)
    return made


@pytest.fixture
def messages(monkeypatch):
    """What pickers send to their pages: the updates of the state."""
    sent = []
    send = LRPicker._send

    def noting(picker, message, buffers=None):
        sent.append(message.get("state", {}))
        send(picker, message, buffers=buffers)

    monkeypatch.setattr(LRPicker, "_send", noting)
    return sent


def failing(error):
    def fail(*_):
        raise error

    return fail


def swept(**options):
    return lr_find(*models.setup(), show=False, num_it=30, end_lr=1.0, **options)


ASKING = {
    "the suggestions": lambda picker: picker.suggestions,
    "print": str,
    "its state, as a page asks for it that is loaded anew": lambda picker: picker.get_state(),
    "a part of its state": lambda picker: picker.get_state("_marks"),
    "a box": lambda picker: VBox([picker]),
    "its figure": lambda picker: picker.figure,
    "an output": lambda picker: picker._repr_mimebundle_(),
}


@pytest.mark.thorough
@pytest.mark.parametrize("asking", ASKING)
@pytest.mark.parametrize("repeats", [1, 3])
def test_a_sweep_that_is_not_shown_judges_only_its_pick_until_it_is_asked(made, asking, repeats):
    picker = swept(repeats=repeats)
    assert picker.value is not None
    assert (repr(picker), picker._outcome, picker.max_lr) is not None
    assert made == []
    ASKING[asking](picker)
    assert set(MARKED) <= set(made)
    count = len(made)
    for again in ASKING.values():
        again(picker)
    assert [made.count(name) for name in MARKED] == [1] * len(MARKED)
    assert len(made) <= count + len(("zones", "marks", "reading_text"))


@pytest.mark.parametrize("kind", [*KINDS, "short"])
@pytest.mark.parametrize("reason", ["", "stopped", "error: ValueError"])
def test_what_is_said_late_is_what_would_have_been_said_at_once(kind, reason):
    values = losses("usual")[:3] if kind == "short" else losses(kind)
    record = sweep(values, "Adam", groups=["body", "head"], stop_reason=reason)
    picker = LRPicker(record)
    ours = picker._explainer.ours
    late = picker.suggestions
    assert late == suggestions_for([record])[0]
    assert (ours.lr, ours.pick, ours.reason) == (late[OURS].lr, late[OURS].pick, late[OURS].reason)
    assert picker.value == late[OURS].pick
    assert picker._suggested == late[OURS].lr


def test_a_page_that_shows_it_gets_all_of_it_with_the_status(messages):
    picker = LRPicker()
    picker._place.outputs = 1
    picker.sweeps = (sweep(losses("usual"), "Adam"),)
    picker._conclude(picker.sweep, restored=True)
    (state,) = [each for each in messages if "status" in each]
    assert set(state) >= {"value", "_outcome", "_marks", "_zones", "_reading", "_suggested"}


def test_a_page_gets_it_before_a_box_that_holds_the_picker(messages):
    picker = LRPicker(sweep(losses("usual"), "Adam"))
    assert not any("_marks" in each for each in messages)
    VBox([picker])
    (state,) = [each for each in messages if "_marks" in each]
    assert [mark["rule"] for mark in state["_marks"]] == [mark["rule"] for mark in picker._marks]
    VBox([picker])
    assert sum("_marks" in each for each in messages) == 1


def test_closing_asks_for_nothing_and_what_is_known_can_be_read_after_it(made):
    picker = LRPicker(sweep(losses("usual"), "Adam"))
    picker.close()
    picker.close()
    assert made == []
    assert "Clear:" in str(picker)
    assert set(MARKED) <= set(made)


def test_an_interrupt_while_it_is_made_loses_nothing():
    picker = LRPicker(sweep(losses("usual"), "Adam"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explanation, "zones", failing(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            str(picker)
    assert "Clear:" in str(picker)
    assert picker._marks


def test_a_page_saved_by_ipywidgets_has_all_of_it():
    picker = LRPicker(sweep(losses("usual"), "Adam"))
    data = embed_data(views=[VBox([picker])], drop_defaults=False)
    state = data["manager_state"]["state"][picker.model_id]["state"]
    assert state["_suggested"] == picker.value[1]
    assert state["_marks"]
    alone = LRPicker(sweep(losses("usual"), "Adam"))
    data = embed_data(views=[alone], drop_defaults=False)
    assert data["manager_state"]["state"][alone._model_id]["state"]["_marks"]


def test_a_picker_that_was_refused_goes_without_a_word():
    with pytest.raises(TypeError, match="LRPicker has the keywords"):
        LRPicker(wrong=1)
    gc.collect()  # an error in its `__del__` would be a warning


def test_a_closed_picker_can_be_forgotten():
    picker = LRPicker(sweep(losses("usual"), "Adam"))
    picker.close()
    held = weakref.ref(picker)
    del picker
    gc.collect()
    assert held() is None


def test_state_of_a_helper_that_no_trait_holds_is_refused():
    picker = LRPicker()
    assert {f"_{part.name}" for part in fields(Explanation)} <= set(picker.trait_names())
    with pytest.raises(TraitError):
        picker._show({"_redaing": "misspelt"})


def test_before_the_first_end_nothing_is_suggested():
    picker = LRPicker()
    assert picker.suggestions == {}


def test_while_it_is_swept_again_the_suggestions_are_those_before_and_nothing_is_said():
    explainer, record = Explainer(enabled=True), sweep(losses("usual"), "Adam")
    explainer.conclude([record])
    begun = explainer.begin()
    assert explainer.take_due() is None
    assert begun.reading == ""
    assert explainer.suggestions == suggestions_for([record])[0]


def test_the_interval_needs_five_readings_and_the_pick_one(monkeypatch):
    read, readings = default_rule.read, []
    monkeypatch.setattr(default_rule, "read", lambda *args: readings.append(1) or read(*args))
    picker = LRPicker(sweep(losses("usual", seed=7), "Adam"))
    assert readings == []
    assert picker.suggestions[OURS].interval is not None
    assert len(readings) == default_rule.FOLDS
