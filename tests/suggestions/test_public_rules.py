"""Each public rule says what its own tool says: on recorded sweeps, and beside fastai itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import recorded
from lr_widget import Sweep, suggest
from lr_widget.suggestions import public_rules
from tests.support.curves import LRS, X, losses, sweep

ORIGINS = {
    "valley": "fastai valley",
    "slide": "fastai slide",
    "minimum": "fastai minimum/10",
    "steep": "fastai steep",
    "torch_lr_finder": "torch-lr-finder steepest",
    "lightning": "lightning suggestion",
}
FASTAIS = ["valley", "slide", "minimum", "steep"]
# Rates of two or more beds of a valley: so that fastai's loop over all pairs has ties to break.
LEVELS = st.lists(st.integers(0, 12).map(float), min_size=1, max_size=60)


@pytest.mark.parametrize("rule", ORIGINS)
def test_a_rule_is_its_origin_on_every_recorded_sweep(rule):
    found = recorded.load()
    ours = [suggest(each.sweep, rule=rule).lr for each in found]
    theirs = [each.peers[ORIGINS[rule]] for each in found]
    assert len(ours) == 127
    assert ours == pytest.approx(theirs, rel=1e-5)


def same(lr):
    return None if lr is None else pytest.approx(lr, rel=1e-6)


def fastais(rule, values):
    """What `learn.lr_find(suggest_funcs=rule)` computes; it ends the sweep itself."""
    torch = pytest.importorskip("torch")
    learner = pytest.importorskip("fastai.learner")
    from fastai.callback import schedule

    average = learner.AvgSmoothLoss(beta=0.98)
    average.reset()
    smooth, best = [], float("inf")
    for value in values:
        average.accumulate(type("Learn", (), {"loss": torch.tensor(float(value))}))
        smooth.append(float(average.value))
        best = min(best, smooth[-1])
        if smooth[-1] > 4 * best:
            break
    lrs = torch.tensor(LRS[: len(smooth)][10:-5], dtype=torch.float32)
    smooth = torch.tensor(smooth[10:-5])
    nan = torch.nonzero(torch.isnan(smooth.view(-1)))
    if len(nan):
        smooth, lrs = smooth[: nan[0][0]], lrs[: nan[0][0]]
    try:
        return getattr(schedule, rule)(lrs, smooth, 100)[0]
    except (IndexError, ValueError):  # too few are left
        return None


@pytest.mark.parametrize("kind", ["usual", "falls to the end", "noise", "one outlier"])
@pytest.mark.parametrize("steps", [16, 32, 60, 100])
@pytest.mark.parametrize("rule", FASTAIS)
@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")  # fastai's slide
def test_fastais_rules_are_fastais_own(rule, kind, steps):
    values = losses(kind)[:steps]
    assert suggest(sweep(values), rule=rule).lr == same(fastais(rule, values))


@pytest.mark.parametrize("kind", ["below zero", "only rises"])
@pytest.mark.parametrize("rule", FASTAIS)
def test_there_is_no_rate_where_fastai_stops_at_once(rule, kind):
    assert suggest(sweep(losses(kind)), rule=rule).lr is None
    assert fastais(rule, losses(kind)) is None


@pytest.mark.parametrize("rule", FASTAIS)
@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")  # fastai's slide
def test_from_the_first_nan_on_nothing_counts(rule):
    values = losses("usual")
    values[50:] = np.nan
    found = suggest(sweep(values), rule=rule).lr
    assert found == same(fastais(rule, values))
    assert found <= LRS[49]


def test_what_comes_after_fastais_own_end_does_not_count():
    values = np.append(losses("usual")[:70], np.full(30, 1e3))
    much_later = np.append(values[:90], np.full(10, 1e-9))
    assert suggest(sweep(values), "minimum").lr == suggest(sweep(much_later), "minimum").lr


@pytest.mark.parametrize("rule", ORIGINS)
def test_a_tool_that_would_raise_gives_no_rate(rule):
    for steps in range(12 if rule == "lightning" else 16):
        found = suggest(sweep(losses("usual")[:steps]), rule=rule)
        assert (found.lr, found.pick) == (None, None)
        assert found.reason.startswith("This rule finds no rate")
    assert suggest(sweep(losses("usual")[:40]), rule=rule).lr


def longest_valley(values):
    """fastai's loop over all pairs, as it stands there: start and end of the longest valley."""
    n = len(values)
    start, end = 0, 0
    lengths = [1] * n
    for i in range(1, n):
        for j in range(i):
            if values[i] < values[j] and lengths[i] < lengths[j] + 1:
                lengths[i] = lengths[j] + 1
            if lengths[end] < lengths[i]:
                end = i
                start = end - lengths[end]
    return start, end


@settings(deadline=None, derandomize=True, max_examples=200)
@given(LEVELS | st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=60))
def test_the_valley_is_the_one_that_a_loop_over_all_pairs_finds(values):
    lrs = np.geomspace(1e-7, 10, len(values))
    singles = np.array(values, dtype=np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(public_rules, "_fastai_sees", lambda *_: (lrs.astype(np.float32), singles))
        found = public_rules.valley(lrs, np.array(values), len(values))
    start, end = longest_valley(values)
    third = (end - start) / 3
    assert found == float(np.float32(lrs[start + int(third) + int(third / 2)]))


@pytest.mark.parametrize("rule", FASTAIS)
@pytest.mark.parametrize("log10_lrs", [(-320, -300), (290, 307), (-300, 300)])
def test_rates_that_single_precision_does_not_hold_are_none(rule, log10_lrs):
    lr = suggest(Sweep(10 ** np.linspace(*log10_lrs, 100), losses("usual")), rule=rule).lr
    assert lr is None or 0 < lr < np.inf


@pytest.mark.parametrize("rule", ORIGINS)
def test_losses_at_and_below_zero_and_infinite_ones_raise_nothing(rule):
    for values in (losses("below zero"), losses("zero"), np.full(100, -np.inf), losses("usual")):
        for last in (0.0, np.inf, -np.inf, np.nan, 1e300):
            suggest(Sweep(LRS, np.append(values[:-1], last)), rule=rule)
    suggest(Sweep(LRS, np.where(X > 0, np.inf, -np.inf)), rule=rule)
