"""The ladder of learning rates: exact at both ends, equal ratios or equal differences."""

import math

import numpy as np
import pytest

from lr_widget.records.plan import Plan

GOOD = {"start_lr": 1e-7, "end_lr": 10.0, "num_it": 100, "schedule": "exp"}


@pytest.mark.parametrize("schedule", ["exp", "linear"])
@pytest.mark.parametrize(("start", "end"), [(1e-7, 10.0), (0.3, 0.7), (1e-300, 1e300), (1e-5, 3)])
@pytest.mark.parametrize("num_it", [10, 97, 1000])
def test_both_ends_are_exact_and_the_rates_rise(schedule, start, end, num_it):
    lrs = Plan.checked(start, end, num_it, schedule).lrs()
    assert lrs.dtype == np.float64
    assert lrs.shape == (num_it,)
    assert lrs[0] == start
    assert lrs[-1] == end
    assert np.all(np.diff(lrs) > 0)


def test_exp_has_equal_ratios():
    lrs = Plan.checked(**GOOD).lrs()
    np.testing.assert_allclose(lrs[1:] / lrs[:-1], 10 ** (8 / 99), rtol=1e-12)


def test_linear_has_equal_differences():
    lrs = Plan.checked(1e-4, 1, 50, "linear").lrs()
    np.testing.assert_allclose(np.diff(lrs), (1 - 1e-4) / 49, rtol=1e-9)


def test_numpy_numbers_become_plain_ones():
    plan = Plan.checked(np.float64(1e-7), np.float32(1), np.int64(20), "exp")
    assert [type(value) for value in plan] == [float, float, int, str]


BAD = [
    ("start_lr", 0, ValueError, "start_lr must be above 0, got 0"),
    ("start_lr", -1e-7, ValueError, "start_lr must be above 0, got -1e-07"),
    ("start_lr", math.nan, ValueError, "start_lr must be finite, got nan"),
    ("start_lr", "1e-7", TypeError, "start_lr must be a real number, got '1e-7'"),
    ("start_lr", None, TypeError, "start_lr must be a real number, got None"),
    ("end_lr", 1e-7, ValueError, "end_lr must be above start_lr = 1e-07, got 1e-07"),
    ("end_lr", 1e-8, ValueError, "end_lr must be above start_lr = 1e-07, got 1e-08"),
    ("end_lr", math.inf, ValueError, "end_lr must be finite, got inf"),
    ("end_lr", [10], TypeError, "end_lr must be a real number, got [10]"),
    ("num_it", 9, ValueError, "num_it must be at least 10, got 9"),
    ("num_it", 100.0, TypeError, "num_it must be an integer, got 100.0"),
    ("num_it", True, TypeError, "num_it must be an integer, got True"),
    ("schedule", "cosine", ValueError, "schedule must be 'exp' or 'linear', got 'cosine'"),
    ("schedule", ["exp"], ValueError, "schedule must be 'exp' or 'linear', got ['exp']"),
    ("schedule", None, ValueError, "schedule must be 'exp' or 'linear', got None"),
]


@pytest.mark.parametrize(("name", "value", "kind", "message"), BAD)
def test_a_broken_rule_is_named_with_argument_and_value(name, value, kind, message):
    with pytest.raises(kind) as caught:
        Plan.checked(**{**GOOD, name: value})
    assert str(caught.value) == message
