"""Rates and losses as people read them."""

import math

import pytest

from lr_widget.common.numbers import format_lr


@pytest.mark.parametrize(
    ("lr", "text"),
    [
        *((1e-7, "1e-7"), (1e-3, "1e-3"), (2.4e-3, "2.4e-3"), (0.1, "1e-1"), (0.25, "2.5e-1")),
        *((1.0, "1"), (2.4, "2.4"), (10.0, "10"), (63.0, "63"), (99.6, "1e2"), (123.0, "1.2e2")),
        *((0.996, "1"), (0.994, "9.9e-1"), (9.96, "10"), (2.25, "2.3"), (0.125, "1.3e-1")),
        *((1e-300, "1e-300"), (-2.4e-3, "-2.4e-3"), (0.0, "0"), (-0.0, "0")),
        *((math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf")),
    ],
)
def test_two_significant_digits_with_ties_away_from_zero(lr, text):
    assert format_lr(lr) == text


@pytest.mark.parametrize("exponent", range(-9, 4))
@pytest.mark.parametrize("mantissa", [1.04, 1.06, 3.3, 9.4, 9.97])
def test_what_is_written_is_within_half_a_digit(mantissa, exponent):
    lr = mantissa * 10.0**exponent
    assert float(format_lr(lr)) == pytest.approx(lr, rel=0.05)
