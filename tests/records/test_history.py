"""Earlier sweeps: kept by learner or model, named, and laid under the present one."""

import gc

import numpy as np
import pytest
import torch

from lr_widget import LRPicker, Sweep, lr_find
from lr_widget.common.sentences import say
from lr_widget.curves.smoothing import extended, y_range
from lr_widget.figures.png import png
from lr_widget.records import history
from lr_widget.records.history import Run, _kept, earlier_sweeps, keep, names
from lr_widget.testing import Setting
from lr_widget.widget.comparison import MOST, compare
from lr_widget.widget.sweep_feed import SweepFeed
from lr_widget.widget.wire import encode_points
from tests.support import models
from tests.support.curves import losses, sweep
from tests.support.rigs import FastaiRig

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "$x_1$",
    "\u2028 ' \" &amp; {name}",
    "{{state}}",
]


@pytest.fixture
def setup():
    return models.setup()


def find(setup, **options):
    return lr_find(*setup, **{"num_it": 20, "end_lr": 1e-2, "show": False, **options})


def earlier(picker):
    return [each["name"] for each in picker._earlier]


def test_a_picker_begins_with_the_sweeps_of_the_same_model(setup):
    first, second = find(setup), find(setup, label="warm")
    third = find(setup)
    assert first.sweeps == (first.sweep,)
    assert third.sweeps == (first.sweep, second.sweep, third.sweep)
    assert [each.label for each in third.sweeps] == ["unfrozen", "warm", "unfrozen"]
    assert earlier(third) == ["unfrozen", "warm"]
    assert third._name == "unfrozen 2"
    assert earlier(first) == []


def test_another_model_has_a_history_of_its_own(setup):
    find(setup)
    assert len(find(models.setup()).sweeps) == 1


def test_for_fastai_the_learner_has_the_history():
    learn = FastaiRig(Setting(optimizer="SGD", groups=2)).learn
    found = [lr_find(learn, num_it=20, show=False) for _ in range(2)]
    learn.freeze()
    last = lr_find(learn, num_it=20, show=False)
    assert last.sweeps == (found[0].sweep, found[1].sweep, last.sweep)
    assert [each.label for each in last.sweeps] == ["unfrozen", "unfrozen", "frozen"]


@pytest.mark.parametrize("owner", [None, [], 5])
def test_what_cannot_be_a_key_has_no_history(owner):
    keep(owner, sweep(losses("usual")))
    assert earlier_sweeps(owner) == ()


def test_a_model_that_is_gone_takes_its_history_along():
    class Model:
        pass

    model, before = Model(), len(_kept)
    keep(model, sweep(losses("usual")))
    assert len(earlier_sweeps(model)) == 1
    del model
    gc.collect()
    assert len(_kept) <= before


def test_frozen_and_unfrozen_say_which_it_was(setup):
    model, optimizer, *_ = setup
    kept = optimizer.param_groups[0]["params"]
    first, rest = torch.optim.SGD([{"params": kept[:1]}, {"params": kept[1:]}], lr=0.1), setup[2:]
    kept[0].requires_grad_(False)
    assert find((model, first, *rest)).sweep.label == "frozen"
    kept[0].requires_grad_(True)
    picker = find((model, first, *rest))
    assert picker.sweep.label == "unfrozen"
    assert (earlier(picker), picker._name) == (["frozen"], "unfrozen")


def test_an_earlier_pick_is_not_taken_for_this_one(setup):
    find(setup, end_lr=10.0, stop_div=False).value = (1e-5, 1e-4)
    picker = find(setup, num_it=10, end_lr=1e-6)  # too short and too low to say anything
    assert len(picker.sweeps) == 2
    assert picker.value is None
    with pytest.raises(ValueError, match=r"^No pick"):
        _ = picker.max_lr


def test_before_its_own_sweep_a_picker_has_nothing_to_show():
    picker = LRPicker()
    SweepFeed(picker).follow_on(None, (sweep(losses("usual")),))
    assert (picker.sweep, len(picker.sweeps)) == (None, 1)
    assert str(picker) == "Range test. Not run yet."
    with pytest.raises(ValueError, match="nothing has been swept"):
        _ = picker.figure


