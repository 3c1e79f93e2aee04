"""A suggestion has a rate within the sweep, a pick, and a reason; or no rate, and a reason."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings

from lr_widget import Suggestion, Sweep, suggest
from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say
from lr_widget.records.pick import Pick
from lr_widget.suggestions.choose import MARKED, OURS, PUBLIC
from tests.support.curves import KINDS, LRS, ODD, X, losses, sweep, sweeps

RULES = [OURS, *PUBLIC]


def check(found, record, rule):
    """What holds for every suggestion."""
    assert found.rule == rule
    assert found.reason
    assert "{" not in found.reason
    assert (found.lr is None) == (found.pick is None)
    if found.pick is None:
        assert found.interval is None
        return
    assert found.lr == found.pick.hi
    assert 0 < found.pick.lo <= found.pick.hi
    if rule == OURS:
        assert record.lrs[0] <= found.pick.hi <= record.lrs[-1]
    if found.interval is not None:
        assert 0 < found.interval.lo <= found.lr <= found.interval.hi < math.inf


def test_a_suggestion_has_rate_pick_reason_rule_and_interval():
    found = suggest(sweep(losses("usual"), "Adam", groups=["body", "head"]))
    assert isinstance(found, Suggestion)
    assert found.pick == Pick(found.lr / 10, found.lr)
    assert (found.rule, found.warnings) == ("ours", (say("caution.validation"),))
    assert found.interval.lo * 3 < found.lr < found.interval.hi / 3
    assert 1e-3 < found.lr < 1e-1


def test_the_reason_names_every_vote_and_the_mean():
    found = suggest(sweep(losses("usual"), "Adam"))
    votes = [
        float(text) for text in re.findall(r"(\S+) \((?:a twentieth|half|what Adam)", found.reason)
    ]
    assert len(votes) == 3
    assert np.prod(votes) ** (1 / 3) == pytest.approx(found.lr, rel=0.1)
    assert found.reason.startswith(f"{format_lr(found.lr)} is the geometric mean of ")
    assert found.reason.endswith("The first layers get a rate 10 times lower.")


def test_the_reason_names_no_vote_that_was_not_cast():
    assert "usually takes" not in suggest(sweep(losses("usual"))).reason
    rises = suggest(sweep(losses("only rises"), "SGD")).reason
    assert "half of the fall" not in rises
    assert "SGD usually takes" in rises
    assert "never got worse" in suggest(sweep(losses("falls to the end"))).reason


def test_the_reason_says_how_often_a_vote_counts():
    rising = losses("only rises")
    alone, twice = suggest(sweep(rising)), suggest(sweep(rising, "Adam"))
    assert "is the geometric mean" not in alone.reason
    assert "that alone counts" in alone.reason
    assert "the first counts twice" in twice.reason
    assert "counts" not in suggest(sweep(losses("usual"))).reason


def test_a_rate_that_is_held_back_is_said_to_be():
    held = suggest(Sweep(LRS[60:], losses("only rises")[60:], "Adam"))
    assert f"It is held to {format_lr(held.lr)}" in held.reason
    assert "held" not in suggest(sweep(losses("usual"), "Adam")).reason


def test_a_sweep_that_never_got_worse_is_judged_from_a_bit_beyond_its_end():
    reason = suggest(sweep(losses("falls to the end"))).reason
    assert "a twentieth of a bit beyond 10, the end of the sweep" in reason


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "{lr} \\1", "**Adam**"])
def test_an_optimizers_name_stays_as_it_is(name):
    assert suggest(sweep(losses("usual"), name)).lr == suggest(sweep(losses("usual"))).lr


def test_a_rate_below_the_sweep_is_not_suggested():
    record = Sweep(LRS[70:], losses("only rises")[70:])
    assert suggest(record).lr == LRS[70]


def test_after_an_earlier_stage_the_interval_moves_along():
    record = sweep(losses("usual"), groups=["body", "head"], settings={"earlier_lr": 1e-5})
    found = suggest(record)
    assert found.lr == pytest.approx(1e-6)
    assert found.interval.lo < found.lr < found.interval.hi
    assert "an earlier stage trained at" in found.reason


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_curve_has_a_rate_or_a_reason(rule, kind):
    for seed in range(3):
        for steps in (100, 50, 20, 6):
            record = sweep(losses(kind, seed)[:steps], "SGD")
            check(suggest(record, rule=rule), record, rule)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ODD)
def test_every_odd_record_has_a_rate_or_a_reason(rule, name):
    record = sweep(ODD[name], "AdamW", groups=["a", "b"])
    check(suggest(record, rule=rule), record, rule)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(sweeps())
def test_any_record_has_a_rate_or_a_reason(record):
    for rule in RULES:
        check(suggest(record, rule=rule), record, rule)


@pytest.mark.parametrize("rule", RULES)
def test_a_linear_schedule_and_10000_points_are_read(rule):
    for lrs in (np.linspace(1e-7, 10, 100), 10 ** np.linspace(-7, 1, 10_000)):
        values = np.interp(np.log10(lrs), X, losses("usual"))
        record = Sweep(lrs, values, "Adam")
        found = suggest(record, rule=rule)
        check(found, record, rule)
        assert found.lr or rule != OURS  # another tool would have ended the linear one at once


@pytest.mark.parametrize("values", [[], [2.3], [2.3] * 4, [np.nan] * 30, [2.3] * 4 + [np.inf] * 20])
def test_too_few_points_give_a_reason_and_no_rate(values):
    found = suggest(sweep(np.array(values)))
    assert found == Suggestion(None, None, found.reason, "ours")
    assert f"too few points to read a rate from ({len(values)})" in found.reason


@pytest.mark.parametrize("kind", ["constant", "zero", "noise"])
def test_a_flat_curve_gives_a_reason_a_warning_and_no_rate(kind):
    found = suggest(sweep(losses(kind), "Adam"))
    assert (found.lr, found.pick, found.interval) == (None, None, None)
    assert found.reason.startswith("No pick: the curve is flat")
    assert found.warnings[0].startswith("Flat curve, no suggestion.")


def test_what_nobody_can_tell_from_few_points_has_no_interval():
    found = suggest(sweep(np.array([2.3, 2.3, 1.0, 1.0, 1.0, 50.0])))
    assert found.lr
    assert found.interval is None


def test_a_public_rule_has_a_pick_but_neither_interval_nor_warnings():
    for rule in PUBLIC:
        found = suggest(sweep(losses("usual"), groups=["a", "b"]), rule=rule)
        assert found.pick == Pick(found.lr / 10, found.lr)
        assert (found.interval, found.warnings) == (None, ())


def test_a_sweep_without_settings_is_read_by_its_length():
    record = Sweep(LRS, losses("usual"))
    for rule in RULES:
        assert suggest(record, rule=rule) == suggest(sweep(losses("usual")), rule=rule)


def test_the_marked_rules_are_public():
    assert set(MARKED) < set(PUBLIC)
    assert suggest(sweep(losses("usual"))) == suggest(sweep(losses("usual")), rule="ours")


@pytest.mark.parametrize("thing", [None, [1.0, 2.0], "sweep"])
def test_what_is_no_sweep_is_refused(thing):
    with pytest.raises(TypeError) as caught:
        suggest(thing)
    assert str(caught.value) == f"sweep must be a Sweep, such as Sweep(lrs, losses), got {thing!r}"


@pytest.mark.parametrize("rule", ["best", None, 3, ["ours"]])
def test_an_unknown_rule_is_refused_with_those_that_are_known(rule):
    with pytest.raises(ValueError, match="rule must be one of 'ours', 'valley', ") as caught:
        suggest(sweep(losses("usual")), rule=rule)
    assert str(caught.value).endswith(f"'torch_lr_finder', 'lightning', got {rule!r}")


def test_a_suggestion_cannot_be_changed():
    found = suggest(sweep(losses("usual")))
    for name in ("lr", "pick", "new"):
        with pytest.raises(AttributeError):
            setattr(found, name, 1e-3)
    assert {found, suggest(sweep(losses("usual")))} == {found}
