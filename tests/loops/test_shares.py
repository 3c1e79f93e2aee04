"""A sweep of groups that are spread by a ratio, or of one group while the others stand still."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lr_widget import Sweep, lr_find, suggest
from lr_widget.loops.protocol import Group
from lr_widget.loops.step import StepLoop
from lr_widget.records.plan import Shares

SWEEP = {"start_lr": 1e-4, "end_lr": 1e-1, "num_it": 12, "show": False, "stop_div": False}


def network(frozen=()):
    model = torch.nn.Sequential(*(torch.nn.Linear(3, 3) for _ in range(3)))
    for index in frozen:
        model[index].requires_grad_(False)
    return model


def optimizer_of(model):
    """Returns an optimizer, and a list to which each step adds the rates of the groups."""
    named = [(f"part {i}", list(part.parameters())) for i, part in enumerate(model)]
    optimizer = torch.optim.SGD([{"params": p, "name": name} for name, p in named], lr=0.5)
    seen = []
    optimizer.register_step_pre_hook(
        lambda optimizer, *_: seen.append([group["lr"] for group in optimizer.param_groups])
    )
    return optimizer, seen


def pytorch(**options):
    model = network()
    optimizer, seen = optimizer_of(model)
    loader = DataLoader(TensorDataset(torch.randn(16, 3), torch.randn(16, 3)), batch_size=8)
    picker = lr_find(model, optimizer, torch.nn.functional.mse_loss, loader, **SWEEP, **options)
    return picker, seen


def stepper(model, optimizer):
    def step():
        optimizer.zero_grad()
        loss = model(torch.randn(8, 3)).square().mean()
        loss.backward()
        optimizer.step()
        return loss

    return step


def step_function(**options):
    model = network()
    optimizer, seen = optimizer_of(model)
    step = stepper(model, optimizer)
    return lr_find(step=step, optimizer=optimizer, model=model, **SWEEP, **options), seen


def fastai(**options):
    learner = pytest.importorskip("fastai.learner")
    from fastai.callback.core import Callback
    from fastai.data.core import DataLoaders

    seen = []

    class Watch(Callback):
        def before_step(self):
            seen.append([hyper["lr"] for hyper in self.learn.opt.hypers])

    model = network()
    loader = DataLoader(TensorDataset(torch.randn(16, 3), torch.randn(16, 3)), batch_size=8)
    learn = learner.Learner(
        DataLoaders(loader, loader),
        model,
        loss_func=torch.nn.functional.mse_loss,
        splitter=lambda model: [list(part.parameters()) for part in model],
        cbs=[Watch()],
    )
    return lr_find(learn, **SWEEP, **options), seen


LOOPS = [pytorch, step_function, fastai]


@pytest.mark.parametrize("run", LOOPS)
def test_spread_groups_keep_their_ratio_and_the_last_one_gets_the_rate_of_the_axis(run):
    picker, seen = run(spread=100)
    assert len(seen) == SWEEP["num_it"]
    for lr, rates in zip(picker.sweep.lrs.tolist(), seen, strict=True):
        assert rates[-1] == lr
        assert rates == pytest.approx([lr / 100, lr / 10, lr])
    assert picker.sweep.settings["spread"] == 100.0
    lo, hi = picker.suggestions["ours"].pick or (1.0, 100.0)
    assert hi / lo == pytest.approx(100)


@pytest.mark.parametrize("run", LOOPS)
def test_one_group_is_swept_while_the_others_stand_still(run):
    picker, seen = run(group=1)
    assert seen == [[0.0, lr, 0.0] for lr in picker.sweep.lrs.tolist()]
    assert picker.sweep.settings["group"] == 1


def test_the_pick_of_one_group_is_its_own_rate():
    lrs = torch.logspace(-7, 1, 100, dtype=torch.float64)
    losses = 2.5 - 1.6 * torch.sigmoid(3 * (lrs.log10() + 3)) + (4 * (lrs.log10() + 0.6)).exp()
    settings = {"group": 1, "num_it": 100}
    found = suggest(Sweep(lrs, losses, groups=["body", "head"], settings=settings))
    assert found.pick.lo == found.pick.hi == found.lr
    assert "Only head was swept" in found.reason


BAD = [
    ({"spread": 1}, ValueError, "spread must be above 1 and at most 1e+06, got 1.0"),
    ({"spread": "10"}, TypeError, "spread must be a real number, got '10'"),
    ({"group": -1}, ValueError, "group must be at least 0, got -1"),
    ({"group": 3}, ValueError, "group must be below the number of parameter groups 3, got 3"),
    ({"group": 1.0}, TypeError, "group must be an integer, got 1.0"),
    ({"group": 0, "spread": 10}, ValueError, "group must not be given with spread"),
]


@pytest.mark.parametrize(("options", "kind", "message"), BAD)
def test_shares_that_cannot_be_are_refused(options, kind, message):
    with pytest.raises(kind) as caught:
        pytorch(**options)
    assert message in str(caught.value)


def test_a_frozen_group_cannot_be_swept_nor_one_group_be_spread():
    groups = [Group("body", frozen=True), Group("head", frozen=False)]
    with pytest.raises(ValueError, match="group must be one that trains, got 0: 'body' is frozen"):
        Shares(group=0).check_groups(groups)
    with pytest.raises(ValueError, match="spread must be left out with fewer than two"):
        Shares(spread=10.0).check_groups(groups[1:])
    Shares(group=1).check_groups(groups)


def test_a_loop_that_does_not_set_each_groups_rate_is_refused():
    class Own(StepLoop):
        sets_group_lrs = False

    model = network()
    loop = Own(step=lambda: 1.0, optimizer=optimizer_of(model)[0], model=model)
    with pytest.raises(ValueError, match="spread must be left out for a loop that does not set"):
        lr_find(loop, spread=10, **SWEEP)


@pytest.mark.parametrize("form", ["pytorch", "step"])
def test_weights_that_decay_and_biases_that_do_not_have_one_rate(form):
    model, seen = network(), []
    weights, biases = ([p for p in model.parameters() if p.dim() == d] for d in (2, 1))
    groups = [{"params": weights, "weight_decay": 0.01}, {"params": biases, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.5)
    optimizer.register_step_pre_hook(
        lambda optimizer, *_: seen.append({group["lr"] for group in optimizer.param_groups})
    )
    loader = DataLoader(TensorDataset(torch.randn(16, 3), torch.randn(16, 3)), batch_size=8)
    step = stepper(model, optimizer)

    def find(**options):
        if form == "step":
            given = {"step": step, "optimizer": optimizer, "model": model}
            return lr_find(**given, **SWEEP, **options)
        return lr_find(model, optimizer, torch.nn.functional.mse_loss, loader, **SWEEP, **options)

    for options in ({"spread": 10}, {"group": 1}):
        with pytest.raises(ValueError, match="left out where the parameter groups are no layers"):
            find(**options)
    picker = find()
    assert picker.get_state()["_one_rate"] is True
    picker.value = (1e-4, 1e-3)
    assert picker.group_lrs == [1e-3, 1e-3]
    if form == "pytorch":
        seen.clear()
        trials = picker.try_picks([(1e-4, 1e-3), (1e-3, 1e-2)], valid=loader, epochs=5)
        assert [trial.group_lrs for trial in trials] == [(1e-3, 1e-3), (1e-2, 1e-2)]
        assert {len(rates) for rates in seen} == {1}
        assert max(max(rates) for rates in seen[: len(seen) // 2]) == pytest.approx(1e-3)
    else:
        given = []
        trials = picker.try_picks(
            [(1e-4, 1e-3), (1e-3, 1e-2)], fit=lambda p: given.append(p) or 1.0
        )
        assert [pick.group_lrs(2) for pick in given] == [[1e-3, 1e-3], [1e-2, 1e-2]]
        assert [trial.group_lrs for trial in trials] == [(1e-3, 1e-3), (1e-2, 1e-2)]
