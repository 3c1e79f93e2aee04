"""In plain PyTorch and fastai a trial trains at its schedule's rates, or it says why not."""

import pytest
import torch
from torch.nn import functional
from torch.optim.optimizer import register_optimizer_step_pre_hook

from lr_widget import lr_find
from tests.support import models
from tests.support.rates import Training
from tests.support.tried import PICKS, rig_of

pytestmark = pytest.mark.thorough

X, Y = models.dataset().tensors
DATA = [(X[:20], Y[:20]), (X[20:], Y[20:])]


def swept(training):
    options = {"num_it": 12, "end_lr": 1e-2, "show": False}
    loss_fn = functional.cross_entropy
    return lr_find(training.model, training.optimizer, loss_fn, DATA, **options)


def refused(picker, bits, match, runs=1, **options):
    """Check that trials end with words in the run of this number, restored, with those before."""
    before = bits()
    with pytest.raises(ValueError, match=match) as caught:
        picker.try_picks(PICKS, epochs=2, **options)
    assert bits() == before
    trials = caught.value.trials
    assert [trial.ended for trial in trials] == ["finished"] * (runs - 1) + ["stopped"]
    return str(caught.value)


WORDS = "got 0.25: a hook of the optimizer or the model sets it, or the loss function does; leave"


@pytest.mark.parametrize("way", ["before the step", "in the model", "of all optimizers"])
def test_a_hook_that_sets_the_rate_in_a_trial_is_found(way):
    training = Training()
    picker = swept(training)
    hook = {
        "before the step": training.optimizer.register_step_pre_hook,
        "in the model": training.model.register_forward_hook,
        "of all optimizers": register_optimizer_step_pre_hook,
    }[way](lambda *_: training.set(0.25) if training.model.training else None)
    try:
        words = refused(picker, training.bits, WORDS, valid=DATA)
    finally:
        hook.remove()
    start = "optimizer must train at the rate that the schedule of the trial has set, "
    assert words.startswith(start)
    assert words.endswith("or use fit=fn")
    assert picker.try_picks(PICKS, valid=DATA).best


def test_a_rate_that_is_set_in_a_later_run_leaves_the_runs_before():
    training = Training()
    picker = swept(training)
    steps = iter(range(100))

    def late(*_):
        if next(steps) == 6:  # of four in each run
            training.optimizer.param_groups[1]["lr"] = 0.25

    training.optimizer.register_step_pre_hook(late)
    refused(picker, training.bits, r"in group 1, got 0\.25", runs=2, valid=DATA)


class LateSchedule(torch.optim.SGD):
    """Sets its own rate, but only after the steps of a sweep."""

    made = 0

    def step(self, closure=None):
        self.made += 1
        if self.made > 2:
            self.param_groups[0]["lr"] = 0.25
        return super().step(closure)


def test_an_optimizer_whose_own_step_sets_the_rate_in_a_trial_is_named():
    training = Training(LateSchedule)
    training.optimizer.made = -100
    picker = swept(training)
    training.optimizer.made = 0
    refused(picker, training.bits, r"got 0\.25: the step of LateSchedule sets", valid=DATA)


def test_a_schedule_in_a_hook_after_the_step_is_overruled_by_the_trials():
    training = Training()
    picker, used = swept(training), []
    training.optimizer.register_step_pre_hook(lambda *_: training.note())
    training.optimizer.register_step_post_hook(lambda *_: training.set(0.25))
    training.used = used
    assert picker.try_picks(PICKS, valid=DATA).best
    assert [max(rates) for rates in zip(*used[:2], strict=True)] != [0.25, 0.25]
    assert all(0.25 not in rates for rates in used)


@pytest.mark.parametrize("shared", [False, True])
def test_rates_that_are_tensors_are_those_of_each_group(shared):
    training = Training()
    picker, rate = swept(training), torch.tensor(1e-3)
    for group in training.optimizer.param_groups:
        group["lr"] = rate if shared else rate.clone()
    training.optimizer.register_step_pre_hook(lambda *_: training.note())
    picker.try_picks(PICKS, epochs=4, valid=DATA)
    runs = [training.used[:8], training.used[8:]]
    for run, pick in zip(runs, PICKS, strict=True):
        first, last = (max(rates) for rates in zip(*run, strict=True))
        assert last / first == pytest.approx(pick[1] / pick[0])
    held = [group["lr"] is rate for group in training.optimizer.param_groups]
    assert held == [shared, shared]


def sets(order, event):
    fastai = pytest.importorskip("fastai.callback.core")

    def act(self):
        if self.training:
            self.opt.set_hyper("lr", 0.25)

    hooks = {event: act, "order": order, "runs_in_lr_find": False, "__module__": __name__}
    return type("Warm", (fastai.Callback,), hooks)()


EVENTS = [("before_step", 0), ("before_batch", 61), ("after_pred", 0), ("before_step", 20_000)]


@pytest.mark.parametrize(("event", "order"), EVENTS)
@pytest.mark.parametrize("kind", ["fastai", "fastai with a torch optimizer"])
def test_a_callback_of_fastai_that_sets_the_rate_in_a_trial_is_named(kind, event, order):
    rig = rig_of(kind)
    rig.learn.add_cb(sets(order, event))
    picker = rig.find()
    match = r"^learn must train .*, got 0\.25: the callback Warm sets it; leave that out, or use"
    refused(picker, rig.bits, match)


def test_a_rate_that_fastais_schedule_overrules_is_no_fault():
    rig = rig_of("fastai")
    rig.learn.add_cb(sets(0, "before_batch"))
    assert rig.find().try_picks(PICKS).best


def test_the_last_step_of_a_fit_that_a_callback_ends_is_checked_too():
    fastai = pytest.importorskip("fastai.callback.core")
    rig = rig_of("fastai")

    class Ends(fastai.Callback):
        runs_in_lr_find = False

        def before_step(self):
            self.opt.set_hyper("lr", 0.25)

        def after_step(self):
            raise fastai.CancelFitException("on purpose")

    rig.learn.add_cb(Ends())
    refused(rig.find(), rig.bits, "got 0.25: the callback Ends sets it")


def test_the_rates_are_noted_right_behind_fastais_schedule():
    pytest.importorskip("fastai")
    from fastai.callback.schedule import ParamScheduler

    from lr_widget.loops.fastai.scheduled import Scheduled

    assert Scheduled.order == ParamScheduler.order
