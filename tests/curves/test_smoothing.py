"""The smooth line keeps features in their place, and the range of y is that of the descent."""

import numpy as np
import pytest

from lr_widget.curves import smoothing
from lr_widget.curves.smoothing import (
    line_places,
    line_points,
    middle,
    running_median,
    smooth,
    y_range,
)

X = np.linspace(-7, 1, 100)  # the usual sweep
DESCENT = 2.3 - 1.5 / (1 + np.exp(-4 * (X + 3)))


def noisy(seed=0, std=0.05):
    return DESCENT + np.random.default_rng(seed).normal(0, std, X.size)


def test_the_running_median_is_that_of_five_cut_at_the_ends():
    losses = np.array([5.0, 1.0, 4.0, 2.0, 3.0, 9.0])
    assert running_median(losses).tolist() == [4.0, 3.0, 3.0, 3.0, 3.5, 3.0]


def test_the_running_median_leaves_out_what_is_not_finite():
    losses = np.array([1.0, np.nan, 2.0, np.inf, 3.0, -np.inf])
    assert running_median(losses).tolist() == running_median(np.array([1.0, 2.0, 3.0])).tolist()


@pytest.mark.parametrize("losses", [[], [np.nan], [np.inf, -np.inf]])
def test_without_a_finite_loss_there_is_still_a_range(losses):
    losses = np.array(losses)
    assert y_range(losses) == (0.0, 1.0)
    assert np.isnan(smooth(np.arange(float(losses.size)), losses, np.array([0.0]))).all()


@pytest.mark.parametrize(
    "losses", [[0.0], [0.0] * 9, [2.5] * 20, [-3.0, -3.0], [1e-12, 2e-12], [1e30, 1.0]]
)
def test_the_range_is_never_empty(losses):
    low, high = y_range(np.array(losses))
    assert low < high
    assert low <= min(losses)


@pytest.mark.parametrize("tail", [[4.0, 30.0, 1e4, 1e9], [4.0, np.inf], [np.nan]])
def test_a_diverged_tail_does_not_flatten_the_descent(tail):
    low, high = y_range(np.concatenate([noisy(), tail]))
    assert 0 <= low < 0.8
    assert 2.3 < high < 3.5


@pytest.mark.parametrize("spike", [1e3, -1e3])
def test_one_outlier_does_not_flatten_the_descent(spike):
    losses = noisy()
    losses[40] = spike
    low, high = y_range(losses)
    assert high - low < 6


def test_the_range_does_not_go_below_zero_unless_a_loss_does():
    assert y_range(np.array([1.0, 0.5, 0.01]))[0] == 0.0
    assert y_range(np.array([1.0, 0.5, -0.01]))[0] < -0.01


def test_smooth_keeps_a_constant():
    np.testing.assert_allclose(smooth(X, np.full(100, 2.5), X), 2.5, rtol=1e-15)


def test_smooth_keeps_the_steepest_place_where_it_is():
    line = smooth(X, noisy(std=0.01), X)
    steepest = X[np.argmin(np.gradient(line, X))]
    assert steepest == pytest.approx(-3.0, abs=0.2)


def test_smooth_takes_most_of_the_noise():
    line = smooth(X, noisy(std=0.2), X)
    assert np.std(line - DESCENT) < 0.6 * 0.2


def test_the_line_does_not_rise_before_the_loss_does():
    losses = noisy(std=0.0)
    losses[90:] = 1e6
    line = smooth(X, losses, X)
    assert line[84] == pytest.approx(losses[84], abs=0.05)


@pytest.mark.parametrize("spike", [1.0, 1e3, -1e3])
@pytest.mark.parametrize("at", [3, 40, 60, 96])
def test_one_spike_hardly_moves_the_line(at, spike):
    losses = noisy()
    plain = smooth(X, losses, X)
    losses[at] += spike
    assert np.abs(smooth(X, losses, X) - plain).max() < 0.06  # about the noise of one loss


@pytest.mark.parametrize("start", [2.3, 0.05, 0.0, -4.0])
def test_the_line_of_a_diverged_tail_leaves_the_picture_and_is_cut_above_it(start):
    losses = start + 0.3 * (noisy() - 2.3)
    losses[80:] += np.geomspace(0.1, 1e6, 20)
    line, (low, high) = smooth(X, losses, X), y_range(losses)
    assert line[-1] > high
    assert line.max() < high + max(2 * abs(start), 2 * (high - low))


@pytest.mark.parametrize("n", [100, 1000])
def test_the_line_is_that_of_one_sum_however_it_is_worked_out(n, monkeypatch):
    x = np.linspace(-7, 1, n)
    losses = np.interp(x, X, noisy())
    whole = smooth(x, losses, x)
    monkeypatch.setattr(smoothing, "MOST_WEIGHTS", 1000)
    np.testing.assert_allclose(smooth(x, losses, x), whole, rtol=1e-14)


def test_the_line_is_drawn_at_finite_losses_only():
    losses = np.array([np.nan, 2.0, np.inf, 1.0, 0.5, np.nan])
    assert line_places(losses).tolist() == [1, 3, 4]
    assert line_places(np.full(3, np.nan)).tolist() == []


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_does_not_reach_the_line(broken):
    losses = noisy()
    losses[[10, 99]] = broken
    assert np.isfinite(smooth(X, losses, X)).all()


def test_far_from_every_point_the_line_is_not_known():
    out = smooth(X, noisy(), np.array([-8.0, -7.4, 1.4, 2.0]))
    assert np.isnan(out).tolist() == [True, False, False, True]


def test_a_sparse_sweep_is_smoothed_over_its_neighbours():
    assert smoothing.sigma_decades(X) == 0.16
    assert smoothing.sigma_decades(np.linspace(-7, 1, 10)) == pytest.approx(1.5 * 8 / 9)
    assert smoothing.sigma_decades(np.array([-3.0])) == 0.16


@pytest.mark.parametrize("n", [0, 1, 400, 401, 5000])
def test_the_line_is_drawn_through_at_most_400_points_with_both_ends(n):
    indices = line_points(n)
    assert len(indices) == min(n, 400)
    assert len(set(indices.tolist())) == len(indices)
    assert indices.tolist()[:1] == [0][:n]
    assert indices.tolist()[-1:] == [n - 1][:n]


@pytest.mark.parametrize("size", [1, 2, 3, 8, 99, 100, 4001])
@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_the_middle_is_numpys_median_to_the_last_bit(size, scale):
    values = np.random.default_rng(size).normal(0, scale, size)
    assert middle(values) == np.median(values)
    assert middle(np.round(values / scale)) == np.median(np.round(values / scale))


@pytest.mark.parametrize("half", [1, 2, 3, 40])
def test_the_running_median_is_numpys_of_every_window(half):
    losses = noisy()
    windows = [losses[max(0, i - half) : i + half + 1] for i in range(losses.size)]
    assert running_median(losses, half).tolist() == [np.median(each) for each in windows]