def test_a_sweep_that_failed_stays_in_the_history(setup):
    def fails(*_):
        raise RuntimeError("at once")

    with pytest.raises(RuntimeError, match="at once"):
        find((*setup[:2], fails, setup[3]))
    picker = find(setup)
    assert [len(each) for each in picker.sweeps] == [0, 20]
    assert picker.sweeps[0].stop_reason == "error: RuntimeError: at once"
    assert earlier(picker) == []  # it has no curve
    assert picker._name == "unfrozen 2"


def test_repeats_are_earlier_ones_too_and_only_those_of_this_call_are_judged(setup):
    options = {"end_lr": 10.0, "stop_div": False, "num_it": 40}
    find(setup, **options)
    picker = find(setup, repeats=3, **options)
    assert len(picker.sweeps) == 4
    assert earlier(picker) == ["unfrozen", "unfrozen 2, run 1", "unfrozen 2, run 2"]
    assert picker._name == "unfrozen 2, run 3"
    assert picker._coming == []
    alone = LRPicker(picker.sweeps[1:])
    assert picker.suggestions["ours"] == alone.suggestions["ours"]
    assert "3 sweeps" in picker.suggestions["ours"].reason


def test_what_is_to_come_has_its_room_from_the_start():
    three = compare((), Run("a", 1, 3), more_come=True)
    assert (three.name, three.coming) == ("a, run 1", ("a, run 1", "a, run 2"))
    one = compare((), Run("a"), more_come=True)
    assert (one.name, one.coming) == ("a", ())


@pytest.mark.parametrize(
    ("runs", "named"),
    [
        ([Run("a"), Run("a"), Run("a")], ["a", "a 2", "a 3"]),
        ([Run(None), Run("b"), Run(None)], ["sweep 1", "b", "sweep 3"]),
        ([Run("a 2"), Run("a"), Run("a")], ["a 2", "a", "a 3"]),
        ([Run("sweep 2"), Run(None)], ["sweep 2", "sweep 2 2"]),
        ([Run("a", 1, 2), Run("a", 2, 2)], ["a, run 1", "a, run 2"]),
        ([Run("a", 1, 2), Run("a", 1, 2)], ["a, run 1", "a 2, run 1"]),
        ([Run("a", 2, 3), Run("a", 3, 3)], ["a, run 2", "a, run 3"]),
        ([Run(None, 1, 2), Run(None, 2, 2)], ["sweep 1, run 1", "sweep 1, run 2"]),
    ],
)
def test_no_two_names_are_alike(runs, named):
    assert names(runs) == named
    assert len(set(names(runs))) == len(runs)


def test_recorded_sweeps_of_any_origin_are_compared():
    lrs = np.geomspace(1e-5, 1e-1, 60)
    other = Sweep(lrs, np.linspace(2.0, 1.0, 60))
    last = sweep(losses("usual"), label="batch 64")
    picker = LRPicker([other, last, sweep(losses("one outlier"))])
    assert picker.sweep is picker.sweeps[-1]
    assert earlier(picker) == ["sweep 1", "batch 64"]
    assert picker._name == "sweep 3"
    assert picker._earlier[0]["points"] == encode_points(other.lrs, other.losses)


def test_the_axis_is_as_wide_as_all_of_them_and_the_handles_keep_to_the_last():
    wide = Sweep(np.geomspace(1e-8, 1e2, 60), np.linspace(2, 1, 60))
    own = Sweep(np.geomspace(1e-5, 1e-1, 60), np.linspace(2, 1, 60))
    picker = LRPicker([wide, own])
    assert picker._span == pytest.approx([1e-8, 1e2])
    assert picker._plan["start_lr"] == pytest.approx(1e-5)
    assert picker._picture().swept == pytest.approx((1e-8, 1e2))
    assert LRPicker([own, wide])._span == []
    assert LRPicker(own)._span == []


def test_only_the_last_dozen_goes_to_the_page():
    many = [sweep(losses("usual"), label=f"sweep of day {day}") for day in range(20)]
    picker = LRPicker(many)
    assert len(picker.sweeps) == 20
    assert earlier(picker) == [f"sweep of day {day}" for day in range(19 - MOST, 19)]


