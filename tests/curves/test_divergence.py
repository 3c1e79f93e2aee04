"""The rule that calls a loss diverged: late enough for noise and spikes, early enough to be one."""

import numpy as np
import pytest

from lr_widget.curves.divergence import Divergence

X = np.linspace(-7, 1, 100)


def stop_at(losses, num_it=None):
    """Number of the step at which the rule stops, or None."""
    rule = Divergence(num_it or len(losses))
    for step, loss in enumerate(losses, 1):
        if rule.add(float(loss)):
            return step
    return None


def curve(start=2.3, drop=1.5, rise_at=0.0, std=0.03, seed=0):
    """Recorded-like: flat, a descent near 1e-3, an explosion from 10**rise_at on."""
    noise = np.random.default_rng(seed).normal(0, std, X.size)
    explosion = np.expm1(6 * np.maximum(X - rise_at, 0))
    return start - drop / (1 + np.exp(-4 * (X + 3))) + explosion + noise


def spiked(losses, *at, height=50.0):
    losses = losses.copy()
    losses[list(at)] += height
    return losses


NEVER = {
    "constant zero": np.zeros(100),
    "constant": np.full(100, 2.3),
    "constant below zero": np.full(100, -4.0),
    "descent": curve(rise_at=2),
    "descent from zero to below": curve(start=0.0, rise_at=2),
    "descent below zero": curve(start=-5.0, rise_at=2),
    "descent through zero": curve(start=0.7, rise_at=2),
    "noisy and flat": curve(drop=0, rise_at=2, std=0.5),
    "noise around zero": curve(start=0.0, drop=0, rise_at=2, std=1.0),
    "trained already": curve(start=0.05, drop=0.01, rise_at=2, std=0.02),
    "one spike": spiked(curve(rise_at=2), 40),
    "two spikes in a row": spiked(curve(rise_at=2), 40, 41, height=1e6),
    "spikes at the start": spiked(curve(rise_at=2), 0, 1, 2, 3),
    "climbs back to its start": np.concatenate(
        [np.linspace(2.3, 0.3, 70), np.linspace(0.3, 2.3, 30)]
    ),
    "one wild first batch": spiked(curve(start=0.0, rise_at=2), 0, height=1e9),
}


@pytest.mark.parametrize("name", NEVER)
def test_these_do_not_stop(name):
    assert stop_at(NEVER[name]) is None


@pytest.mark.parametrize("seed", range(20))
def test_noisy_first_batches_do_not_stop_it(seed):
    losses = curve(rise_at=2, seed=seed)
    losses[:10] += np.abs(np.random.default_rng(seed).normal(0, 2.0, 10))
    assert stop_at(losses) is None


@pytest.mark.parametrize("start", [2.3, 0.7, 0.05, 0.0, -0.5, -5.0, 300.0])
def test_an_explosion_stops_soon_after_it_has_begun(start):
    losses = curve(start=start, rise_at=-0.5, drop=1.5, std=0.01)
    exploded = int(np.argmax(losses > losses[:10].mean() + max(abs(start), 1.5)))
    assert exploded <= stop_at(losses) <= exploded + 5


@pytest.mark.parametrize("num_it", [10, 11, 14])
def test_nothing_is_judged_before_ten_losses(num_it):
    losses = 10.0 ** np.arange(num_it)
    assert stop_at(losses) in (None, *range(11, num_it + 1))


def test_the_start_of_a_long_sweep_is_its_first_tenth():
    rise = np.concatenate([np.full(20, 1.0), np.full(30, 100.0)])
    assert stop_at(rise, num_it=1000) is None
    assert stop_at(rise, num_it=100) == 23


def test_a_loss_that_only_rises_stops():
    assert stop_at(0.1 * 1.1 ** np.arange(100)) is not None


def test_the_level_is_a_median_so_three_of_five_bad_batches_stop():
    flat = np.full(60, 1.0)
    assert stop_at(spiked(flat, 40, 41, height=100.0)) is None
    assert stop_at(spiked(flat, 40, 41, 42, height=100.0)) == 43
