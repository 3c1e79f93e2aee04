"""Settings of a sweep: attributes to rely on, over a mapping that holds what it was given."""

import json
from pathlib import Path

import pytest

from lr_widget import Sweep
from lr_widget.records.settings import SweepSettings

FORMAT_1 = Path(__file__).parents[1] / "data" / "sweep-format-1.json"

RUN = {
    "start_lr": 1e-7,
    "end_lr": 10.0,
    "num_it": 100,
    "schedule": "exp",
    "stop_div": True,
    "seed": None,
    "frozen": (True, False),
    "repeat": 1,
    "repeats": 1,
    "spread": None,
    "group": None,
}


def test_what_was_not_recorded_has_a_value_to_rely_on():
    empty = SweepSettings()
    assert (empty.start_lr, empty.end_lr, empty.num_it, empty.schedule) == (None, None, None, "exp")
    assert (empty.stop_div, empty.seed, empty.repeat, empty.repeats) == (None, None, 1, 1)
    assert (empty.frozen, empty.spread, empty.group) == ((), None, None)
    assert (empty.attention, empty.earlier_lr) == (False, None)
    assert dict(empty) == {}


def test_what_was_recorded_is_there_both_ways():
    known = Sweep.load(FORMAT_1).settings
    assert (known.start_lr, known.end_lr, known.num_it) == (1e-5, 10.0, 10)
    assert (known.schedule, known.stop_div, known.seed) == ("exp", True, 7)
    assert (known.frozen, known["frozen"]) == ((True, False), [True, False])
    assert known.earlier_lr == known["earlier_lr"] == known.get("earlier_lr") == 0.002
    assert "earlier_lr" in known
    assert "spread" not in known


@pytest.mark.parametrize("name", ["num_it", "schedule", "new"])
def test_no_attribute_can_be_set(name):
    with pytest.raises(AttributeError):
        setattr(SweepSettings({"num_it": 10}), name, 5)


@pytest.mark.parametrize("frozen", [None, True, 5, "yes", (True,), {}])
def test_what_is_no_list_says_nothing_of_groups_and_stays_as_it_is(frozen):
    known = SweepSettings({"frozen": frozen, "schedule": 5, "stop_div": 1, "seed": "x"})
    assert known.frozen == ()
    assert (known.schedule, known.stop_div, known.seed) == ("exp", None, None)
    assert known["frozen"] == frozen
    assert (known["schedule"], known["stop_div"], known["seed"]) == (5, 1, "x")


def test_keys_of_other_tools_and_later_versions_stay(tmp_path):
    data = json.loads(FORMAT_1.read_text("utf-8"))
    data["settings"] = {"warm": {"up": [1, None]}, "num_it": 10, "clip": 0.5}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data), "utf-8")
    Sweep.load(path).save(path)
    again = json.loads(path.read_text("utf-8"))
    assert list(again["settings"].items()) == list(data["settings"].items())


def test_a_run_records_in_order_what_says_something():
    assert list(SweepSettings.of_run(**RUN).items()) == [
        *list(RUN.items())[:6],
        ("frozen", [True, False]),
    ]
    more = {"seed": 3, "repeat": 2, "repeats": 3, "group": 0, "spread": 10.0}
    found = SweepSettings.of_run(**{**RUN, **more}, attention=True, earlier_lr=1e-3)
    assert list(found)[5:] == [
        *("seed", "repeat", "repeats", "frozen", "spread", "group", "attention", "earlier_lr")
    ]
    assert (found.repeat, found.repeats, found.group, found.spread) == (2, 3, 0, 10.0)
