"""What a curve says: its places lie where they were put, in any unit, whatever is odd about it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lr_widget.curves.features import MIN_POINTS, read
from tests.support.curves import KINDS, LRS, ODD, X, losses, sweeps

PLACES = ["falls_from", "fastest", "half_way", "edge_from", "lowest", "worse_from", "last"]


def places(reading):
    return [getattr(reading, name) for name in PLACES]


def near(log10_lr, decades=0.3):
    return pytest.approx(log10_lr, abs=decades)


def test_a_learning_curve_is_read_where_it_was_put():
    reading = read(LRS, losses("usual"))
    assert reading.falls
    # a logistic of slope 4 around 1e-3: a tenth and nine tenths lie 0.55 decades either side
    found = np.log10(places(reading)[:4])
    assert found == pytest.approx([-3.55, -3, -3, -2.45], abs=0.3)
    assert reading.start == pytest.approx(2.3, abs=0.03)
    assert reading.fall == pytest.approx(1.5, abs=0.1)
    assert reading.noise == pytest.approx(0.03, rel=0.7)  # the rise counts a little
    # half of the unit, 2.3, above the lowest: expm1(6 x) = 1.15 at x = 0.13, which begins at -0.5
    assert np.log10(reading.worse_from) == near(-0.37)
    assert reading.last == pytest.approx(10.0)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "zero"])
@pytest.mark.parametrize("seed", range(3))
def test_places_are_in_order_and_within_the_sweep(kind, seed):
    reading = read(LRS[: len(losses(kind))], losses(kind, seed))
    rising = [lr for lr in (reading.falls_from, reading.half_way, reading.edge_from) if lr]
    rising += [reading.lowest, reading.worse_from or reading.last, reading.last]
    assert rising == sorted(rising)
    assert rising[0] == pytest.approx(max(rising[0], 1e-7))
    assert reading.fastest is None or reading.falls_from <= reading.fastest <= reading.lowest
    assert (reading.fastest is None) == (not reading.falls)


@pytest.mark.parametrize("kind", ["noise", "constant", "zero", "only rises"])
def test_a_curve_that_does_not_fall_has_no_descent(kind):
    reading = read(LRS, losses(kind))
    assert not reading.falls
    assert places(reading)[:4] == [None] * 4
    assert (reading.worse_from is not None) == (kind == "only rises")


def test_noise_alone_hardly_ever_falls_or_gets_worse():
    found = [read(LRS, losses("noise", seed)) for seed in range(200)]
    assert sum(reading.falls for reading in found) <= 10
    assert sum(reading.worse_from is not None for reading in found) <= 4
    around_0 = [read(LRS, losses("noise", seed) - 2.3) for seed in range(200)]
    assert sum(reading.worse_from is not None for reading in around_0) <= 12


def test_a_fall_below_the_noise_of_one_loss_is_found_all_the_same():
    reading = read(LRS, losses("falls slowly"))
    assert reading.falls
    assert reading.noise > reading.fall / 3
    assert np.log10(reading.half_way) == near(-3, 0.6)


@pytest.mark.parametrize("at", [-6.0, -5.5, -5.0, -4.0])
def test_a_fall_that_begins_early_is_found(at):
    noise = np.random.default_rng(0).normal(0, 0.03, X.size)
    falling = 2.3 - 1.8 / (1 + np.exp(-4 * (X - at))) + np.minimum(np.exp(3 * (X - at - 2.5)), 50)
    found = read(LRS, falling + noise)
    assert abs(np.log10(found.half_way) - at) < 0.15
    assert abs(found.start - 2.3) < 0.25


def test_spikes_and_outliers_move_nothing_far():
    plain = np.log10(places(read(LRS, losses("usual"))))
    for kind in ("spikes at the start", "one outlier"):
        assert np.log10(places(read(LRS, losses(kind)))) == near(plain, 0.2)


@pytest.mark.parametrize("kind", ["ends in NaN", "ends in inf"])
def test_an_end_that_is_not_finite_is_as_good_as_worse(kind):
    values = np.append(losses("usual")[:70], losses(kind)[-1])
    reading = read(LRS[:71], values)
    assert reading.worse_from == reading.last == pytest.approx(LRS[69])
    assert read(LRS[:70], values[:70]).worse_from is None


@pytest.mark.parametrize("n", range(MIN_POINTS + 2))
def test_fewer_than_five_finite_losses_say_nothing(n):
    values = np.append(np.full(20, np.nan), np.linspace(2, 1, n))
    assert (read(LRS[: values.size], values) is None) == (n < MIN_POINTS)
    assert read(np.full(20, 1e-3), np.linspace(2, 1, 20)) is None


@pytest.mark.parametrize("name", ODD)
def test_odd_records_are_read_or_not_but_raise_nothing(name):
    values = ODD[name]
    reading = read(LRS[: values.size], values)
    assert reading is None or np.isfinite(reading.lowest)


def test_a_linear_schedule_and_a_gap_are_read():
    for lrs in (np.linspace(1e-7, 10, 100), np.append(LRS[:30], LRS[70:])):
        reading = read(lrs, np.interp(np.log10(lrs), X, losses("usual")))
        assert 1e-7 <= reading.lowest < reading.worse_from <= 10
    assert np.log10(reading.worse_from) == near(-0.37)
    wide = np.append(10.0 ** np.linspace(-40, -39, 10), LRS)
    assert read(wide, np.append(np.full(10, 2.3), losses("usual"))).falls


def test_a_long_sweep_is_read_like_a_short_one():
    x = np.linspace(-7, 1, 10_000)
    noise = np.random.default_rng(0).normal(0, 0.03, x.size)
    long = read(10**x, np.interp(x, X, losses("usual")) + noise)
    assert np.log10(places(long)) == near(np.log10(places(read(LRS, losses("usual")))), 0.2)


def test_a_sweep_cut_in_the_middle_keeps_its_descent():
    whole, half = read(LRS, losses("usual")), read(LRS[:75], losses("usual")[:75])
    assert half.worse_from is None
    assert np.log10(half.half_way) == near(np.log10(whole.half_way), 0.1)


@settings(deadline=None, derandomize=True)
@given(
    st.sampled_from(KINDS),
    st.integers(0, 50),
    st.integers(-6, 6),
    st.sampled_from([1.0, 0.37, 7.1]),
)
def test_no_place_moves_with_the_unit_of_the_loss(kind, seed, power, factor):
    values, times = losses(kind, seed), factor * 10.0**power
    one, other = read(LRS[: values.size], values), read(LRS[: values.size], times * values)
    assert places(other) == [
        lr if lr is None else pytest.approx(lr, rel=1e-6) for lr in places(one)
    ]
    assert other[-3:] == pytest.approx([times * size for size in one[-3:]])


@settings(deadline=None, derandomize=True, max_examples=300)
@given(sweeps())
def test_any_record_is_read_without_a_complaint(record):
    reading = read(record.lrs, record.losses)
    known = np.isfinite(record.losses)
    if reading is None:
        assert known.sum() < MIN_POINTS or np.ptp(record.lrs[known]) == 0
        return
    lo, hi = record.lrs[known][0] * (1 - 1e-9), record.lrs[known][-1] * (1 + 1e-9)
    assert all(lo <= lr <= hi for lr in places(reading) if lr is not None)
    assert all(np.isfinite(reading[-3:]))
