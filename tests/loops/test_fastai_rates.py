"""fastai: its optimizers in plain PyTorch's form, and callbacks that set the rate themselves."""

import functools
import re

import pytest
import torch
from torch.nn import functional

from lr_widget import lr_find
from tests.support import models

pytest.importorskip("fastai")

from fastai import optimizer as fastai
from fastai.callback.core import Callback
from fastai.callback.schedule import ParamScheduler, SchedCos
from fastai.callback.training import GradientAccumulation

from lr_widget.testing.bits import bits

X, Y = models.dataset().tensors


def adam_in_wrapper(groups, lr):
    return fastai.OptimWrapper(groups, torch.optim.AdamW, lr=lr)


def around_torch(groups, lr):
    return fastai.OptimWrapper(opt=torch.optim.SGD([{"params": g} for g in groups], lr=lr))


MAKERS = [
    *(fastai.Adam, fastai.RMSProp, fastai.Lamb, fastai.ranger, adam_in_wrapper, around_torch),
    functools.partial(fastai.SGD, mom=0.9),
]


def trained_in(form, optimizer, model, used, **options):
    def note(*_):
        used.append([group["lr"] for group in optimizer.param_groups])

    options = {"num_it": 12, "end_lr": 1e-2, "show": False, **options}
    if form == "pytorch":
        model.register_forward_hook(note)
        return lr_find(model, optimizer, functional.cross_entropy, [(X, Y)], **options)

    def step():
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(X), Y)
        loss.backward()
        note()
        optimizer.step()
        return loss

    return lr_find(step=step, optimizer=optimizer, model=model, **options)


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("options", [{}, {"spread": 10}, {"group": 1}])
@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("form", ["pytorch", "step"])
def test_an_optimizer_of_fastai_is_swept_in_the_plain_form_and_as_it_was(
    form, make, options, trained
):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(models.INPUTS, 4), torch.nn.Linear(4, 3))
    optimizer = make([list(part.parameters()) for part in model], lr=1e-3)
    if trained:
        for _ in range(3):
            functional.cross_entropy(model(X), Y).backward()
            optimizer.step()
            optimizer.zero_grad()

    def state():
        found = [optimizer, *([optimizer.opt] if "opt" in vars(optimizer) else [])]
        kept = [(sorted(vars(each)), bits(each.state_dict())) for each in found]
        return [bits(model.state_dict()), kept, bits(list(optimizer.hypers))]

    before, used = state(), []
    sweep = trained_in(form, optimizer, model, used, **options).sweep
    first = {"spread": 0.1, "group": 0.0}.get(next(iter(options), ""), 1.0)
    assert used[: len(sweep)] == [
        pytest.approx([first * lr, lr], rel=1e-9, abs=0) for lr in sweep.lrs
    ]
    assert len({float(loss) for loss in sweep.losses}) > 1
    assert state() == before


def test_fastais_optimizer_accumulates_in_a_step_function_as_others_do():
    model = torch.nn.Linear(models.INPUTS, models.CLASSES)
    optimizer, calls = fastai.Adam(list(model.parameters()), lr=1e-3), []

    def step():
        calls.append(optimizer.hypers[0]["lr"])
        loss = functional.cross_entropy(model(X), Y)
        loss.backward()
        if len(calls) % 3 == 0:
            optimizer.step()
            optimizer.zero_grad()
        return loss

    sweep = lr_find(step=step, optimizer=optimizer, model=model, num_it=12, show=False).sweep
    assert calls[::3][: len(sweep)] == sweep.lrs.tolist()
    assert "step" not in vars(optimizer)


class KeepsRate(Callback):
    def before_batch(self):
        self.opt.set_hyper("lr", 1e-3)


class LateRate(Callback):
    order = 20_000

    def before_step(self):
        for hyper in self.opt.hypers:
            hyper["lr"] = 1e-3


class Quiet(Callback):
    pass


CALLBACKS = [
    ([KeepsRate], "the callback KeepsRate sets it"),
    ([LateRate], "the callback LateRate sets it"),
    ([GradientAccumulation, KeepsRate], "the callback KeepsRate sets it"),
    ([Quiet, KeepsRate], "the callback Quiet or the callback KeepsRate sets it"),
]


@pytest.mark.parametrize(("callbacks", "cause"), CALLBACKS)
def test_a_callback_that_sets_the_rate_is_named(rig, callbacks, cause):
    rig.learn.add_cbs([each() for each in callbacks])
    before = rig.bits()
    message = "learn must train at the rate that the sweep has set, 1e-06 in group 0, got 0.001: "
    with pytest.raises(ValueError, match="^" + re.escape(message + cause)) as caught:
        rig.find()
    assert rig.bits() == before
    picker = caught.value.picker
    assert (picker.status, picker.value, len(picker.sweep)) == ("failed", None, 0)
    for each in callbacks:
        if each is not GradientAccumulation:
            each.runs_in_lr_find = False
    try:
        assert rig.find().status == "finished"
    finally:
        for each in callbacks:
            if each is not GradientAccumulation:
                del each.runs_in_lr_find


def test_a_schedule_that_is_kept_in_is_named(rig):
    schedule = ParamScheduler({"lr": SchedCos(1e-3, 1e-5)})
    schedule.runs_in_lr_find = True
    rig.learn.add_cb(schedule)
    with pytest.raises(ValueError, match="the callback ParamScheduler sets it"):
        rig.find(num_it=100)


def test_a_hook_in_the_optimizer_that_fastai_wraps_is_found(rig):
    def make(params, lr):
        made = fastai.OptimWrapper(params, torch.optim.SGD, lr=lr)
        made.opt.register_step_pre_hook(lambda it, *_: it.param_groups[0].update(lr=0.5))
        return made

    rig.learn.opt_func = make
    with pytest.raises(ValueError, match="or a hook of the SGD within it, sets the rate"):
        rig.find()
    assert rig.learn.opt is None


def test_accumulation_over_batches_is_no_fault(rig):
    rig.learn.add_cb(GradientAccumulation(16))
    assert rig.find().status == "finished"


def test_an_optimizer_with_a_rate_of_its_own_is_refused(rig):
    decaying = functools.partial(torch.optim.Adagrad, lr_decay=0.1)
    rig.learn.opt_func = functools.partial(fastai.OptimWrapper, opt=decaying)
    with pytest.raises(ValueError, match=r"^learn\.opt must train at the rate of its groups"):
        rig.find()
    assert rig.learn.opt is None


def test_an_optimizer_that_a_callback_puts_in_is_watched_too(rig):
    class Renews(Callback):
        def before_batch(self):
            if self.train_iter == 3:
                self.learn.opt = self.learn.opt_func(self.splitter(self.model), lr=0.5)

    rig.learn.add_cb(Renews())
    with pytest.raises(ValueError, match=r"got 0\.5: the callback Renews sets it"):
        rig.find()
    assert rig.learn.opt is None
