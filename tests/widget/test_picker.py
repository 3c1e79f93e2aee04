"""The picker as Python code sees it: its pick, its links, its state and its end."""

import gc
import json
import weakref
from types import FunctionType

import ipywidgets
import numpy as np
import pytest
from anywidget import AnyWidget
from ipywidgets import Widget
from traitlets import TraitError, TraitType, dlink, link

from lr_widget import LRPicker, Suggestion, Sweep
from lr_widget.widget import assets
from lr_widget.widget.shown_sweep import ShownSweep
from lr_widget.widget.traits import PickerTraits
from lr_widget.widget.wire import encode_points

LRS = np.geomspace(1e-7, 10, 100)
LOSSES = 1 + np.linspace(-1, 1, 100) ** 2
HOSTILE = ["<img src=x onerror=alert(1)>", "</script>", "{lo} {0.__class__}", "\\1 \n"]
EXACT = (0.1 + 0.2, 1 / 3)


def sweep(losses=LOSSES, **more):
    given = {"groups": ["body", "neck", "head"], "settings": {"num_it": 100}, **more}
    return Sweep(LRS[: len(losses)], losses, **given)


@pytest.fixture
def picker():
    picker = LRPicker(sweep())
    yield picker
    picker.close()


def test_a_recorded_sweep_has_a_pick_and_all_that_follows_from_it(picker):
    lo, hi = picker.value
    assert picker.max_lr == slice(lo, hi)
    assert picker.group_lrs == [lo, pytest.approx((lo * hi) ** 0.5), hi]
    assert picker.status == "finished"
    assert picker.sweep is picker.sweeps[-1]
    assert list(picker.suggestions) == ["ours", "valley", "slide", "minimum", "steep"]
    assert {type(found) for found in picker.suggestions.values()} == {Suggestion}
    assert {found.rule: found for found in picker.suggestions.values()} == picker.suggestions
    assert picker.suggestions["ours"].pick == picker.value


def test_of_several_sweeps_the_last_is_shown():
    first, second = sweep(), sweep(LOSSES[:50])
    picker = LRPicker([first, second])
    assert picker.sweeps == (first, second)
    assert picker.sweep is second
    assert picker.get_state("_curve")["_curve"]["points"] == encode_points(LRS[:50], LOSSES[:50])
    assert LRPicker((first,)).sweep is first


@pytest.mark.parametrize("nothing", [{}, {"sweeps": []}])
def test_an_empty_picker_is_idle_and_says_so(nothing):
    picker = LRPicker(**nothing)
    assert (picker.sweep, picker.sweeps, picker.value, picker.status) == (None, (), None, "idle")
    with pytest.raises(ValueError, match="nothing has been swept"):
        _ = picker.max_lr


def test_a_value_given_at_the_start_is_kept():
    assert LRPicker(sweep(), value=EXACT).value == EXACT
    assert LRPicker(value=slice(1e-4, 1e-3)).value == (1e-4, 1e-3)


