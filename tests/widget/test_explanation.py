"""What a picker tells the page about its curve, and when."""

from itertools import pairwise

import pytest

from lr_widget import LRPicker
from lr_widget.common.numbers import format_lr
from lr_widget.explanation.curve import so_far
from lr_widget.loops.protocol import Group
from lr_widget.loops.shown import RECORDED
from lr_widget.records.history import Run
from lr_widget.records.plan import Plan
from lr_widget.suggestions.choose import MARKED, OURS
from lr_widget.widget.explanation import READ_SECONDS
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
    SweepFeed(picker).begin(PLAN, RECORDED, groups, Run(None), one_rate=False)
    assert shown(picker) == ("", False, [], [])
    assert (picker._suggested, picker._lowest) == (None, None)
    assert picker._rules_note == "marked when the sweep ends"


class FakeClock:
    """A clock that stands still but for `advance`."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds

    def advance(self, seconds):
        self.seconds += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = FakeClock()
    for kind in ("monotonic", "thread_time"):
        monkeypatch.setattr(f"lr_widget.widget.explanation.{kind}", clock)
    return clock


@pytest.fixture
def feed():
    """One whose picker stands in an output."""
    picker = LRPicker()
    picker._place.outputs = 1
    yield SweepFeed(picker)
    picker.close()


def readings(monkeypatch, clock, taking):
    """Times at which a running sweep is read, each of which takes so many seconds."""
    found = []

    def reading(*points):
        found.append(clock())
        clock.advance(taking)
        return so_far(*points)

    monkeypatch.setattr("lr_widget.widget.explanation.so_far", reading)
    return found


def test_only_another_phase_is_news(clock, feed):
    news = []
    feed.picker.observe(lambda change: news.append(change.new), "_reading")
    values = losses("usual")
    for steps, pause in ((30, 0.1), (60, 1.0), (62, 1.0), (63, 1.0), (90, 1.0)):
        feed.points(LRS[:steps], values[:steps])  # the second comes too soon after the first
        clock.advance(pause)
    assert [text.split()[0] for text in news] == ["Level", "Falling", "Worse"]


@pytest.mark.parametrize("step", [0.003, 0.012, 0.3, 2.0])
@pytest.mark.parametrize("taking", [0.0, 0.003, 0.02])
def test_a_running_sweep_is_read_twice_a_second_at_most_and_a_hundredth_of_the_time(
    monkeypatch, clock, feed, step, taking
):
    times, values = readings(monkeypatch, clock, taking), losses("usual")
    for steps in range(1, 101):
        clock.advance(step)
        feed.points(LRS[:steps], values[:steps])
    assert times
    assert all(later - sooner >= READ_SECONDS for sooner, later in pairwise(times))
    assert (len(times) - 1) * taking <= clock() / 100  # the first comes before there is anything
    pause = max(READ_SECONDS, 100 * taking)
    assert len(times) >= int(100 * step / (pause + taking + step))


def test_a_running_sweep_that_is_not_shown_is_not_read(monkeypatch, clock, feed):
    times, sent = readings(monkeypatch, clock, 0.0), []
    monkeypatch.setattr(LRPicker, "send", lambda *message: sent.append(message))
    feed.picker._place.outputs = 0
    feed.begin(PLAN, RECORDED, [Group("all", False)], Run(None), one_rate=False)
    for steps in range(1, 101):
        clock.advance(1.0)
        feed.points(LRS[:steps], losses("usual")[:steps])
    assert (times, sent) == ([], [])
    assert repr(feed.picker) == "LRPicker(status='running', points=100, value=None)"


def test_a_picker_that_does_not_explain_is_not_read(monkeypatch, clock):
    times, picker = readings(monkeypatch, clock, 0.0), LRPicker(explain=False)
    picker._place.outputs = 1
    SweepFeed(picker).points(LRS, losses("usual"))
    assert times == []


def test_a_curve_that_has_got_worse_is_said_to_from_the_rate_that_its_end_names(clock, feed):
    news, values = [], losses("usual")
    feed.picker.observe(lambda change: news.append(change.new), "_reading")
    for steps in range(5, 101):
        feed.points(LRS[:steps], values[:steps])
        clock.advance(1.0)
    at_end = next(zone for zone in LRPicker(sweep(values))._zones if zone["name"] == "diverging")
    assert f"from {format_lr(at_end['lo'])};" in news[-1]
    assert len(news) <= 6
