"""What a picker tells the page about its curve, and when."""

import pytest

from lr_widget import LRPicker
from lr_widget.common.numbers import format_lr
from lr_widget.loops.protocol import Group
from lr_widget.loops.shown import RECORDED
from lr_widget.records.history import Run
from lr_widget.records.plan import Plan
from lr_widget.suggestions.choose import MARKED, OURS
from lr_widget.widget.sweep_feed import SweepFeed
from tests.support.curves import LRS, losses, sweep

BOTH = ["body", "head"]
PLAN = Plan(1e-7, 10.0, 100, "exp")


@pytest.fixture
def picker():
    picker = LRPicker(sweep(losses("usual"), "Adam", groups=BOTH))
    yield picker
    picker.close()


def shown(picker):
    return picker._reading, picker._warned, picker._zones, picker._marks


def test_a_recorded_sweep_is_explained(picker):
    assert picker._reading.startswith("**Clear:**")
    assert not picker._warned
    assert [zone["name"] for zone in picker._zones] == ["too_slow", "learning", "edge", "diverging"]
    assert sorted(mark["rule"] for mark in picker._marks) == sorted([OURS, *MARKED])
    assert picker._suggested == picker.value[1]
    assert picker._rules_note == ""


def test_every_mark_has_the_pick_of_its_rule(picker):
    for mark in picker._marks:
        assert tuple(mark["pick"]) == picker.suggestions[mark["rule"]].pick
        assert mark["lr"] == mark["pick"][1]


def test_a_picker_may_be_told_not_to_explain():
    picker = LRPicker(sweep(losses("usual")), explain=False)
    assert shown(picker) == ("", False, [], [])
    assert picker.value == picker.suggestions[OURS].pick
    assert picker._explain is False
    SweepFeed(picker).points(LRS, losses("usual"))
    assert picker._reading == ""


@pytest.mark.parametrize("wrong", [1, None, "no"])
def test_explain_is_true_or_false(wrong):
    with pytest.raises(TypeError, match="explain must be True or False, got "):
        LRPicker(explain=wrong)


def test_without_a_suggestion_the_rules_are_not_marked_and_a_note_says_why():
    picker = LRPicker(sweep(losses("noise")))
    assert picker._marks == []
    assert picker._rules_note.startswith("not marked: they disagree by a factor of ")
    assert picker._warned
    assert LRPicker(sweep(losses("usual")[:3]))._rules_note.startswith("not marked: there is no")


def test_a_new_sweep_begins_with_nothing_said(picker):
    groups = [Group("body", False), Group("head", False)]
    SweepFeed(picker).begin(PLAN, RECORDED, groups, Run(None))
    assert shown(picker) == ("", False, [], [])
    assert (picker._suggested, picker._lowest) == (None, None)
    assert picker._rules_note == "marked when the sweep ends"


def test_a_running_sweep_is_read_now_and_then_and_only_another_phase_is_news(monkeypatch):
    times = iter([0.0, 0.0, 0.1, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0])
    monkeypatch.setattr("lr_widget.widget.explanation.monotonic", lambda: next(times))
    picker, news = LRPicker(), []
    picker.observe(lambda change: news.append(change.new), "_reading")
    feed, values = SweepFeed(picker), losses("usual")
    for steps in (30, 60, 62, 63, 90):  # the second comes too soon after the first
        feed.points(LRS[:steps], values[:steps])
    assert [text.split()[0] for text in news] == ["Level", "Falling", "Worse"]


def test_a_curve_that_has_got_worse_is_said_to_from_the_rate_that_its_end_names(monkeypatch):
    monkeypatch.setattr("lr_widget.widget.explanation.READ_SECONDS", 0.0)
    picker, news = LRPicker(), []
    picker.observe(lambda change: news.append(change.new), "_reading")
    feed, values = SweepFeed(picker), losses("usual")
    for steps in range(5, 101):
        feed.points(LRS[:steps], values[:steps])
    at_end = next(zone for zone in LRPicker(sweep(values))._zones if zone["name"] == "diverging")
    assert f"from {format_lr(at_end['lo'])};" in news[-1]
    assert len(news) <= 6
