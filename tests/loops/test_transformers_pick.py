"""Transformers: one rate where groups are no layers, the line of code, and the schedule."""

from __future__ import annotations

import pytest

pytest.importorskip("transformers")

import torch
from transformers import Trainer, TrainingArguments

from lr_widget import LRPicker, Sweep, lr_find, suggest
from lr_widget.loops.shown import fill_code
from tests.support.trainers import items, make_trainer, own_groups, rates_of_steps

pytestmark = pytest.mark.thorough

SWEEP = {"start_lr": 1e-5, "end_lr": 1e-1, "num_it": 40, "show": False, "stop_div": False}


class Layers(Trainer):
    """With groups of layers, made where the Trainer makes its own."""

    def create_optimizer(self, model=None):
        if self.optimizer is None:
            self.optimizer = own_groups(self.model)[0]
        return self.optimizer


class OwnRate(Trainer):
    """With a rate of its own, and an optimizer that it keeps."""

    def create_optimizer(self, model=None):
        if self.optimizer is None:
            self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)
        return self.optimizer


class AnewByTheArgument(Trainer):
    """Makes its optimizer in every `train()`, at the rate of the arguments."""

    def create_optimizer(self, model=None):
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=self.args.learning_rate)
        return self.optimizer


class AnewAtItsRate(Trainer):
    """Makes its optimizer in every `train()`, at a rate of its own."""

    groups = 1

    def create_optimizer(self, model=None):
        if self.groups == 1:
            self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)
        else:
            self.optimizer = own_groups(self.model)[0]
        return self.optimizer


def test_groups_with_and_without_decay_have_one_rate(tmp_path):
    picker = lr_find(make_trainer(tmp_path), **SWEEP)
    assert picker.sweep.groups == ("weight decay", "no weight decay")
    assert picker.sweep.settings["frozen"] == [False, False]
    assert picker.sweep.optimizer == "AdamW"
    lo, hi = picker.value
    assert lo == hi
    assert picker.group_lrs == [hi, hi]
    assert picker.get_state()["_one_rate"] is True
    for suggestion in picker.suggestions.values():
        assert suggestion.pick is None or suggestion.pick.lo == suggestion.pick.hi
    assert "no layers" in picker.suggestions["ours"].reason
    assert "first layers" not in str(picker)
    assert picker._summary().endswith(f"Suggested: {format(hi, '.1e').replace('e-0', 'e-')}.")


def test_a_pick_of_two_rates_trains_all_at_the_right_one(tmp_path):
    picker = lr_find(make_trainer(tmp_path), **SWEEP)
    picker.value = (1e-5, 1e-3)
    assert picker.group_lrs == [1e-3, 1e-3]


def test_a_saved_sweep_knows_that_it_has_one_rate(tmp_path):
    sweep = lr_find(make_trainer(tmp_path), **SWEEP).sweep
    sweep.save(tmp_path / "sweep.json")
    loaded = Sweep.load(tmp_path / "sweep.json")
    assert loaded.settings.one_rate
    picker = LRPicker(loaded)
    assert picker.get_state()["_one_rate"] is True
    pick = suggest(loaded).pick
    assert pick.lo == pick.hi


@pytest.mark.parametrize(("name", "value"), [("spread", 10.0), ("group", 0)])
def test_spread_and_group_are_refused_where_groups_are_no_layers(name, value, tmp_path):
    trainer = make_trainer(tmp_path)
    match = f"{name} must be left out where the parameter groups are no layers.*'weight decay'"
    with pytest.raises(ValueError, match=match):
        lr_find(trainer, **SWEEP, **{name: value})
    assert trainer.optimizer is None


