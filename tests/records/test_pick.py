"""Two rates: which are accepted, how they spread over groups, how they are written."""

import math

import numpy as np
import pytest

from lr_widget.records.pick import Pick, checked_pick, spread


@pytest.mark.parametrize(
    "value",
    [
        (1e-4, 1e-3),
        [1e-4, 1e-3],
        np.array([1e-4, 1e-3]),
        slice(1e-4, 1e-3),
        Pick(1e-4, 1e-3),
        (np.float64(1e-4), np.float64(1e-3)),
        pytest.param((rate for rate in [1e-4, 1e-3]), id="a generator"),
    ],
    ids=repr,
)
def test_a_pair_in_any_form_gives_two_python_floats(value):
    pick = checked_pick("value", value)
    assert pick == (1e-4, 1e-3)
    assert [type(rate) for rate in pick] == [float, float]


def test_equal_rates_are_allowed():
    assert checked_pick("value", (0.1, 0.1)) == (0.1, 0.1)


BAD = [
    (None, TypeError, "value must be a pair of learning rates (lo, hi), got None"),
    (1e-3, TypeError, "value must be a pair of learning rates (lo, hi), got 0.001"),
    ("12", TypeError, "value must be a pair of learning rates (lo, hi), got '12'"),
    ((), ValueError, "value must hold two learning rates (lo, hi), got ()"),
    ((1, 2, 3), ValueError, "value must hold two learning rates (lo, hi), got (1, 2, 3)"),
    (slice(1e-4), TypeError, "value[0] must be a real number, got None"),
    (slice(1, 2, 3), TypeError, "value must be a pair of learning rates (lo, hi), got slice(1, 2"),
    (("a", 1.0), TypeError, "value[0] must be a real number, got 'a'"),
    ((1.0, None), TypeError, "value[1] must be a real number, got None"),
    ((0.0, 1.0), ValueError, "value[0] must be above 0, got 0.0"),
    ((-1.0, 1.0), ValueError, "value[0] must be above 0, got -1.0"),
    ((0.1, math.inf), ValueError, "value[1] must be finite, got inf"),
    ((math.nan, 0.1), ValueError, "value[0] must be finite, got nan"),
    ((2.0, 1.0), ValueError, "value must have lo <= hi, got (2.0, 1.0)"),
]


@pytest.mark.parametrize(("value", "kind", "message"), BAD)
def test_a_broken_rule_is_named_with_the_value(value, kind, message):
    with pytest.raises(kind) as caught:
        checked_pick("value", value)
    assert str(caught.value).startswith(message)


def test_slice_and_group_lrs_are_those_of_the_pick():
    pick = Pick(1e-4, 1e-2)
    assert pick.slice == slice(1e-4, 1e-2)
    assert pick.group_lrs(3) == pytest.approx([1e-4, 1e-3, 1e-2])


@pytest.mark.parametrize("n_groups", range(9))
def test_spread_is_exact_at_both_ends(n_groups):
    lo, hi = 2.4681357e-5, 0.7654321
    rates = spread(lo, hi, n_groups)
    assert len(rates) == n_groups
    assert rates[:1] == ([lo] if n_groups > 1 else [hi] * n_groups)
    assert rates[-1:] == [hi] * min(n_groups, 1)
    assert rates == sorted(rates)


@pytest.mark.parametrize("n_groups", range(1, 7))
def test_spread_is_what_fastai_makes_of_the_slice(n_groups):
    optimizer = pytest.importorskip("fastai.optimizer")
    torch = pytest.importorskip("torch")
    groups = [[torch.nn.Parameter(torch.zeros(1))] for _ in range(n_groups)]
    theirs = optimizer.SGD(groups, lr=0.1)
    theirs.set_hyper("lr", slice(1e-5, 1e-2))
    assert spread(1e-5, 1e-2, n_groups) == pytest.approx([h["lr"] for h in theirs.hypers])
