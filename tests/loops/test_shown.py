"""What the page shows of a loop: its line of code, and how its rates move."""

import inspect
import math

import pytest
import torch
from torch.optim.lr_scheduler import OneCycleLR

from lr_widget import LRPicker
from lr_widget.loops.shown import (
    FIT_ONE_CYCLE,
    ONE_CYCLE_LR,
    RECORDED,
    Shown,
    fill_code,
    without_kernel,
)
from tests.support.curves import losses, sweep
from tests.support.rigs import RIGS
from tests.support.schedules import share_at

STEPS = 1000


def check_drawn(schedule, shares):
    """Hold a schedule to rates of a real one, but for its last steps, which are off the plot."""
    assert len(schedule) <= 60
    last = len(shares) - 1
    for step, share in enumerate(shares[: round(0.95 * last)]):
        off_decades = abs(math.log10(share_at(schedule, step / last) / share))
        assert off_decades < 0.01, step  # half a px
    assert schedule[-1][1] == pytest.approx(shares[-1], rel=1e-3)


def test_the_one_cycle_of_pytorch_is_drawn_as_it_trains():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    # it is highest at the last step before the share `pct_start`
    schedule = OneCycleLR(optimizer, 1.0, total_steps=STEPS + 1, cycle_momentum=False)
    rates = [optimizer.param_groups[0]["lr"]]
    for _ in range(STEPS):
        optimizer.step()
        schedule.step()
        rates.append(optimizer.param_groups[0]["lr"])
    check_drawn(ONE_CYCLE_LR, rates)
    assert max(ONE_CYCLE_LR, key=lambda point: point[1])[0] == 0.3


def test_the_one_cycle_of_fastai_is_drawn_as_it_trains():
    pytest.importorskip("fastai")
    from fastai.callback.schedule import Learner, combined_cos

    ours = inspect.signature(Learner.fit_one_cycle).parameters
    pct, div, final = (ours[name].default for name in ("pct_start", "div", "div_final"))
    cycle = combined_cos(pct, 1 / div, 1.0, 1 / final)
    check_drawn(FIT_ONE_CYCLE, [float(cycle(step / STEPS)) for step in range(STEPS + 1)])
    assert max(FIT_ONE_CYCLE, key=lambda point: point[1])[0] == pct


PYTORCH = "OneCycleLR(optimizer, max_lr=picker.group_lrs, ...)"
LINES = {
    "fastai": ("learn.fit_one_cycle(2, picker.max_lr)", FIT_ONE_CYCLE),
    "pytorch": (PYTORCH, ONE_CYCLE_LR),
    "step": (PYTORCH, ONE_CYCLE_LR),
}


@pytest.mark.parametrize("kind", LINES)
def test_the_line_and_the_schedule_of_each_loop_of_ours(kind):
    if kind == "fastai":
        pytest.importorskip("fastai")
    picker = RIGS[kind]().find()
    assert (picker._code, picker._schedule) == LINES[kind]


def test_a_recorded_sweep_shows_numbers():
    picker = LRPicker(sweep(losses("usual")), value=(1e-4, 2.4e-3))
    assert (picker._code, picker._schedule) == RECORDED
    assert fill_code(picker._code, picker.value, 0) == "learn.fit_one_cycle(2, slice(1e-4, 2.4e-3))"
    assert fill_code(picker._code, None, 0) == "learn.fit_one_cycle(2, slice(lo, hi))"


