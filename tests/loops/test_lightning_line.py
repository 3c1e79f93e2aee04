"""Lightning: the line of code trains with the pick, whatever groups, schedule and settings."""

from __future__ import annotations

import pytest

pytest.importorskip("lightning")

import torch
from torch import nn

from lr_widget import lr_find
from tests.support.lightning_rig import unwarned
from tests.support.lits import INPUTS, Lit, Noam, Scheduled, TwoGroups, loader, make_trainer

SWEEP = {"start_lr": 1e-5, "end_lr": 1e-1, "num_it": 12, "show": False}


def decayed(module):
    """The groups of weights that decay and of the rest, as people write them."""
    named = list(module.named_parameters())
    decay = [p for name, p in named if p.dim() > 1]
    rest = [p for name, p in named if p.dim() <= 1]
    return [{"params": decay, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}]


class Decay(Lit):
    def configure_optimizers(self):
        return torch.optim.AdamW(decayed(self), lr=self.lr)


class FixedDecay(Lit):
    def configure_optimizers(self):
        return torch.optim.AdamW(decayed(self), lr=0.01)


class NoBiases(Decay):
    """No layer has parameters in both groups, but they take turns."""

    def __init__(self):
        super().__init__()
        linear, norm = nn.Linear(INPUTS, 8, bias=False), nn.BatchNorm1d(8)
        self.backbone = nn.Sequential(linear, norm, nn.Linear(8, 8, bias=False), nn.ReLU())
        self.head = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 3, bias=False))


def rates_of_fit(module, tmp_path, **options):
    """The rates of each step of a fit of an epoch, one list per group."""
    seen, configure = [], module.configure_optimizers

    def noting():
        made = configure()
        optimizer = made["optimizer"] if isinstance(made, dict) else made
        optimizer.register_step_pre_hook(
            lambda *_: seen.append([group["lr"] for group in optimizer.param_groups])
        )
        return made

    module.configure_optimizers = noting
    trainer = make_trainer(tmp_path, **{"max_epochs": 1, **options})
    with unwarned():
        trainer.fit(module, loader())
    return trainer, [list(rates) for rates in zip(*seen, strict=True)]


@pytest.mark.parametrize("kind", [Decay, NoBiases])
def test_groups_that_decay_and_do_not_have_one_rate(kind, tmp_path):
    module = kind()
    trainer = make_trainer(tmp_path)
    picker = lr_find(trainer, module, loader(), **SWEEP)
    assert picker.get_state()["_one_rate"] is True
    assert picker.sweep.settings.one_rate
    assert picker.value is None or picker.value[0] == picker.value[1]
    with pytest.raises(ValueError, match="spread must be left out where the parameter groups are"):
        lr_find(trainer, module, loader(), spread=10, **SWEEP)

    trials = picker.try_picks([(1e-4, 1e-3), (1e-3, 1e-2)])
    assert [trial.group_lrs for trial in trials] == [(1e-3,) * 2, (1e-2,) * 2]

    assert picker._code == "module.lr = picker.max_lr.stop"
    picker.value = (1e-4, 3e-3)
    exec(picker._code, {"module": module, "picker": picker})
    own, rates = rates_of_fit(module, tmp_path)
    assert rates == [[3e-3] * 5] * 2
    groups = own.optimizers[0].param_groups
    assert [group["weight_decay"] for group in groups] == [0.01, 0.0]


def test_a_trial_trains_all_of_them_at_the_rate_of_the_head(tmp_path):
    seen = []

    def note(optimizer, *_):
        seen.append([group["lr"] for group in optimizer.param_groups])

    module, trainer = Decay(), make_trainer(tmp_path)
    picker = lr_find(trainer, module, loader(), **SWEEP)
    configure = module.configure_optimizers

    def noting():
        optimizer = configure()
        optimizer.register_step_post_hook(note)
        return optimizer

    module.configure_optimizers = noting
    picker.try_picks([(1e-4, 1e-3), (1e-3, 1e-2)])
    assert seen == [[1e-3] * 2] * 5 + [[1e-2] * 2] * 5


