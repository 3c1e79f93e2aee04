"""A curve has turned where it clearly rises again; noise alone is hardly ever a turn."""

import numpy as np
import pytest

from lr_widget.curves.features import has_turned, reading_of
from tests.support.curves import LRS, losses, sweep


def ring(record):
    reading = reading_of(record)
    return reading and reading.ring


TURNED = [
    ("usual", 100, True),
    ("usual", 88, True),
    ("below zero", 100, True),
    ("only rises", 100, True),
    ("usual", 4, False),
    ("usual", 40, False),
    ("usual", 60, False),
    ("usual", 75, False),
    ("falls to the end", 100, False),
    ("noise", 100, False),
    ("constant", 100, False),
]


@pytest.mark.parametrize(("kind", "steps", "turned"), TURNED)
def test_a_curve_has_turned_if_it_clearly_rises_again(kind, steps, turned):
    record = sweep(losses(kind)[:steps])
    assert has_turned(record) is turned
    assert (ring(record) is not None) is turned


@pytest.mark.parametrize("steps", [5, 8, 11, 25, 50, 70])
def test_noise_alone_is_hardly_ever_a_turn(steps):
    turned = [has_turned(sweep(losses("usual", seed)[:steps])) for seed in range(200)]
    assert sum(turned) <= 6


def test_a_spike_at_the_end_is_no_turn():
    values = losses("usual")[:70]
    values[-2:] = 50.0
    assert not has_turned(sweep(values))


def test_a_loss_that_is_not_finite_is_a_turn():
    values = np.append(losses("usual")[:70], np.nan)
    assert has_turned(sweep(values, stop_reason="non-finite loss"))
    assert ring(sweep(values, stop_reason="non-finite loss")) is None


def test_the_lowest_point_lies_between_the_descent_and_the_rise():
    assert LRS[50] < ring(sweep(losses("usual"))) < LRS[85]