@pytest.mark.parametrize("earlier", [False, True], ids=["fresh", "trained"])
@pytest.mark.parametrize("way", ["optimizers", "create_optimizer"])
def test_groups_of_ones_own_are_layers(way, earlier, tmp_path):
    if way == "optimizers":
        trainer = make_trainer(tmp_path, optimizers=own_groups)
    else:
        trainer = make_trainer(tmp_path, "bert", Layers)
    if earlier:
        trainer.train()
    picker = lr_find(trainer, **SWEEP)
    assert picker.sweep.groups == ("bert", "classifier")
    lo, hi = picker.value
    assert lo < hi
    assert picker.group_lrs == [lo, hi]
    assert picker.get_state()["_one_rate"] is False
    spread = lr_find(trainer, **SWEEP, spread=10.0)
    assert spread.sweep.settings.spread == 10
    assert lr_find(trainer, **SWEEP, group=1).status == "finished"


def test_one_group_of_ones_own_is_one_group(tmp_path):
    def optimizers(model):
        return torch.optim.SGD(model.parameters(), lr=0.1), None

    picker = lr_find(make_trainer(tmp_path, optimizers=optimizers), **SWEEP)
    assert len(picker.sweep.groups) == 1
    assert picker.get_state()["_one_rate"] is False


def test_decay_and_no_decay_are_no_layers_whoever_has_made_them(tmp_path):
    def optimizers(model):
        names = {n for n, p in model.named_parameters() if p.dim() > 1}
        parts = [
            {"params": [p for n, p in model.named_parameters() if n in names]},
            {"params": [p for n, p in model.named_parameters() if n not in names]},
        ]
        return torch.optim.AdamW(parts, lr=1e-3), None

    picker = lr_find(make_trainer(tmp_path, optimizers=optimizers), **SWEEP)
    assert picker.get_state()["_one_rate"] is True


def test_trials_of_picks_that_differ_at_the_left_only_are_refused(tmp_path):
    picker = lr_find(make_trainer(tmp_path, eval_dataset=items(9)), **SWEEP)
    with pytest.raises(ValueError, match="picks must differ in the rates that train"):
        picker.try_picks([(1e-5, 1e-3), (1e-4, 1e-3)])


@pytest.mark.parametrize("earlier", [False, True], ids=["fresh", "trained"])
@pytest.mark.parametrize(
    "way",
    [
        "the trainer's",
        "optimizers",
        "create_optimizer",
        "one group",
        "a schedule",
        "a class with lr",
        "a class without lr",
        "a class with lr as the argument",
        "a rate of its own",
        "made anew by the argument",
    ],
)
def test_the_line_of_code_trains_at_the_pick(way, earlier, tmp_path):
    def one_group(model):
        return torch.optim.SGD(model.parameters(), lr=0.1), None

    def scheduled(model):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 0.5)

    options = {"lr_scheduler_type": "linear", "warmup_steps": 2}
    given = {"optimizers": own_groups, "one group": one_group, "a schedule": scheduled}.get(way)
    own = {
        "create_optimizer": Layers,
        "a rate of its own": OwnRate,
        "made anew by the argument": AnewByTheArgument,
    }
    cls = own.get(way, Trainer)
    more = {} if given is None else {"optimizers": given}
    if way.startswith("a class"):
        keywords = {"a class with lr": {"lr": 1e-3}, "a class without lr": {}}
        of_argument = {"lr": TrainingArguments.learning_rate}
        more = {"optimizer_cls_and_kwargs": (torch.optim.AdamW, keywords.get(way, of_argument))}
    trainer = make_trainer(tmp_path, "bert", cls, **options, **more)
    if earlier:
        trainer.train()
    picker, kept = lr_find(trainer, **SWEEP), trainer.optimizer
    pick = (2e-4, 2e-3)
    picker.value = pick
    code = fill_code(picker.get_state()["_code"], pick, len(picker.sweep.groups))
    with rates_of_steps() as seen:
        exec(code, {"trainer": trainer, "picker": picker})
    if earlier and given is None:
        assert trainer.optimizer is not kept  # nor its moments
    peak = [max(rates) for rates in zip(*seen, strict=True)]
    if way in ("optimizers", "create_optimizer"):
        assert peak == [2e-4, 2e-3]
    else:
        assert set(peak) == {2e-3}
    assert len(seen) == 12
    assert seen[0][0] < seen[2][0] > seen[-1][0]  # the warm-up, and the fall