def test_where_they_have_no_setting_the_line_keeps_what_the_groups_are(tmp_path):
    module = FixedDecay()
    picker = lr_find(make_trainer(tmp_path), module, loader(), **SWEEP)
    assert picker._code == "torch.optim.AdamW(groups, lr=picker.max_lr.stop)"
    picker.value = (1e-4, 3e-3)
    known = {"torch": torch, "groups": decayed(module), "picker": picker}
    module.configure_optimizers = lambda: eval(picker._code, known)
    own, rates = rates_of_fit(module, tmp_path)
    assert rates == [[3e-3] * 5] * 2
    groups = own.optimizers[0].param_groups
    assert [group["weight_decay"] for group in groups] == [0.01, 0.0]


class Factor(Scheduled):
    """A schedule whose peak is at another share of the optimizer's rate."""

    factors = (0.5, 0.5, 0.25)

    def scheduler(self, optimizer):
        factors = self.factors
        return torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: factors[min(step, len(factors) - 1)]
        )


class Beyond(Factor):
    factors = (1.0, 4.0, 2.0)


class ByEpoch(Factor):
    interval = "epoch"


class UpToOne(Factor):
    factors = (0.25, 0.5, 1.0)


class LongWarmUp(Scheduled):
    """Comes to its peak long after the first look would have ended."""

    def scheduler(self, optimizer):
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1e-3 * min(step, 2000))


class NeverThere(Scheduled):
    """Rises for longer than anybody looks ahead."""

    def scheduler(self, optimizer):
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1e-9 * (step + 1))


@pytest.mark.parametrize(
    ("kind", "over"),
    [
        (Noam, " / 0.005"),
        (Factor, " / 0.5"),
        (Beyond, " / 4"),
        (ByEpoch, " / 0.5"),
        (UpToOne, ""),
    ],
)
@pytest.mark.parametrize("options", [{}, {"max_steps": 5, "max_epochs": -1}], ids=["", "steps"])
def test_the_peak_of_the_schedule_is_the_pick(kind, over, options, tmp_path):
    module = kind()
    picker = lr_find(make_trainer(tmp_path, **options), module, loader(), **SWEEP)
    assert picker._code == f"module.lr = picker.max_lr.stop{over}"
    picker.value = (3e-4, 3e-3)
    exec(picker._code, {"module": module, "picker": picker})
    _, [rates] = rates_of_fit(module, tmp_path, **options)
    assert max(rates) == pytest.approx(3e-3)


@pytest.mark.parametrize(("kind", "over"), [(LongWarmUp, " / 2"), (NeverThere, "")])
def test_a_peak_is_looked_for_as_far_as_it_may_be(kind, over, tmp_path):
    picker = lr_find(make_trainer(tmp_path), kind(), loader(), **SWEEP)
    assert picker._code == f"module.lr = picker.max_lr.stop{over}"


def test_the_line_for_several_layers_has_their_peak_too(tmp_path):
    class Groups(Factor, TwoGroups):
        pass

    picker = lr_find(make_trainer(tmp_path), Groups(), loader(), **SWEEP)
    assert '{**g, "lr": lr / 0.5}' in picker._code


class Layers(Lit):
    """Has a number as large as its rate, which may not be doubled."""

    def __init__(self):
        super().__init__(lr=1.0)
        del self.lr
        self.layers, self.lr = 1, 1.0

    def configure_optimizers(self):
        if self.layers != 1:
            raise IndexError("there is one layer only")
        return torch.optim.SGD(self.parameters(), lr=self.lr)


def test_settings_that_cannot_be_doubled_are_passed_by(tmp_path):
    module = Layers()
    picker = lr_find(make_trainer(tmp_path), module, loader(), **SWEEP)
    assert picker._code == "module.lr = picker.max_lr.stop"
    assert (module.layers, module.lr) == (1, 1.0)
