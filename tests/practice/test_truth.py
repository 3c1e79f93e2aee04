"""Regret is what the records' own description says, and the good band is where it is small."""

import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lr_widget import gallery
from lr_widget.practice.truth import Truth

LRS = np.geomspace(1e-5, 1e-1, 5)
LOSSES = np.array([1.5, 1.0, 3.0, math.nan, math.inf])
TRUTH = Truth(LRS, LOSSES, 2.0)


def regret(truth, lr):
    """The description, step by step: linear between the trainings in log LR, 2 for none."""
    best = min(loss for loss in truth.valid_losses if not math.isnan(loss))
    own = [
        2.0 if math.isnan(loss) else min(2.0, (loss - best) / (truth.init_valid_loss - best))
        for loss in truth.valid_losses
    ]
    at = [math.log(each) for each in truth.lrs]
    x = min(max(math.log(lr), at[0]), at[-1])
    for i in range(len(at) - 1):
        if x <= at[i + 1]:
            share = (x - at[i]) / (at[i + 1] - at[i])
            return own[i] * (1 - share) + own[i + 1] * share
    return own[-1]


@st.composite
def truths(draw):
    n = draw(st.integers(1, 12))
    steps = draw(st.lists(st.floats(0.05, 1), min_size=n, max_size=n))
    some = st.one_of(st.floats(0, 10), st.just(math.nan), st.just(math.inf))
    losses = draw(st.lists(some, min_size=n, max_size=n))
    losses[draw(st.integers(0, n - 1))] = draw(st.floats(0, 2))
    return Truth(10 ** (np.cumsum(steps) - 6), losses, draw(st.floats(2.1, 5)))


@given(truths(), st.floats(-9, 6))
def test_regret_is_what_the_description_says(truth, log10_lr):
    assert truth.regret(10**log10_lr) == pytest.approx(regret(truth, 10**log10_lr), abs=1e-9)
    assert 0 <= truth.regret(10**log10_lr) <= 2
    assert truth.regret(truth.best_lr) == 0


@given(truths(), st.floats(0, 1))
def test_the_good_band_is_as_wide_as_it_can_be(truth, share):
    lo, hi = truth.good
    assert truth.lrs[0] <= lo <= truth.best_lr <= hi <= truth.lrs[-1]
    assert truth.regret(lo) <= 0.05
    assert truth.regret(hi) <= 0.05
    inside = lo ** (1 - share) * hi**share
    assert truth.regret(inside) <= 0.05 + 1e-9
    for edge, end, beyond in ((lo, truth.lrs[0], 1 - 1e-6), (hi, truth.lrs[-1], 1 + 1e-6)):
        assert edge == end or truth.regret(edge * beyond) > 0.05


def test_a_failed_training_counts_as_2_and_what_is_beyond_as_the_nearest():
    assert [TRUTH.regret(lr) for lr in LRS] == pytest.approx([0.5, 0, 2, 2, 2])
    assert TRUTH.regret(1e-12) == 0.5
    assert TRUTH.regret((LRS[0] * LRS[1]) ** 0.5) == pytest.approx(0.25)
    assert [TRUTH.fails_at(lr) for lr in (1e-12, 1e-3, 4e-3, 1e-1, 1.0)] == [False] * 2 + [True] * 3
    assert np.isnan(TRUTH.valid_losses[-2:]).all()


def test_it_cannot_be_changed_and_its_copies_are_equal():
    for copied in (copy.deepcopy(TRUTH), pickle.loads(pickle.dumps(TRUTH))):
        assert copied == TRUTH
        assert hash(copied) == hash(TRUTH)
        with pytest.raises(ValueError, match="read-only"):
            copied.lrs[0] = 1
    with pytest.raises(AttributeError):
        TRUTH.best_lr = 1
    assert Truth(LRS, LOSSES, 2.5) != TRUTH
    assert repr(TRUTH) == "Truth(5 trainings, best at lr 1e-4)"


def test_it_is_right_where_numpy_is_told_to_raise():
    with np.errstate(all="raise"):
        assert Truth([1e-3, 1e-2], [1e-308, 1e308], 1.0).regret(1e-2) == 2


BAD = [
    (([1e-3, 1e-2], [1.0], 2.0), ValueError, "lrs and valid_losses must have one dimension"),
    (([], [], 2.0), ValueError, "the same length, at least 1, got shapes"),
    (([1e-2, 1e-3], [1.0, 1.0], 2.0), ValueError, "lrs must be finite, above 0 and rise, got"),
    (([0.0, 1e-3], [1.0, 1.0], 2.0), ValueError, "lrs must be finite, above 0 and rise, got"),
    (([1e-3], [3.0], 2.0), ValueError, "valid_losses must hold one below init_valid_loss"),
    (([1e-3], [math.nan], 2.0), ValueError, "valid_losses must hold one below init_valid_loss"),
    ((["a"], [1.0], 2.0), TypeError, "lrs must hold numbers only, got ['a']"),
    (([1e-3], [object()], 2.0), TypeError, "valid_losses must hold numbers only, got [<object"),
    (([1e-3], [1.0], math.nan), ValueError, "init_valid_loss must be finite, got nan"),
    (([1e-3], [1.0], "2"), TypeError, "init_valid_loss must be a real number, got '2'"),
]


@pytest.mark.parametrize(("arguments", "kind", "words"), BAD)
def test_what_is_no_truth_is_refused(arguments, kind, words):
    with pytest.raises(kind) as caught:
        Truth(*arguments)
    assert words in str(caught.value)


@pytest.mark.parametrize("lr", [0, -1, math.nan, math.inf, "1e-3", None])
def test_a_rate_that_is_none_has_no_regret(lr):
    with pytest.raises((TypeError, ValueError), match="lr must be"):
        gallery("digits").truth.regret(lr)


def test_a_training_that_failed_may_be_none():
    truth = Truth([1e-4, 1e-3, 1e-2], [0.9, 0.5, None], init_valid_loss=1.2)
    assert truth.valid_losses[:2].tolist() == [0.9, 0.5]
    assert math.isnan(truth.valid_losses[2])
    assert truth.regrets[2] == 2.0