@pytest.mark.parametrize("earlier", [False, True], ids=["fresh", "trained"])
@pytest.mark.parametrize("groups", [1, 2])
def test_where_no_line_can_train_at_the_pick_it_says_why_and_trains_nothing(
    groups, earlier, tmp_path
):
    trainer = make_trainer(tmp_path, "bert", AnewAtItsRate, eval_dataset=items(9))
    trainer.groups = groups
    if earlier:
        trainer.train()
    picker = lr_find(trainer, **SWEEP)
    picker.value = (2e-4, 2e-3)
    code = fill_code(picker.get_state()["_code"], picker.value, groups)
    rates = "2e-3" if groups == 1 else "picker.group_lrs"
    note = f"# have create_optimizer() set {rates}, not its own; then: trainer.train()"
    assert code == ("trainer.optimizer = None; " if earlier else "") + note
    trials = picker.try_picks([(1e-4, 1e-3), (1e-3, 1e-2)], planned=3)
    best = "trials.best.pick.hi" if groups == 1 else "trials.best.group_lrs"
    after = picker._trials["code"]
    assert after.startswith("trainer.args.num_train_epochs = 3; ")
    assert after.endswith(note.replace(rates, best))
    with rates_of_steps() as seen:
        for line in (code, after):
            exec(line, {"trainer": trainer, "picker": picker, "trials": trials})
    assert seen == []


def test_looking_for_a_line_changes_no_groups_that_the_user_keeps(tmp_path):
    class Keeps(Trainer):
        def create_optimizer(self, model=None):
            if self.optimizer is None:
                self.optimizer = torch.optim.SGD(self.parts, lr=self.args.learning_rate)
            return self.optimizer

    trainer = make_trainer(tmp_path, "bert", Keeps)
    trainer.parts = [{"params": list(trainer.model.parameters())}]
    lr_find(trainer, **SWEEP)
    with rates_of_steps() as seen:
        trainer.train()
    assert max(rates[0] for rates in seen) == trainer.args.learning_rate


def test_the_line_is_the_one_that_people_know(tmp_path):
    trainer = make_trainer(tmp_path)
    code = lr_find(trainer, **SWEEP).get_state()["_code"]
    assert fill_code(code, (2.4e-5, 2.4e-5), 2) == (
        "trainer.args.learning_rate = 2.4e-5; trainer.train()"
    )
    trainer.train()
    code = lr_find(trainer, **SWEEP).get_state()["_code"]
    assert fill_code(code, (2.4e-5, 2.4e-5), 2) == (
        "trainer.args.learning_rate = 2.4e-5; trainer.optimizer = None; trainer.train()"
    )


@pytest.mark.parametrize(
    "kind", ["linear", "cosine", "constant", "constant_with_warmup", "polynomial"]
)
def test_the_schedule_on_the_page_is_that_of_the_training(kind, tmp_path):
    trainer = make_trainer(tmp_path, lr_scheduler_type=kind, warmup_steps=3)
    shown = lr_find(trainer, **SWEEP).get_state()["_schedule"]
    with rates_of_steps() as seen:
        trainer.train()
    for i, rates in enumerate(seen):
        nearest = min(shown, key=lambda point: abs(point[0] - i / len(seen)))
        assert rates[0] / 5e-5 == pytest.approx(nearest[1], abs=0.03)


def test_a_schedule_that_is_not_known_by_its_name_is_not_shown(tmp_path):
    trainer = make_trainer(tmp_path, lr_scheduler_type="inverse_sqrt", warmup_steps=3)
    assert lr_find(trainer, **SWEEP).get_state()["_schedule"] is None