ALONE = {
    "learn.fit_one_cycle(2, picker.max_lr)": "learn.fit_one_cycle(2, slice({lo}, {hi}))",
    "learn.fit_one_cycle(7, trials.best.pick.slice)": "learn.fit_one_cycle(7, slice({lo}, {hi}))",
    "learn.fine_tune(2, picker.value[1])": "learn.fine_tune(2, {hi})",
    "module.lr = picker.max_lr.stop": "module.lr = {hi}",
    "module.lr = trials.best.pick.hi": "module.lr = {hi}",
    "A(optimizer, max_lr=picker.group_lrs, ...)": "A(optimizer, max_lr={group_lrs}, ...)",
    "train(lr={hi}); trainer.train()": "train(lr={hi}); trainer.train()",
    "my_picker.max_lr": "my_picker.max_lr",
    "train(picker.value)": "max_lr = slice({lo}, {hi})",
    "trials.best.pick": "max_lr = slice({lo}, {hi})",
    "train(picker.max_lr, picker.sweep)": "max_lr = slice({lo}, {hi})",
}


@pytest.mark.parametrize("line", ALONE)
def test_a_line_without_its_kernel_asks_no_picker(line):
    assert without_kernel(line, 2) == ALONE[line]


def test_a_line_without_its_kernel_has_the_rates_of_the_groups_that_are_known():
    line = "A(picker.group_lrs)"
    assert without_kernel(line, 0) == "max_lr = slice({lo}, {hi})"
    assert without_kernel(line, 3, one_rate=True) == "A([{hi}, {hi}, {hi}])"
    assert fill_code(without_kernel(line, 3), (1e-4, 1e-2), 3) == "A([1e-4, 1e-3, 1e-2])"


GOOD = [(0, 1), (1, 0)]


def test_pairs_of_any_kind_are_taken_and_none_is_known_is_too():
    shown = Shown.checked("train()", torch.tensor(GOOD, dtype=torch.float64))
    assert shown == ("train()", [(0.0, 1.0), (1.0, 0.0)])
    assert Shown.checked("train()", None).schedule is None


@pytest.mark.parametrize(
    ("code", "schedule", "error", "message"),
    [
        (None, GOOD, TypeError, "code_line() must return a string, got None"),
        ("a()\nb()", GOOD, ValueError, "code_line() must return one line of code, got 'a()"),
        (" ", GOOD, ValueError, "code_line() must return one line of code, got ' '"),
        ("a()", [1, 2], TypeError, "schedule() must return pairs (share of the training, "),
        ("a()", 3, TypeError, "schedule() must return pairs (share of the training, "),
        ("a()", [(0, 1)], ValueError, "schedule() must return 2 to 200 points, got 1"),
        ("a()", [(0, 1)] * 300, ValueError, "schedule() must return 2 to 200 points, got 300"),
        ("a()", [(0.1, 1), (1, 0)], ValueError, "schedule() must go from 0 to 1 without a step"),
        ("a()", [(0, 1), (0.5, 1), (0.4, 1), (1, 1)], ValueError, "without a step back, got"),
        ("a()", [(0, 1), (math.nan, 1), (1, 1)], ValueError, "without a step back, got"),
        ("a()", [(0, 0.1), (1, 0.5)], ValueError, "shares of the highest rate, up to 1, got"),
        ("a()", [(0, -1), (1, 1)], ValueError, "shares of the highest rate, up to 1, got"),
        ("a()", [(0, 1), (1, math.nan)], ValueError, "shares of the highest rate, up to 1, got"),
    ],
)
def test_what_the_page_cannot_show_is_refused(code, schedule, error, message):
    with pytest.raises(error) as caught:
        Shown.checked(code, schedule)
    assert message in str(caught.value)


def test_a_schedule_that_cannot_be_is_refused_before_anything_is_touched(monkeypatch):
    from lr_widget.loops.pytorch import PyTorchLoop

    monkeypatch.setattr(PyTorchLoop, "schedule", lambda _: [(0, 2)])
    rig = RIGS["pytorch"]()
    before = rig.bits()
    with pytest.raises(ValueError, match="schedule"):
        rig.find()
    assert rig.bits() == before
    assert rig.seen == []


@pytest.mark.parametrize("pick", [(1e-4, 1e-2), None])
def test_other_braces_survive(pick):
    code = "f'{lo!r}', {}, {'a': {1}}, {lr}, { lo }, {Lo}"
    assert fill_code(code, pick, 2) == code