REFUSED = [
    ((2.0, 1.0), "value must have lo <= hi, got (2.0, 1.0)"),
    ((0.0, 1.0), "value[0] must be above 0, got 0.0"),
    ((-1.0, 1.0), "value[0] must be above 0, got -1.0"),
    ((1.0, float("nan")), "value[1] must be finite, got nan"),
    ((1.0, float("inf")), "value[1] must be finite, got inf"),
    ((1.0,), "value must hold two learning rates (lo, hi), got (1.0,)"),
    ((1.0, 2.0, 3.0), "value must hold two learning rates (lo, hi), got (1.0, 2.0, 3.0)"),
    (1.0, "value must be a pair of learning rates (lo, hi), got 1.0"),
    ("ab", "value must be a pair of learning rates (lo, hi), got 'ab'"),
    (("1", "2"), "value[0] must be a real number, got '1'"),
    ((True, 1.0), "value[0] must be a real number, got True"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED)
def test_a_value_that_breaks_a_rule_is_refused_and_the_old_one_stays(picker, value, message):
    before = picker.value
    with pytest.raises(TraitError) as caught:
        picker.value = value
    assert str(caught.value) == message
    assert picker.value == before
    with pytest.raises(TraitError, match="value"):
        LRPicker(value=value)


@pytest.mark.parametrize(
    "value", [EXACT, list(EXACT), np.array(EXACT), slice(*EXACT), np.array(EXACT).tolist()], ids=str
)
def test_a_value_is_two_python_floats_exact_to_the_last_bit(picker, value):
    picker.value = value
    assert picker.value == EXACT
    assert [type(rate) for rate in picker.value] == [float, float]
    assert picker.max_lr == slice(*EXACT)


@pytest.mark.parametrize("value", [(5e-324, 1.7976931348623157e308), (0.1, 0.1), EXACT])
def test_a_value_survives_the_wire_to_the_last_bit(picker, value):
    picker.value = value
    state = json.loads(json.dumps(picker.get_state("value")))
    other = LRPicker()
    other.set_state(state)
    assert other.value == value
    assert other.get_state("value") == picker.get_state("value")


def test_its_own_state_changes_nothing(picker):
    before = {key: value for key, value in picker.get_state().items() if key != "_curve"}
    curve = picker.get_state("_curve")
    picker.set_state(picker.get_state())
    after = {key: value for key, value in picker.get_state().items() if key != "_curve"}
    assert after == before
    assert picker.get_state("_curve") == curve


def test_the_page_may_take_the_pick_away(picker):
    picker.set_state({"value": None})
    assert picker.value is None
    with pytest.raises(ValueError, match=r"^No pick") as caught:
        _ = picker.max_lr
    assert "picker.value = (lo, hi)" in str(caught.value)
    assert picker._no_pick == str(caught.value)


def test_a_value_is_observed_once_per_change(picker):
    changes = []
    picker.observe(lambda change: changes.append((change.old, change.new)), "value")
    before = picker.value
    picker.value = EXACT
    picker.value = list(EXACT)
    assert changes == [(before, EXACT)]


def test_a_link_goes_both_ways(picker):
    slider = ipywidgets.FloatRangeSlider(min=0.0, max=10.0)
    link((picker, "value"), (slider, "value"))
    assert slider.value == picker.value
    slider.value = (0.25, 0.5)
    assert picker.value == (0.25, 0.5)
    picker.value = EXACT
    assert slider.value == EXACT


def test_a_dlink_goes_one_way(picker):
    other = LRPicker()
    dlink((picker, "value"), (other, "value"))
    picker.value = EXACT
    assert other.value == EXACT
    other.value = (1e-4, 1e-3)
    assert picker.value == EXACT


def test_a_jslink_names_both_models(picker):
    slider = ipywidgets.FloatRangeSlider()
    made = ipywidgets.jslink((picker, "value"), (slider, "value"))
    assert made.source == (picker, "value")
    assert picker.traits()["value"].metadata["sync"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_shown_as_they_are(name):
    record = sweep(groups=[name, "head"], stop_reason=f"error: ValueError: {name}", label=name)
    picker = LRPicker(record, value=EXACT)
    assert picker._groups == [{"name": name, "frozen": False}, {"name": "head", "frozen": False}]
    assert name.strip().rstrip(".") in picker._outcome
    assert picker.sweep.label == name


def test_without_known_groups_there_are_no_group_lrs():
    picker = LRPicker(sweep(groups=()))
    with pytest.raises(ValueError, match="parameter groups of this sweep are not known"):
        _ = picker.group_lrs
    assert isinstance(picker.max_lr, slice)


def test_with_one_group_only_hi_counts():
    picker = LRPicker(sweep(groups=["all"]), value=EXACT)
    assert picker.group_lrs == [EXACT[1]]


@pytest.mark.parametrize(
    ("sweeps", "message"),
    [
        (5, "sweeps must be a Sweep or a list of them, got 5"),
        ("a.json", "sweeps must be a Sweep or a list of them, got 'a.json'"),
        ([5], "sweeps must hold Sweep objects only, got 5"),
        ([sweep(), None], "sweeps must hold Sweep objects only, got None"),
    ],
)
def test_what_is_no_sweep_is_refused(sweeps, message):
    with pytest.raises(TypeError) as caught:
        LRPicker(sweeps)
    assert str(caught.value) == message


def test_an_unknown_keyword_is_refused():
    with pytest.raises(TypeError, match=r"LRPicker has the keywords value, .*, got valeu=3"):
        LRPicker(sweep(), valeu=3)


def test_the_curve_on_the_wire_is_every_raw_point(picker):
    curve = picker.get_state("_curve")["_curve"]
    assert curve["points"] == encode_points(LRS, LOSSES)
    assert curve["run"]


def test_the_planned_range_is_that_of_the_settings_or_of_the_points(picker):
    assert picker._plan == {"start_lr": 1e-7, "end_lr": 10.0, "num_it": 100, "schedule": "exp"}
    settings = {"start_lr": 1e-5, "end_lr": 1.0, "num_it": 50, "schedule": "linear"}
    assert LRPicker(sweep(settings=settings))._plan == settings
    assert LRPicker(Sweep([], []))._plan["end_lr"] == 10.0


PICKS = [None, (5e-324, 1.7976931348623157e308), (2.2e-300, 1e-299)]


@pytest.mark.parametrize("value", PICKS)
@pytest.mark.parametrize("status", ["idle", "running", "finished", "stopped", "failed"])
def test_the_repr_is_one_short_line(value, status):
    picker = LRPicker(value=value)
    picker.status, picker._points = status, (np.ones(100_000), np.ones(100_000))
    assert repr(picker).startswith(f"LRPicker(status='{status}', points=100000, value=")
    assert len(repr(picker)) <= 110


def test_the_page_asks_for_the_bundle_where_it_cannot_reach_it(picker):
    picker._handle_custom_msg({"type": "bundle"}, [])
    assert picker._bundle == assets.bundle()


def test_an_error_of_the_page_goes_to_the_log(picker, caplog):
    picker._handle_custom_msg({"type": "error", "text": "no <canvas> {here}"}, [])
    assert "no <canvas> {here}" in caplog.text


@pytest.mark.parametrize("content", [{}, {"type": "other"}, {"type": "stop"}, {"type": None}])
def test_other_messages_do_nothing(picker, content):
    state = picker.get_state()
    picker._handle_custom_msg(content, [])
    assert picker.get_state() == state


@pytest.mark.parametrize("record", [None, sweep()])
def test_a_closed_picker_is_collected(record):
    picker = LRPicker() if record is None else LRPicker(record)
    ref = weakref.ref(picker)
    picker.close()
    del picker
    gc.collect()
    assert ref() is None


def test_a_closed_picker_still_answers():
    picker = LRPicker(sweep())
    picker.close()
    picker.value = EXACT
    assert picker.max_lr == slice(*EXACT)


def test_close_all_does_not_break_the_next_picker():
    LRPicker(sweep())
    Widget.close_all()
    assert LRPicker(sweep()).get_state()["_bundle_id"] == assets.shared_bundle().model_id


def test_a_recorded_sweep_keeps_its_frozen_groups():
    settings = {"frozen": [True, False]}
    picker = LRPicker(Sweep([1e-4, 1e-3], [2.0, 1.0], settings=settings, groups=["body", "head"]))
    assert [group["frozen"] for group in picker._groups] == [True, False]
    other = LRPicker(Sweep([1e-4], [2.0], settings={"frozen": "yes"}, groups=["body"]))
    assert [group["frozen"] for group in other._groups] == [False]


@pytest.mark.parametrize("settings", [{}, {"start_lr": 5.0, "end_lr": 1e-3}])
def test_the_axis_of_a_recorded_sweep_always_has_a_width(settings):
    plan = LRPicker(Sweep([1e-3], [2.0], settings=settings))._plan
    assert plan["start_lr"] < 1e-3 < plan["end_lr"]


def test_a_front_end_without_widgets_gets_a_sentence_that_stays_true(picker):
    picker.status = "running"
    text = picker._repr_mimebundle_()[0]["text/plain"]
    assert "picker.sweep" in text
    assert "running" not in text


def test_nothing_of_ipywidgets_own_is_hidden_by_accident():
    written = (FunctionType, property, TraitType)  # not what traitlets puts into every class
    own = {
        n
        for kind in (LRPicker, ShownSweep, PickerTraits)
        for n, v in vars(kind).items()
        if isinstance(v, written)
    }
    hidden = {name for name in own if hasattr(AnyWidget, name)}
    copied = {"__copy__", "__deepcopy__", "__reduce__"}
    shown = {"__repr__", "__str__", "_repr_mimebundle_", "close", "model_id"}
    assert hidden == {"__init__"} | copied | shown


def test_the_state_without_defaults_is_what_ipywidgets_embeds():
    picker = LRPicker(Sweep([1e-4, 1e-3, 1e-2], [3.0, 2.0, 1.0]))
    state = picker.get_state(drop_defaults=True)
    assert state["_curve"] == picker.get_state()["_curve"]
    assert "continuous_update" not in state
