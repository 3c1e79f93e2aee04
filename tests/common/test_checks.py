"""Every message names the argument, the rule and the value."""

import math
from fractions import Fraction

import numpy as np
import pytest

from lr_widget.common import checks


@pytest.mark.parametrize("value", [1, 0.5, np.float32(0.5), np.int64(3), Fraction(1, 4), -2.0])
def test_real_returns_a_python_float_of_the_same_value(value):
    number = checks.real("lr", value)
    assert type(number) is float
    assert number == value


@pytest.mark.parametrize("value", ["0.1", None, True, np.True_, 1j, [0.1], b"1", object])
def test_real_refuses_what_is_no_number(value):
    with pytest.raises(TypeError) as caught:
        checks.real("lr", value)
    assert str(caught.value) == f"lr must be a real number, got {value!r}"


TOO_LARGE = 10**400  # for a float


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, np.float64("nan"), pytest.param(TOO_LARGE, id="10**400")],
)
def test_real_refuses_what_is_not_finite(value):
    with pytest.raises(ValueError, match=r"^lr must be finite, got ") as caught:
        checks.real("lr", value)
    assert str(caught.value).endswith(repr(value))


@pytest.mark.parametrize("value", [0, 0.0, -0.0, -1e-300])
def test_positive_refuses_zero_and_below(value):
    with pytest.raises(ValueError, match=r"^lr must be above 0, got ") as caught:
        checks.positive("lr", value)
    assert str(caught.value).endswith(repr(value))


def test_positive_takes_the_smallest_float():
    assert checks.positive("lr", 5e-324) == 5e-324


@pytest.mark.parametrize("value", [10, np.int32(10), 10**6])
def test_whole_returns_a_python_int(value):
    number = checks.whole("num_it", value, 10)
    assert type(number) is int
    assert number == value


@pytest.mark.parametrize("value", [10.0, "10", None, True, np.float64(10), [10]])
def test_whole_refuses_what_is_no_integer(value):
    with pytest.raises(TypeError) as caught:
        checks.whole("num_it", value, 1)
    assert str(caught.value) == f"num_it must be an integer, got {value!r}"


@pytest.mark.parametrize("value", [9, 0, -10, np.int64(9)])
def test_whole_refuses_less_than_the_least(value):
    with pytest.raises(ValueError, match=r"^num_it must be at least 10, got ") as caught:
        checks.whole("num_it", value, 10)
    assert str(caught.value).endswith(repr(value))


@pytest.mark.parametrize("value", [True, False])
def test_flag_returns_bools(value):
    assert checks.flag("show", value) is value


@pytest.mark.parametrize("value", [1, 0, "no", None, np.True_])
def test_flag_refuses_everything_else(value):
    with pytest.raises(TypeError) as caught:
        checks.flag("show", value)
    assert str(caught.value) == f"show must be True or False, got {value!r}"
