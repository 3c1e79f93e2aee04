"""The rule is fastai's minimum/10 by its own formula, and has a reason where it has no rate."""

import numpy as np
import pytest

from lr_widget import Suggestion, Sweep, suggest
from lr_widget.pick import Pick
from lr_widget.suggest import has_turned

X = np.linspace(-7, 1, 100)
LRS = 10.0**X


def losses(kind, seed=0):
    noise = np.random.default_rng(seed).normal(0, 0.03, X.size)
    explosion = np.expm1(6 * np.maximum(X + 0.5, 0))
    return {
        "usual": 2.3 - 1.5 / (1 + np.exp(-4 * (X + 3))) + explosion + noise,
        "below zero": -4 - 1.5 / (1 + np.exp(-4 * (X + 3))) + explosion + noise,
        "falls to the end": 2.3 - 0.2 * (X + 7) + noise,
        "only rises": 0.1 * 1.2 ** np.arange(100.0),
        "noise": 2.3 + 10 * noise,
        "constant": np.full(100, 2.3),
    }[kind]


def sweep(values, **more):
    return Sweep(LRS[: len(values)], values, settings={"num_it": 100}, **more)


def fastais(values):
    """What `learn.lr_find(suggest_funcs=minimum)` computes from the losses it saw."""
    torch = pytest.importorskip("torch")
    learner = pytest.importorskip("fastai.learner")
    from fastai.callback.schedule import minimum

    average = learner.AvgSmoothLoss(beta=0.98)
    average.reset()
    smooth = []
    for value in values:
        average.accumulate(type("Learn", (), {"loss": torch.tensor(float(value))}))
        smooth.append(float(average.value))
    lrs = torch.tensor(LRS[: len(values)][10:-5])
    smooth = torch.tensor(smooth[10:-5])
    nan = torch.nonzero(torch.isnan(smooth.view(-1)))
    if len(nan):
        smooth, lrs = smooth[: nan[0][0]], lrs[: nan[0][0]]
    return minimum(lrs, smooth, 100)[0]


@pytest.mark.parametrize("kind", ["usual", "below zero", "falls to the end", "only rises", "noise"])
@pytest.mark.parametrize("steps", [16, 60, 100])
def test_the_rule_is_fastais_own(kind, steps):
    values = losses(kind)[:steps]
    assert suggest(sweep(values)).lr == pytest.approx(fastais(values), rel=1e-6)


def test_from_the_first_nan_on_nothing_counts():
    values = losses("usual")
    values[50:] = np.nan
    assert suggest(sweep(values)).lr == pytest.approx(fastais(values), rel=1e-6)
    assert suggest(sweep(values)).lr <= LRS[49] / 10


def test_a_suggestion_has_rate_pick_reason_and_rule():
    found = suggest(sweep(losses("usual")))
    assert isinstance(found, Suggestion)
    assert found.pick == Pick(found.lr / 10, found.lr)
    assert found.rule == "minimum"
    assert "minimum/10" in found.reason
    assert suggest(sweep(losses("usual")), rule="minimum") == found


@pytest.mark.parametrize(
    "values", [[], [2.3], [2.3] * 15, [np.nan] * 30, [2.3] * 10 + [np.nan] * 20]
)
def test_too_few_points_give_a_reason_and_no_rate(values):
    found = suggest(sweep(np.array(values)))
    assert (found.lr, found.pick) == (None, None)
    assert f"{len(values)} points are too few" in found.reason


def test_a_sweep_without_settings_is_read_by_its_length():
    record = Sweep(LRS, losses("usual"))
    assert suggest(record) == suggest(sweep(losses("usual")))


@pytest.mark.parametrize("thing", [None, [1.0, 2.0], "sweep"])
def test_what_is_no_sweep_is_refused(thing):
    with pytest.raises(TypeError) as caught:
        suggest(thing)
    assert str(caught.value) == f"sweep must be a Sweep, got {thing!r}"


@pytest.mark.parametrize("rule", ["best", None, 3])
def test_an_unknown_rule_is_refused_with_those_that_are_known(rule):
    with pytest.raises(ValueError, match="rule must be one of 'minimum', got ") as caught:
        suggest(sweep(losses("usual")), rule=rule)
    assert str(caught.value).endswith(repr(rule))


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
    assert has_turned(sweep(losses(kind)[:steps])) is turned


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
