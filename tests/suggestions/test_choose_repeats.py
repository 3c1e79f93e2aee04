"""Repeated sweeps: the same start, other shuffles, one suggestion."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lr_widget import LRPicker, lr_find, suggest
from lr_widget.records.pick import Pick
from lr_widget.suggestions.choose import Suggestion, combine
from tests.support import models
from tests.support.curves import losses, sweep

OPTIONS = {"start_lr": 1e-5, "end_lr": 10.0, "num_it": 40, "show": False}


def trained(**options):
    torch.manual_seed(3)
    x = torch.randn(256, 4)
    loader = DataLoader(TensorDataset(x, x @ torch.randn(4, 1)), batch_size=8, shuffle=True)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    groups = [{"params": model[0].parameters()}, {"params": model[2].parameters()}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3)
    before = models.model_bits(model), models.bits(optimizer.state_dict()), models.random_bits()
    picker = lr_find(model, optimizer, torch.nn.functional.mse_loss, loader, **OPTIONS, **options)
    after = models.model_bits(model), models.bits(optimizer.state_dict()), models.random_bits()
    assert after == before
    return picker


def test_each_sweep_has_the_same_start_and_another_shuffle():
    picker = trained(repeats=3)
    first, second, third = picker.sweeps
    assert first.losses[0] != second.losses[0] != third.losses[0]
    common = min(map(len, picker.sweeps))
    for each in (second, third):
        assert each.lrs[:common].tolist() == first.lrs[:common].tolist()
        assert each.losses[0] == pytest.approx(first.losses[0], rel=2)
    assert [each.settings["repeat"] for each in picker.sweeps] == [1, 2, 3]
    assert [each.settings["seed"] for each in picker.sweeps] == [None, 1, 2]
    assert first.losses.tolist() == trained().sweep.losses.tolist()


def test_the_suggestion_is_the_mean_of_theirs():
    picker = trained(repeats=3, seed=7)
    assert [each.settings["seed"] for each in picker.sweeps] == [7, 8, 9]
    rates = [suggest(each).lr for each in picker.sweeps]
    ours = picker.suggestions["ours"]
    assert ours.lr == pytest.approx(np.exp(np.mean(np.log(rates))))
    assert picker.value == ours.pick
    assert "mean of 3 sweeps" in ours.reason
    assert ours.interval.lo < ours.lr < ours.interval.hi
    again = LRPicker(picker.sweeps)
    assert again.value == picker.value


def test_a_sweep_that_does_not_finish_is_the_last_one(monkeypatch):
    ends = iter([False] * 60 + [True] * 60)
    monkeypatch.setattr(LRPicker, "_is_stopped", lambda *_: next(ends))
    picker = trained(repeats=3, stop_div=False)
    assert [each.stop_reason for each in picker.sweeps] == ["finished", "stopped"]
    assert picker.status == "stopped"


def answer(hi):
    return Suggestion(hi, Pick(hi / 10, hi), f"it says {hi}", "ours", Pick(hi / 3, hi * 3))


NONE = Suggestion(None, None, "flat", "ours")


def test_the_interval_grows_with_the_spread_of_the_answers():
    close, far = (combine([answer(1e-3), answer(hi)]) for hi in (1.1e-3, 1.0))
    assert close.interval.hi / close.interval.lo == pytest.approx(10, rel=0.05)
    assert far.interval.hi / far.interval.lo > 100
    assert close.pick.hi / close.pick.lo == pytest.approx(10)


def test_answers_that_are_none_do_not_count():
    assert combine([NONE, NONE]) == NONE
    assert combine([answer(1e-3), NONE]) == answer(1e-3)
    assert combine([answer(1e-3), NONE, answer(1e-1)]).lr == pytest.approx(1e-2)


def test_one_sweep_is_judged_as_it_was():
    record = sweep(losses("usual"), "Adam", groups=["body", "head"])
    assert LRPicker(record).suggestions["ours"] == suggest(record)


@pytest.mark.parametrize(
    ("repeats", "kind", "message"),
    [
        (0, ValueError, "repeats must be at least 1, got 0"),
        (2.0, TypeError, "repeats must be an integer, got 2.0"),
    ],
)
def test_how_often_has_to_be_a_number_of_times(repeats, kind, message):
    with pytest.raises(kind) as caught:
        trained(repeats=repeats)
    assert message in str(caught.value)


def test_the_last_seed_has_to_be_one_too():
    with pytest.raises(ValueError, match="seed must be below"):
        trained(repeats=2, seed=2**32 - 1)
