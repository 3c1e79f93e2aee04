"""The page that is handed on: what stands in it, and what cannot get out of its place."""

import gzip
import json
import math
import re
from base64 import b64decode
from html.parser import HTMLParser

import numpy as np
import pytest

from lr_widget import LRPicker, Sweep
from lr_widget.common.numbers import format_lr
from lr_widget.loops.shown import FIT_ONE_CYCLE, ONE_CYCLE_LR, RECORDED
from lr_widget.testing.rig import CANDIDATES, Plant
from lr_widget.widget import assets
from lr_widget.widget.export import _plain, in_script
from lr_widget.widget.wire import encode_points
from tests.support.curves import losses, sweep
from tests.support.rigs import PyTorchRig, StepRig

HOSTILE = "</script><img src=x onerror=alert(1)> \u2028 \"'& {{bundle}} {name} \\u0041 \ud800"


class Page(HTMLParser):
    """The elements of a page, and the text in each kind of them."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.text, self._open = [], {}, ""
        self.source = path.read_text("utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._open = dict(attrs).get("id") or tag

    def handle_data(self, data):
        self.text[self._open] = self.text.get(self._open, "") + data

    @property
    def state(self):
        return json.loads(self.text["state"])


@pytest.fixture
def saved(tmp_path):
    def save(picker):
        picker.save_html(tmp_path / "page.html")
        return Page(tmp_path / "page.html")

    return save


def hostile():
    more = {"label": HOSTILE, "groups": [HOSTILE, "head"], "started": "2026-11-24T14:05:30+01:00"}
    settings = {"start_lr": 1e-7, "end_lr": 10.0, "num_it": 100}
    return sweep(losses("usual"), settings=settings, **more)


def test_it_holds_the_state_of_the_picker_and_the_page_s_own_code(saved):
    picker = LRPicker([sweep(losses("one outlier"), label="first"), hostile()])
    page = saved(picker)
    assert gzip.decompress(b64decode(page.text["bundle"])) == gzip.decompress(assets.bundle())
    kept = {"value", "status", "_plan", "_groups", "_zones", "_marks", "_reading", "_earlier"}
    assert kept <= page.state.keys()
    assert page.state["value"] == list(picker.value)
    first, shown = picker.sweeps
    curve = page.state["_curve"]["points"]["$bytes"]
    assert b64decode(curve) == encode_points(shown.lrs, shown.losses)
    under = page.state["_earlier"][0]["points"]["$bytes"]
    assert b64decode(under) == encode_points(first.lrs, first.losses)


def test_nothing_of_the_kernel_goes_along(saved):
    state = saved(LRPicker(hostile())).state
    gone = r"_esm|_css|_bundle.*|_model.*|_view.*|_kernel_id|_dom_classes|layout|tabbable|tooltip"
    assert not [name for name in state if re.fullmatch(gone, name)]


def test_its_line_of_code_is_that_of_the_sweep_with_the_rates_as_numbers(saved):
    picker = LRPicker(hostile())
    assert saved(picker).state["_code"] == RECORDED.code
    assert saved(picker).state["_schedule"] == [list(point) for point in FIT_ONE_CYCLE]
    picker._code, picker._schedule = "module.lr = picker.max_lr.stop", None  # as a loop may say
    state = saved(picker).state
    assert (state["_code"], state["_schedule"]) == ("module.lr = {hi}", None)
    picker._code = "train(picker)"
    assert saved(picker).state["_code"] == "max_lr = slice({lo}, {hi})"


def test_the_line_and_the_plot_over_time_of_a_sweep_in_pytorch_are_not_fastai_s(saved):
    state = saved(PyTorchRig().find()).state
    assert state["_code"] == "OneCycleLR(optimizer, max_lr={group_lrs}, ...)"
    assert state["_schedule"] == [list(point) for point in ONE_CYCLE_LR]


def test_it_carries_whatever_traits_a_picker_has(saved):
    from traitlets import Dict

    picker = LRPicker(hostile())
    late = Dict({"a": [b"\x00\xff", math.nan, -math.inf]}).tag(sync=True)
    picker.add_traits(_late=late)
    wanted = {"a": [{"$bytes": "AP8="}, {"$number": "nan"}, {"$number": "-inf"}]}
    assert saved(picker).state["_late"] == wanted


def test_hostile_names_stay_text(saved):
    page = saved(LRPicker(hostile()))
    assert "img" not in page.tags
    assert page.tags.count("script") == 3
    assert "\u2028" not in page.text["state"]
    assert page.state["_name"] == HOSTILE
    assert page.state["_groups"][0]["name"] == HOSTILE
    assert page.text["h1"].startswith("</script><img")
    assert page.source.count(page.text["bundle"].strip()) == 1


def test_it_says_what_it_is_without_a_script(saved):
    picker = LRPicker(hostile())
    page = saved(picker)
    for line in str(picker).splitlines():
        assert line.split(":")[0] in page.source
    assert "Swept on 2026-11-24 14:05" in page.source
    assert '<html lang="en">' in page.source
    assert not re.search(r"(?:src|href)=\"?https?:", page.source)
    assert len(page.source.encode()) < 1_600_000


def test_a_sweep_of_unknown_date_has_none(saved):
    page = saved(LRPicker(sweep(losses("usual"), started=None)))
    assert "Swept on" not in page.source
    assert "<h1>sweep 1</h1>" in page.source
    assert "Swept on" not in saved(LRPicker(sweep(losses("usual"), started="long ago"))).source


def test_without_a_sweep_there_is_no_page(tmp_path):
    with pytest.raises(ValueError, match="nothing has been swept"):
        LRPicker().save_html(tmp_path / "page.html")
    running = LRPicker(hostile())
    running.status = "running"
    with pytest.raises(ValueError, match="a sweep or a trial is still running"):
        running.save_html(tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_said_as_ever(tmp_path):
    picker = LRPicker(hostile())
    with pytest.raises(IsADirectoryError):
        picker.save_html(tmp_path)
    with pytest.raises(FileNotFoundError):
        picker.save_html(tmp_path / "nowhere" / "page.html")
    with pytest.raises(TypeError):
        picker.save_html(5)
    picker.save_html(str(tmp_path / "again.html"))
    picker.save_html(str(tmp_path / "again.html"))


def test_json_in_a_script_ends_nowhere_early():
    text = in_script(_plain({"a": "</script><!--", "b": (1.5, None, True)}))
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"a": "</script><!--", "b": [1.5, None, True]}


def test_a_page_of_long_sweeps_stays_small(saved, tmp_path):
    long = Sweep(np.geomspace(1e-7, 1, 20_000), np.random.default_rng(0).normal(2, 0.1, 20_000))
    saved(LRPicker([long] * 13))
    assert (tmp_path / "page.html").stat().st_size < 1_600_000


def test_trials_are_handed_on_with_the_sweep(saved):
    rig = PyTorchRig()
    picker = rig.find()
    nan = Plant("loss", 13, lambda loss: loss * math.nan)
    with rig.planted(nan):
        picker.try_picks(CANDIDATES, epochs=2, **rig.trial_arguments())
    state = saved(picker).state
    assert [run["ended"] != "" for run in state["_trials"]["runs"]] == [True, True]
    assert len(state["_trial_losses"]["losses"]) == 2
    assert [each["name"] for each in state["_kept"]] == ["A", "B"]


def test_the_line_after_trials_has_the_rates_of_the_best_as_numbers(saved):
    rig = PyTorchRig()
    picker = rig.find()
    trials = picker.try_picks(CANDIDATES, **rig.trial_arguments())
    lrs = ", ".join(map(format_lr, trials.best.group_lrs))
    assert saved(picker).state["_trials"]["code"] == f"OneCycleLR(optimizer, max_lr=[{lrs}], ...)"
    picker._trials = {**picker._trials, "best": None}
    assert saved(picker).state["_trials"]["code"] == ""


def test_no_page_is_written_while_trials_run(tmp_path):
    rig = StepRig()
    picker = rig.find()
    with pytest.raises(ValueError, match="still"):
        picker.try_picks(CANDIDATES, fit=lambda _pick: picker.save_html(tmp_path / "page.html"))
    assert not (tmp_path / "page.html").exists()
