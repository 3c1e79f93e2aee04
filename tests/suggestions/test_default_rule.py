"""Our rule: its votes, their mean, how sure it is, and how good it is beside its peers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import recorded
from lr_widget import suggest
from lr_widget.curves.features import Reading, read
from lr_widget.suggestions.default_rule import (
    LEAST_HALF_WIDTH,
    USUAL,
    Votes,
    answer,
    half_width,
    votes,
)
from tests.support.curves import KINDS, LRS, losses

READING = Reading(1e-4, 1e-3, 1e-3, 1e-2, 1e-1, True, 2.0, 10.0, 2.3, 1.5, 0.03)
FLAT = READING._replace(
    falls_from=None, fastest=None, half_way=None, edge_from=None, worse_from=None
)
FOUND = recorded.load()
SHORT = [each for each in FOUND if each.num_it == 100]


def test_the_three_votes_and_their_mean():
    cast = votes(READING, "Adam")
    assert cast == Votes(pytest.approx(0.1), 1e-3, 5e-3)
    assert cast.lr == pytest.approx((0.1 * 1e-3 * 5e-3) ** (1 / 3))


def test_without_a_usual_rate_two_votes_remain():
    for optimizer in (None, "", "Lion", "SGDW"):
        assert votes(READING, optimizer) == Votes(pytest.approx(0.1), 1e-3, None)
    assert votes(READING, None).lr == pytest.approx(1e-2)


def test_without_a_descent_the_divergence_counts_twice():
    cast = votes(FLAT._replace(worse_from=2.0), "Adam")
    assert cast.descent is None
    assert cast.usual == pytest.approx(0.01)  # it counts as at most a decade away
    assert cast.lr == pytest.approx((0.1 * 0.1 * 0.01) ** (1 / 3))


def test_a_sweep_that_never_got_worse_is_taken_to_do_so_just_beyond_its_end():
    cast = votes(READING._replace(worse_from=None), None)
    assert cast.divergence == pytest.approx(10 * 10**0.1 / 20)


def test_a_curve_without_learning_or_harm_has_no_votes():
    assert votes(FLAT, "Adam") is None
    assert answer(LRS, losses("constant"), "Adam") is None
    assert answer(LRS[:3], losses("usual")[:3], "Adam") is None
    assert half_width(LRS, losses("constant"), "Adam") == math.inf


@pytest.mark.parametrize("optimizer", USUAL)
def test_the_usual_rate_moves_the_answer_by_a_factor_of_2_2_at_most(optimizer):
    for half_way in 10.0 ** np.arange(-7, 1):
        reading = READING._replace(half_way=half_way)
        ratio = votes(reading, optimizer).lr / votes(reading, None).lr
        assert 10 ** (-1 / 3) * 0.999 <= ratio <= 10 ** (1 / 3) * 1.001


@pytest.mark.parametrize("name", ["RMSProp", "RMSprop", "rmsprop"])
def test_an_optimizer_is_known_by_either_spelling(name):
    assert votes(READING, name).usual == pytest.approx(1e-3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("optimizer", [None, "SGD"])
def test_the_answer_lies_within_the_sweep(kind, optimizer):
    values = losses(kind)
    for start in (0, 40, 80):
        lrs = LRS[start : values.size]
        found = answer(lrs, values[start:], optimizer)
        assert found is None or lrs[0] <= found <= lrs[-1]


def test_more_noise_makes_the_answer_less_sure():
    quiet, loud = losses("usual"), losses("usual")
    rough = np.random.default_rng(1).normal(0, 0.8, 100)
    loud += rough
    assert LEAST_HALF_WIDTH <= half_width(LRS, quiet, "Adam") < LEAST_HALF_WIDTH + 0.1
    assert half_width(LRS, loud, "Adam") > half_width(LRS, quiet, "Adam")


def test_the_interval_is_a_jackknife_over_every_fifth_loss(monkeypatch):
    rates = iter([1e-3, 1e-3, 1e-3, 1e-3, 1e-2])
    monkeypatch.setattr("lr_widget.suggestions.default_rule.answer", lambda *_: next(rates))
    # squares of the deviations in decades: 4 x 0.2^2 + 0.8^2 = 0.8, of which four fifths count
    assert half_width(LRS, losses("usual"), None) == pytest.approx(math.hypot(0.5, 2 * 0.8))


@settings(deadline=None, derandomize=True)
@given(
    st.sampled_from(KINDS),
    st.integers(0, 50),
    st.integers(-6, 6),
    st.sampled_from([None, "Adam", "SGD"]),
)
def test_the_answer_does_not_depend_on_the_unit_of_the_loss(kind, seed, power, optimizer):
    values = losses(kind, seed)
    lrs = LRS[: values.size]
    one, other = (answer(lrs, times * values, optimizer) for times in (1.0, 10.0**power))
    assert other == (None if one is None else pytest.approx(one, rel=1e-6))
    widths = [half_width(lrs, times * values, optimizer) for times in (1.0, 10.0**power)]
    assert widths[1] == pytest.approx(widths[0], rel=1e-6)


@pytest.mark.parametrize("index", range(0, len(FOUND), 5))
@pytest.mark.parametrize("times", [1e-6, 1e6])
def test_no_recorded_answer_depends_on_the_unit_of_the_loss(index, times):
    sweep = FOUND[index].sweep
    one, other = (answer(sweep.lrs, by * sweep.losses, "Adam") for by in (1.0, times))
    assert other == pytest.approx(one, rel=1e-6)


def moves(rule):
    """How far the rates for two seeds of one task lie apart, in decades."""
    seeds = {}
    for each in FOUND:
        lr = suggest(each.sweep, rule=rule).lr
        seeds.setdefault((each.task, each.num_it), []).append(np.log10(lr))
    return [abs(found[0] - found[1]) for found in seeds.values() if len(found) == 2]


def test_another_seed_moves_our_answer_less_than_valleys():
    assert len(moves("ours")) == 59
    assert np.mean(moves("ours")) < 0.1 < np.mean(moves("valley"))


def test_the_mean_regret_is_below_that_of_every_public_rule():
    ours = [each.regret(suggest(each.sweep).lr) for each in SHORT]
    assert len(ours) == 93
    assert np.mean(ours) < 0.1
    for name in SHORT[0].peers:
        assert np.mean(ours) < np.mean([each.regret(each.peers[name]) for each in SHORT])


@pytest.mark.parametrize("set_", ["first", "second"])
def test_it_is_good_on_either_set_and_without_the_optimizer(set_):
    found = [each for each in SHORT if each.set == set_]
    assert np.mean([each.regret(suggest(each.sweep).lr) for each in found]) < 0.1
    blind = [answer(each.sweep.lrs, each.sweep.losses, None) for each in found]
    assert np.mean([each.regret(lr) for each, lr in zip(found, blind, strict=True)]) < 0.13


def test_longer_sweeps_are_read_as_well():
    found = [each for each in FOUND if each.num_it == 200]
    ours = np.mean([each.regret(suggest(each.sweep).lr) for each in found])
    assert ours < min(
        np.mean([each.regret(each.peers[p]) for each in found]) for p in found[0].peers
    )


def test_a_recorded_curve_is_read_alike_with_a_tenth_of_its_losses_missing():
    for each in FOUND[::6]:
        sweep = each.sweep
        kept = np.arange(len(sweep)) % 10 != 7
        whole = answer(sweep.lrs, sweep.losses, sweep.optimizer)
        part = answer(sweep.lrs[kept], sweep.losses[kept], sweep.optimizer)
        assert abs(np.log10(part / whole)) < 0.5
        assert read(sweep.lrs, sweep.losses).last == pytest.approx(sweep.lrs[-1])
