"""Zones, marks and reading say of a curve what it shows; every sentence about it can be said."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from benchmarks.recorded import load
from lr_widget import LRPicker, Sweep, suggest
from lr_widget.common import sentences
from lr_widget.common.numbers import format_lr
from lr_widget.curves.features import read
from lr_widget.explanation.curve import disagreement, is_clear, marks, reading_text, so_far, zones
from lr_widget.suggestions.cautions import cautions_by_name
from lr_widget.suggestions.choose import MARKED, OURS, PUBLIC, combine, judge
from lr_widget.widget.explanation import Explainer
from tests.support.cautions import CASES
from tests.support.curves import KINDS, LRS, ODD, losses, sweep, sweeps
from tests.support.sentences import leaves

ROUGH = ("tabular_embed_adamw", "counting_tf_adam")
BOTH = ["body", "head"]
USUAL = sweep(losses("usual"), "Adam", groups=BOTH)


def zones_of(record):
    return zones(record, read(record.lrs, record.losses))


def suggestions(record):
    return {name: suggest(record, rule=name) for name in (OURS, *MARKED)}


def check_zones(record):
    """They run from the first rate to the last, each beginning where another ends."""
    found = zones_of(record)
    if not found:
        assert read(record.lrs, record.losses) is None
        return
    assert (found[0].lo, found[-1].hi) == (record.lrs[0], record.lrs[-1])
    assert all(zone.lo < zone.hi for zone in found)
    assert [zone.hi for zone in found[:-1]] == [zone.lo for zone in found[1:]]
    order = ["flat", "too_slow", "learning", "edge", "diverging"]
    names = [zone.name for zone in found]
    assert names == sorted(set(names), key=order.index)
    assert "flat" not in names or not {"too_slow", "learning", "edge"} & set(names)


ZONES = {
    "usual": ["too_slow", "learning", "edge", "diverging"],
    "falls to the end": ["too_slow", "learning", "edge"],
    "only rises": ["flat", "diverging"],
    "noise": ["flat"],
    "ends in NaN": ["too_slow", "learning", "edge", "diverging"],
}


@pytest.mark.parametrize("kind", ZONES)
def test_a_curve_has_the_zones_that_it_shows(kind):
    assert [zone.name for zone in zones_of(sweep(losses(kind)))] == ZONES[kind]


def test_the_borders_are_the_places_of_the_reading():
    reading = read(LRS, losses("usual"))
    places = [LRS[0], reading.falls_from, reading.edge_from, reading.worse_from, LRS[-1]]
    assert [(zone.lo, zone.hi) for zone in zones_of(USUAL)] == list(pairwise(places))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [100, 75, 50, 6])
def test_zones_have_no_gaps_and_no_overlaps(kind, steps):
    for seed in range(5):
        check_zones(sweep(losses(kind, seed)[:steps]))


@settings(deadline=None, derandomize=True, max_examples=200)
@given(sweeps())
def test_zones_of_any_record_have_no_gaps_and_no_overlaps(record):
    check_zones(record)
    ours = suggest(record)
    assert reading_text(record, ours)[1]
    found = marks({**suggestions(record), OURS: ours})
    assert bool(found) == (ours.lr is not None)


def test_marks_stand_from_left_to_right_and_say_how_far_they_are_from_ours():
    found = suggestions(USUAL)
    ticks = marks(found)
    assert sorted(tick.rule for tick in ticks) == sorted(found)
    assert [tick.lr for tick in ticks] == sorted(one.lr for one in found.values())
    for tick in ticks:
        factor = max(tick.lr / found[OURS].lr, found[OURS].lr / tick.lr)
        assert tick.agrees == (factor <= 3)
        if tick.rule != OURS:
            assert found[tick.rule].reason in tick.says
            assert ("times below ours" in tick.says) == (tick.lr < found[OURS].lr)


def test_a_rule_with_our_rate_is_said_to_be_the_same():
    found = suggestions(USUAL)
    found["valley"] = replace(found["valley"], lr=found[OURS].lr * 1.04)
    found["slide"] = replace(found["slide"], lr=found[OURS].lr * 1e-4)
    says = {tick.rule: tick.says for tick in marks(found)}
    assert "the same as ours" in says["valley"]
    assert "1e4 times below ours" in says["slide"]


@pytest.mark.parametrize(("times", "agrees"), [(2.9, True), (3.1, False)])
def test_a_rule_within_a_factor_of_three_agrees(times, agrees):
    found = suggestions(USUAL)
    found["valley"] = replace(found["valley"], lr=found[OURS].lr * times)
    found["slide"] = replace(found["slide"], lr=found[OURS].lr / times)
    agree = {tick.rule: tick.agrees for tick in marks(found)}
    assert (agree[OURS], agree["valley"], agree["slide"]) == (True, agrees, agrees)


def test_rules_without_a_rate_have_no_mark_and_without_ours_there_are_none():
    found = suggestions(sweep(losses("below zero")))
    assert [tick.rule for tick in marks(found)] == [OURS]
    assert disagreement(found) is None
    flat = suggestions(sweep(losses("noise")))
    assert marks(flat) == []
    assert disagreement(flat) == pytest.approx(
        max(flat[name].lr for name in MARKED) / min(flat[name].lr for name in MARKED)
    )


PHASES = [(2, ""), (30, "level"), (60, "falls"), (90, "worse")]


@pytest.mark.parametrize(("steps", "phase"), PHASES)
def test_a_running_sweep_goes_from_phase_to_phase(steps, phase):
    found, said = so_far(LRS[:steps], losses("usual")[:steps])
    assert found == phase
    assert bool(said) == bool(phase)


def test_a_curve_that_only_rises_is_told_apart():
    assert so_far(LRS, losses("only rises"))[0] == "only_worse"


def test_of_a_curve_that_only_rises_one_rate_is_named_to_train_at():
    record = sweep(losses("only rises"), groups=["all"])
    suggestion = suggest(record)
    _, said = reading_text(record, suggestion)
    assert f"uggested: {format_lr(suggestion.lr)}" in said
    assert "ten times" not in said  # that would be another one


def test_the_reading_names_places_and_rates():
    warned, said = reading_text(USUAL, suggest(USUAL))
    assert not warned
    assert said.startswith("**Clear:** falls from ")
    assert "decades below the lowest point" in said
    one = sweep(losses("usual"), "Adam", groups=["all"])
    assert reading_text(one, suggest(one))[1] != said


@pytest.mark.parametrize("case", [case for case in CASES if case not in {"nothing", "attention"}])
def test_a_reading_with_a_caution_begins_with_it(case):
    record, names = CASES[case]
    warned, said = reading_text(record, suggest(record))
    assert warned
    assert said.startswith("**")
    assert names


def test_a_sweep_that_was_stopped_early_is_read_as_far_as_it_came():
    record = sweep(losses("usual")[:60], stop_reason="stopped")
    assert reading_text(record, judge(record)) == (False, so_far(record.lrs, record.losses)[1])
    short = sweep(losses("usual")[:3])
    assert reading_text(short, suggest(short)) == (False, suggest(short).reason)


# By the page alone, which js/test holds to the same file.
BY_THE_PAGE = {
    *("zones.too_slow", "zones.learning", "zones.edge", "zones.diverging", "zones.flat"),
    *("zones.not_reached", "rules.agree", "rules.set"),
    *(f"rules.names.{name}" for name in (OURS, *MARKED)),
}
PARTS = ("caution", "reading", "so_far", "situation", "suggestion", "rules", "zones")
KEYS = {key: text for key, text in leaves(sentences._SENTENCES) if key.split(".")[0] in PARTS}


def all_that_is_said():
    """What is said of curves of every kind, in every situation."""
    records = [record for record, _ in CASES.values()]
    for kind in KINDS:
        for steps in (100, 60, 30, 16):
            records.append(sweep(losses(kind)[:steps], "Adam", groups=["all"]))
            records.append(sweep(losses(kind)[:steps], "SGD", groups=BOTH))
    situations = (
        {"one_rate": True},
        {"frozen": [True, False]},
        {"earlier_lr": 1e-4},
        {"earlier_lr": 1.0},
        {"group": 1},
    )
    records += [sweep(losses("usual"), groups=BOTH, settings=known) for known in situations]
    lrs = np.geomspace(1e-5, 1e-1, 6)  # so few that each of them decides
    noise = np.random.default_rng(0).normal(0, 0.3, lrs.size)
    records.append(Sweep(lrs, 2 - 1.5 / (1 + np.exp(-3 * (np.log10(lrs) + 3))) + noise))
    records += [each.sweep for each in load() if each.task in ROUGH]  # rough
    records += [Sweep(LRS[: values.size], values) for values in ODD.values()]
    records.append(sweep(losses("usual")[:60], stop_reason="stopped"))
    yield combine([suggest(sweep(losses("usual", seed=seed))) for seed in (0, 1)]).reason
    for record in records:
        ours = suggest(record)
        reading = read(record.lrs, record.losses)
        picker = LRPicker(record)
        yield from (ours.reason, *ours.warnings, picker._reading, picker._rules_note)
        yield from (mark["says"] for mark in picker._marks)
        yield from (suggest(record, rule=name).reason for name in PUBLIC)
        yield reading_text(record, ours)[1]
        yield so_far(record.lrs, record.losses)[1]
        if reading is not None:
            yield from (
                part for pair in cautions_by_name(record, reading).values() for part in pair
            )
        yield Explainer(enabled=True).begin().rules_note
        picker.close()


@pytest.fixture(scope="module")
def said():
    return "\n".join(all_that_is_said())


@pytest.mark.parametrize("key", sorted(KEYS.keys() - BY_THE_PAGE))
def test_every_sentence_about_a_curve_can_be_said(said, key):
    pattern = re.sub(r"\\{\w+\\}", "[^\n]+", re.escape(KEYS[key]))
    assert re.search(pattern, said, re.IGNORECASE), pattern


def test_every_zone_has_a_name_and_every_rule_a_sentence():
    names = {zone.name for kind in KINDS for zone in zones_of(sweep(losses(kind)))}
    assert names == {key.removeprefix("zones.") for key in KEYS if key.startswith("zones.")} - {
        "not_reached"
    }
    assert {key.split(".")[-1] for key in KEYS if key.startswith("rules.reads.")} == set(PUBLIC)
    assert is_clear(suggest(USUAL))
    assert not is_clear(suggest(USUAL, rule="valley"))