def test_the_picture_has_room_for_other_curves_but_not_for_any():
    low = Sweep(np.geomspace(1e-5, 1e-1, 60), np.linspace(1.0, 0.5, 60))
    high = Sweep(low.lrs, low.losses + 100)
    own = y_range(low.losses)
    assert LRPicker(low)._picture().shown == own
    shown = LRPicker([high, low])._picture().shown
    assert shown == extended(own, [y_range(high.losses)])
    assert shown[1] - shown[0] == pytest.approx(2 * (own[1] - own[0]))


def test_under_a_sweep_that_failed_at_once_the_others_can_be_seen():
    usual = sweep(losses("usual"))
    assert LRPicker([usual, sweep([])])._picture().shown == y_range(usual.losses)
    assert LRPicker([sweep([]), sweep([])])._picture().shown == (0.0, 1.0)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_figure_and_a_picture_name_them_as_they_are_called(name):
    picker = LRPicker(
        [sweep(losses("usual"), label=name), sweep(losses("one outlier"), label="now")]
    )
    traces = picker.figure.data
    assert [trace.name for trace in traces[:3]] == ["raw", "now", "beyond"]
    faint = next(trace for trace in traces if trace.line.width == 1.5)
    assert "<" not in faint.name
    assert faint.line.dash == "7px,3px"
    assert faint.visible is True
    assert picker.figure.layout.showlegend
    assert png(picker._picture()).startswith(b"\x89PNG")


def test_of_more_than_four_the_oldest_wait_in_the_legend():
    picker = LRPicker([sweep(losses("usual")) for _ in range(7)])
    seen = [t.visible for t in picker.figure.data if t.line.width == 1.5]
    assert seen == ["legendonly", "legendonly", True, True, True, True]


def test_one_sweep_alone_has_no_legend():
    assert not LRPicker(sweep(losses("usual"))).figure.layout.showlegend


@pytest.mark.parametrize(
    ("label", "kind", "message"),
    [
        ("", ValueError, "label must have a character that can be seen, got ''"),
        (" \n", ValueError, r"label must have a character that can be seen, got ' \n'"),
        (3, TypeError, "label must be a string or None, got 3"),
        (b"a", TypeError, "label must be a string or None, got b'a'"),
    ],
)
def test_a_label_is_a_text_that_can_be_seen(setup, label, kind, message):
    with pytest.raises(kind) as caught:
        find(setup, label=label)
    assert str(caught.value) == message


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_is_recorded_as_it_is(setup, label):
    assert find(setup, label=label).sweep.label == label


def test_a_label_that_looks_like_a_runs_name_takes_no_name_away():
    found = names([Run("a, run 1"), Run("a", 1, 2), Run("a", 2, 2)])
    assert len(set(found)) == 3
    assert found[0] == "a, run 1"


def test_a_long_earlier_sweep_is_drawn_by_means_of_its_losses():
    lrs, noisy = np.geomspace(1e-7, 1, 20_500), np.full(20_500, 2.0)
    noisy[::2] += 1.0
    noisy[::1000] = np.nan
    picker = LRPicker([Sweep(lrs, noisy), Sweep([1e-4, 1e-3], [1.0, 2.0])])
    x, y = np.frombuffer(picker._earlier[0]["points"]).reshape(-1, 2).T
    assert 900 < len(x) <= 1000
    assert np.all(np.diff(x) > 0)
    np.testing.assert_allclose(y, 2.5, atol=0.1)


def test_many_sweeps_of_one_model_are_named_without_trying_every_number_for_each(monkeypatch):
    said = []
    monkeypatch.setattr(history, "say", lambda key, **words: said.append(key) or say(key, **words))
    runs = [Run("unfrozen")] * 500 + [Run("unfrozen 7"), Run(None), Run("a", 1, 2), Run("a", 2, 2)]
    found = names(runs)
    assert found[:3] == ["unfrozen", "unfrozen 2", "unfrozen 3"]
    assert found[499:501] == ["unfrozen 500", "unfrozen 7 2"]
    assert len(set(found)) == len(runs)
    assert len(said) <= 2 * len(runs)
