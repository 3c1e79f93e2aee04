"""Transformers: trials with a schedule of the user's own, whose peak is set to the pick."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("transformers")

import torch
from torch.optim import lr_scheduler as known
from transformers import (
    Trainer,
    get_cosine_schedule_with_warmup,
    get_linear_schedule_with_warmup,
    get_polynomial_decay_schedule_with_warmup,
)

from lr_widget import lr_find
from lr_widget.testing.bits import bits, random_bits, seed_all
from tests.support.trainer_state import state
from tests.support.trainers import decay_groups, items, make_trainer, own_groups, rates_of_steps

pytestmark = pytest.mark.thorough

SWEEP = {"start_lr": 1e-5, "end_lr": 1e-1, "num_it": 12, "show": False, "stop_div": False}
PICKS = [(1e-3, 1e-3), (1e-2, 1e-2)]
SPREAD = [(1e-4, 1e-3), (1e-3, 1e-2)]
LEARNING = {"one group": [(0.1, 0.1), (0.3, 0.3)], "layers": [(5e-3, 0.01), (0.02, 0.04)]}
STEPS = 12  # of a training; an epoch has 6


def make(folder, schedule, optimizer=None, cls=Trainer, **options):
    def optimizers(model):
        made = (optimizer or sgd)(model)
        return made, schedule(made)

    options = {"eval_dataset": items(), "optimizers": optimizers} | options
    return make_trainer(folder, "bert", cls, **options)


def sgd(model):
    return torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)


def layers(model):
    return own_groups(model)[0]


def decays(model):
    return torch.optim.AdamW(decay_groups(model), lr=5e-5)


def one_cycle(optimizer, steps=STEPS):
    rates = [0.01 * (i + 1) for i, _ in enumerate(optimizer.param_groups)]
    return known.OneCycleLR(optimizer, rates, total_steps=steps)


SCHEDULES = {
    "cosine with warm-up": lambda o: get_cosine_schedule_with_warmup(o, 3, STEPS),
    "linear with warm-up": lambda o: get_linear_schedule_with_warmup(o, 3, STEPS),
    "polynomial": lambda o: get_polynomial_decay_schedule_with_warmup(o, 2, STEPS, lr_end=1e-9),
    "one cycle": one_cycle,
    "steps": lambda o: known.StepLR(o, 4),
    "milestones": lambda o: known.MultiStepLR(o, [2, 5]),
    "constant at last": lambda o: known.ConstantLR(o, 0.3, total_iters=2),
    "linear": lambda o: known.LinearLR(o, total_iters=4),
    "exponential": lambda o: known.ExponentialLR(o, 0.9),
    "multiplied": lambda o: known.MultiplicativeLR(o, lambda step: 0.95),
    "polynomial of PyTorch's": lambda o: known.PolynomialLR(o, STEPS),
    "cosine": lambda o: known.CosineAnnealingLR(o, STEPS),
    "cosine again and again": lambda o: known.CosineAnnealingWarmRestarts(o, 5),
}


@pytest.mark.parametrize("optimizer", [sgd, layers], ids=["one group", "layers"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_the_shape_is_the_schedules_and_its_peak_the_pick(name, optimizer, tmp_path):
    by_hand = make(tmp_path, SCHEDULES[name], optimizer, num_train_epochs=1)
    with rates_of_steps() as seen:
        by_hand.train()
    own = np.array(seen)
    picker = lr_find(make(tmp_path, SCHEDULES[name], optimizer), **SWEEP)
    with rates_of_steps() as seen:
        trials = picker.try_picks(PICKS if optimizer is sgd else SPREAD, epochs=1)
    for trial, run in zip(trials, np.array(seen).reshape(2, 6, -1), strict=True):
        shares = run.max(0) / trial.group_lrs
        assert 0.8 < shares.min() <= shares.max() <= 1 + 1e-12
        highest = [0.01, 0.02] if name == "one cycle" else [0.05 if optimizer is sgd else 1e-3] * 2
        expected = own * (np.array(trial.group_lrs) / highest[: run.shape[1]])
        np.testing.assert_allclose(run, expected, rtol=1e-9)


def result(trainer):
    optimizer = getattr(trainer.optimizer, "optimizer", trainer.optimizer)
    return {
        "model": bits(trainer.model.state_dict()),
        "optimizer": bits(optimizer.state_dict()),
        "schedule": bits(trainer.lr_scheduler.state_dict() | {"lr_lambdas": None}),
        "random": random_bits(),
        "losses": [each["loss"] for each in trainer.state.log_history if "loss" in each],
    }


TRACED = {
    "fresh": ("cosine with warm-up", sgd, False),
    "one cycle": ("one cycle", sgd, False),
    "trained": ("constant at last", sgd, True),
    "an optimizer like the Trainer's own": ("linear", decays, True),
}


@pytest.mark.parametrize("case", TRACED)
def test_trials_leave_no_trace_in_it(case, tmp_path):
    name, optimizer, earlier = TRACED[case]
    results = []
    for tries in (False, True):
        folder = tmp_path / str(tries)
        trainer = make(folder, SCHEDULES[name], optimizer)
        seed_all(4)
        if earlier:
            trainer.train()
        picker = lr_find(trainer, **SWEEP)
        before, held = state(trainer, folder), bits(trainer.lr_scheduler.__dict__["base_lrs"])
        if tries:
            with rates_of_steps() as seen:
                trials = picker.try_picks(PICKS, epochs=1)
            for trial, run in zip(trials, np.array(seen).reshape(2, 6, -1), strict=True):
                assert run.max() == pytest.approx(trial.pick.hi, rel=0.2)
        assert state(trainer, folder) == before
        assert bits(trainer.lr_scheduler.base_lrs) == held
        trainer.train()
        results.append(result(trainer))
    assert results[0] == results[1]


@pytest.mark.parametrize("optimizer", [sgd, layers], ids=["one group", "layers"])
@pytest.mark.parametrize("name", ["cosine with warm-up", "one cycle", "steps"])
def test_the_best_run_is_the_one_that_the_line_of_code_trains(name, optimizer, tmp_path):
    tried = make(tmp_path, SCHEDULES[name], optimizer)
    seed_all(4)
    picker = lr_find(tried, **SWEEP)
    picks = LEARNING["one group" if optimizer is sgd else "layers"]
    trials = picker.try_picks(picks, epochs=2, leave="best")
    code = picker._trials["code"]
    assert "lr_scheduler = None" not in code
    by_hand = make(tmp_path, SCHEDULES[name], optimizer)
    seed_all(4)
    exec(code, {"trainer": by_hand, "trials": trials})
    assert result(tried) == result(by_hand)


@pytest.mark.parametrize("name", ["linear with warm-up", "one cycle"])
def test_the_line_after_a_sweep_trains_at_the_pick(name, tmp_path):
    trainer = make(tmp_path, SCHEDULES[name], layers)
    picker = lr_find(trainer, **SWEEP)
    picker.value = (1e-4, 1e-3)
    with rates_of_steps() as seen:
        exec(picker.get_state()["_code"], {"trainer": trainer, "picker": picker})
    np.testing.assert_allclose(np.array(seen).max(0), [1e-4, 1e-3], rtol=0.1)
    assert len(seen) == STEPS


@pytest.mark.parametrize("planned", [3, 1])
def test_where_the_schedule_is_too_short_or_too_long_the_line_takes_it_away(planned, tmp_path):
    schedule = one_cycle if planned == 3 else lambda o: get_linear_schedule_with_warmup(o, 30, 60)
    trainer = make(tmp_path, schedule, num_train_epochs=planned)
    code = lr_find(trainer, **SWEEP).get_state()["_code"]
    assert code.startswith("trainer.lr_scheduler = None; ")


class Derived(known.LambdaLR):
    pass


def elsewhere(optimizer):
    return known.StepLR(torch.optim.SGD([torch.zeros(())], lr=0.1), 3)


def in_sequence(optimizer):
    parts = [known.ConstantLR(optimizer, 0.5), known.StepLR(optimizer, 3)]
    return known.SequentialLR(optimizer, parts, milestones=[2])


def stepped(scheduler, times):
    for _ in range(times):
        scheduler.optimizer.step()
        scheduler.step()
    return scheduler


def noam(optimizer):
    return known.LambdaLR(optimizer, lambda step: 0.01 * min((step + 1) ** -0.5, step + 1))


REFUSED = {
    "derived": (lambda o: Derived(o, lambda step: 1.0), r"\(\.\.\., Derived\); leave that out"),
    "over another optimizer": (elsewhere, r"\(\.\.\., StepLR\)"),
    "in sequence": (in_sequence, r"\(\.\.\., SequentialLR\)"),
    "by a metric": (known.ReduceLROnPlateau, r"\(\.\.\., ReduceLROnPlateau\)"),
    "too short": (
        lambda o: one_cycle(o, 4),
        r"of as many steps as a trial, 6 \(epochs=1\), got 'OneCycleLR', which is over after 5",
    ),
    "in its warm-up": (
        lambda o: get_linear_schedule_with_warmup(o, 30, 60),
        "LambdaLR sets it, whose rates still rise when the trial is over",
    ),
    "past its peak": (
        lambda o: stepped(known.ExponentialLR(o, 0.9), 12),
        r"got 0\.00028\d+ as its highest rate: ExponentialLR sets it; leave",
    ),
    "Noam": (noam, r"got \S+e-06 as its highest rate: LambdaLR sets it"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_peak_at_the_pick_is_refused_before_the_first_step(name, tmp_path):
    schedule, match = REFUSED[name]
    trainer = make(tmp_path, schedule)
    picker = lr_find(trainer, **SWEEP)
    before = state(trainer, tmp_path)
    with rates_of_steps() as seen, pytest.raises(ValueError, match=match):
        picker.try_picks(PICKS)
    assert seen == []
    assert state(trainer, tmp_path) == before


class OwnSchedule(Trainer):
    """Makes a schedule of its own, in every `train()` or once."""

    peak, anew = 0.5, False

    def create_scheduler(self, num_training_steps, optimizer=None):
        if self.anew or self.lr_scheduler is None:
            self.lr_scheduler = known.OneCycleLR(
                optimizer or self.optimizer, self.peak, total_steps=num_training_steps + 1
            )
        return self.lr_scheduler


class AtTheArgument(OwnSchedule):
    """The same, at the rate that the Trainer is asked for."""

    anew = True

    @property
    def peak(self):
        return self.args.learning_rate


@pytest.mark.parametrize("peak", [0.5, 1e-5], ids=["too high", "too low"])
def test_a_class_with_a_peak_of_its_own_is_refused_before_the_first_step(peak, tmp_path):
    trainer = make_trainer(tmp_path, "bert", OwnSchedule, eval_dataset=items(9))
    trainer.peak = peak
    picker = lr_find(trainer, **SWEEP)
    match = "0.001 in group 0, got .* as its highest rate: create_scheduler sets it"
    with rates_of_steps() as seen, pytest.raises(ValueError, match=match):
        picker.try_picks(PICKS)
    assert seen == []


@pytest.mark.parametrize("earlier", [False, True], ids=["fresh", "trained"])
def test_a_class_whose_schedule_follows_the_argument_is_tried(earlier, tmp_path):
    trainer = make_trainer(tmp_path, "bert", AtTheArgument, eval_dataset=items(9))
    if earlier:
        trainer.train()
    picker = lr_find(trainer, **SWEEP)
    with rates_of_steps() as seen:
        picker.try_picks(PICKS, epochs=2)
    assert [max(max(each) for each in run) for run in (seen[:12], seen[12:])] == pytest.approx(
        [1e-3, 1e-2], rel=0.1
    )


def test_a_method_in_the_place_of_create_scheduler_is_seen_as_well(tmp_path):
    trainer = make_trainer(tmp_path, eval_dataset=items(9))

    def create_scheduler(num_training_steps, optimizer=None):
        trainer.lr_scheduler = known.StepLR(trainer.optimizer, 3)
        for group in trainer.optimizer.param_groups:
            group["lr"] = 0.3
        return trainer.lr_scheduler

    trainer.create_scheduler = create_scheduler
    picker = lr_find(trainer, **SWEEP)
    with rates_of_steps() as seen, pytest.raises(ValueError, match="create_scheduler sets it"):
        picker.try_picks(PICKS)
    assert seen == []


class Counting:
    """A function of a schedule that counts its calls, in an object."""

    def __init__(self):
        self.calls = 0

    def __call__(self, step):
        self.calls += 1
        return 1.0


def counting(calls):
    """The same in variables around a function."""
    number = 0

    def factor(step):
        nonlocal number
        number += 1
        calls.append(number)
        return 1.0

    return factor


class Counts(Trainer):
    """The same in a Trainer."""

    calls = 0

    def factor(self, step):
        self.calls += 1
        return 1.0

    def create_scheduler(self, num_training_steps, optimizer=None):
        self.lr_scheduler = known.LambdaLR(self.optimizer, self.factor)
        return self.lr_scheduler


def test_looking_ahead_moves_nothing(tmp_path):
    """Not even in a schedule whose function keeps count of its calls."""
    counts, calls = Counting(), []
    for factor in (counts, counting(calls)):
        trainer = make(tmp_path, lambda o, factor=factor: known.LambdaLR(o, factor))
        before = counts.calls, list(calls)
        picker = lr_find(trainer, **SWEEP)
        assert picker.get_state()["_code"].startswith("trainer.lr_scheduler.base_lrs = ")
        assert (counts.calls, calls) == before
    trainer = make_trainer(tmp_path, "bert", Counts, eval_dataset=items(9))
    lr_find(trainer, **SWEEP).try_picks(PICKS, leave="best")
    assert trainer.calls == 2 * (1 + 6)  # groups: when it is made, and in each step
