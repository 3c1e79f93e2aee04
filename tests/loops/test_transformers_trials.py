"""Transformers: a trial trains at its pick, validates on what it was given, and writes nothing."""

from __future__ import annotations

import logging
import math

import pytest

pytest.importorskip("transformers")

import torch
from transformers import Trainer, TrainerCallback
from transformers.trainer_callback import EarlyStoppingCallback

from lr_widget import lr_find
from tests.support.trainer_state import files
from tests.support.trainers import (
    accuracy,
    decay_groups,
    items,
    make_trainer,
    own_groups,
    rates_of_steps,
)

pytestmark = pytest.mark.thorough

SWEEP = {"start_lr": 1e-5, "end_lr": 1e-1, "num_it": 12, "show": False, "stop_div": False}
PICKS = [(1e-3, 1e-3), (1e-2, 1e-2)]
SPREAD = [(1e-4, 1e-3), (1e-3, 1e-2)]
VALID = items(10, seed=9)


def make(folder, cls=Trainer, **options):
    return make_trainer(folder, "bert", cls, **({"eval_dataset": VALID} | options))


class OwnRate(Trainer):
    """Makes its optimizer anew in every `train()`, at a rate of its own."""

    def create_optimizer(self, model=None):
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)
        return self.optimizer


class OwnLayers(Trainer):
    """The same, with groups of layers."""

    def create_optimizer(self, model=None):
        self.optimizer = own_groups(self.model)[0]
        return self.optimizer


class KeptAtItsRate(Trainer):
    """Keeps an optimizer that is there, and sets its rates in every `train()`."""

    def create_optimizer(self, model=None):
        super().create_optimizer()
        for group in self.optimizer.param_groups:
            group["lr"] = 0.01
        return self.optimizer


def one_group(model):
    return torch.optim.SGD(model.parameters(), lr=0.1), None


WAYS = {
    "class with lr": (Trainer, {"optimizer_cls_and_kwargs": (torch.optim.AdamW, {"lr": 1e-3})}),
    "class without lr": (Trainer, {"optimizer_cls_and_kwargs": (torch.optim.AdamW, {})}),
    "made anew": (OwnRate, {}),
    "layers made anew": (OwnLayers, {}),
    "rates set anew": (KeptAtItsRate, {}),
    "rates set anew, own optimizer": (KeptAtItsRate, {"optimizers": one_group}),
    "made anew, own optimizer": (OwnRate, {"optimizers": own_groups}),
}


@pytest.mark.parametrize("earlier", [False, True], ids=["fresh", "trained"])
@pytest.mark.parametrize("way", WAYS)
def test_every_candidate_trains_at_its_pick_whoever_makes_the_optimizer(way, earlier, tmp_path):
    cls, options = WAYS[way]
    trainer = make(tmp_path, cls, warmup_steps=2, **options)
    if earlier:
        trainer.train()
    picker = lr_find(trainer, **SWEEP)
    picks = SPREAD if way == "layers made anew" else PICKS
    with rates_of_steps() as seen:
        trials = picker.try_picks(picks, epochs=1)
    runs = [seen[:6], seen[6:]]
    assert [[max(rates) for rates in zip(*run, strict=True)] for run in runs] == [
        list(trial.group_lrs) for trial in trials
    ]
    assert trials[0].train_losses.tolist() != trials[1].train_losses.tolist()
    assert "create_optimizer" not in vars(trainer)


def test_a_callback_that_sets_the_rate_in_a_trial_is_named(tmp_path):
    class Sets(TrainerCallback):
        runs_in_lr_find = False

        def on_pre_optimizer_step(self, args, state, control, optimizer=None, **_):
            optimizer.param_groups[0]["lr"] = 0.25

    picker = lr_find(make(tmp_path, callbacks=[Sets()]), **SWEEP)
    with pytest.raises(ValueError, match=r"got 0\.25 .*: the callback Sets sets it") as caught:
        picker.try_picks(PICKS)
    assert [trial.ended for trial in caught.value.trials] == ["stopped"]


def test_groups_that_a_callback_adds_have_the_rate_that_it_gives_them(tmp_path):
    class Unfreezes(TrainerCallback):
        runs_in_lr_find = False

        def on_epoch_end(self, args, state, control, model=None, optimizer=None, **_):
            held = {id(p) for group in optimizer.param_groups for p in group["params"]}
            new = [p for p in model.bert.parameters() if id(p) not in held]
            if new:
                optimizer.optimizer.add_param_group({"params": new, "lr": 1e-6})

    def head(model):
        return torch.optim.SGD(model.classifier.parameters(), lr=0.1), None

    # a schedule that bears another group
    options = {"lr_scheduler_type": "reduce_lr_on_plateau", "metric_for_best_model": "loss"}
    options |= {"eval_strategy": "epoch", "callbacks": [Unfreezes()]}
    trainer = make(tmp_path, optimizers=head, **options)
    picker = lr_find(trainer, **SWEEP)
    with rates_of_steps() as seen:
        picker.try_picks(PICKS, epochs=2)
    assert [rates[:1] for rates in seen] == [[1e-3]] * 12 + [[1e-2]] * 12
    assert {tuple(rates[1:]) for rates in seen} == {(), (1e-6,)}


def test_a_training_that_early_stopping_ends_in_its_warm_up_is_none_off_its_pick(tmp_path):
    class Ends(TrainerCallback):
        def on_epoch_end(self, args, state, control, **_):
            control.should_training_stop = True
            return control

    trainer = make(tmp_path, callbacks=[Ends()], warmup_steps=10)
    trials = lr_find(trainer, **SWEEP).try_picks(PICKS, epochs=2)
    assert [len(trial.train_losses) for trial in trials] == [6, 6]


@pytest.mark.parametrize(
    "kind",
    [
        "linear",
        "cosine",
        "cosine_with_restarts",
        "polynomial",
        "constant",
        "constant_with_warmup",
        "inverse_sqrt",
        "reduce_lr_on_plateau",
        "greedy",
        "cosine_with_min_lr",
        "cosine_warmup_with_min_lr",
        "warmup_stable_decay",
    ],
)
def test_the_peak_of_every_schedule_is_the_pick(kind, tmp_path):
    given = {
        "cosine_with_min_lr": {"min_lr": 1e-6},
        "cosine_warmup_with_min_lr": {"min_lr": 1e-6},
        "warmup_stable_decay": {"num_decay_steps": 2},
    }
    options = {"lr_scheduler_kwargs": given[kind]} if kind in given else {}
    plateau = kind in ("reduce_lr_on_plateau", "greedy")
    options |= {"eval_strategy": "epoch", "metric_for_best_model": "loss"} if plateau else {}
    trainer = make(tmp_path, lr_scheduler_type=kind, warmup_steps=3, **options)
    picker = lr_find(trainer, **SWEEP)
    with rates_of_steps() as seen:
        picker.try_picks(PICKS, epochs=1)
    assert [max(rates[0] for rates in run) for run in (seen[:6], seen[6:])] == [1e-3, 1e-2]


@pytest.mark.parametrize("steps", [6, 100])
def test_a_trial_that_is_over_before_its_warm_up_is_refused(steps, tmp_path):
    picker = lr_find(make(tmp_path, warmup_steps=steps), **SWEEP)
    enough = steps // 6 + 1
    match = (
        f"got {steps} steps of warm-up in a trial of 6 .epochs=1.: set it to a share of the "
        f"training, as warmup_steps=0.1, or try the picks for epochs={enough}"
    )
    with rates_of_steps() as seen, pytest.raises(ValueError, match=match):
        picker.try_picks(PICKS, epochs=1)
    assert seen == []
    if steps == 6:
        assert picker.try_picks(PICKS, epochs=enough).start_loss > 0


def test_a_share_of_the_training_that_is_all_of_it_is_refused_too(tmp_path):
    picker = lr_find(make(tmp_path, warmup_steps=0.9), **SWEEP)
    with pytest.raises(ValueError, match=r"got 6 steps of warm-up.*as warmup_steps=0\.1$"):
        picker.try_picks(PICKS, epochs=1)


def test_a_warm_up_that_the_schedule_has_not_is_no_obstacle(tmp_path):
    trainer = make(tmp_path, warmup_steps=100, lr_scheduler_type="constant")
    with rates_of_steps() as seen:
        lr_find(trainer, **SWEEP).try_picks(PICKS)
    assert [rates[0] for rates in seen[-12:]] == [1e-3] * 6 + [1e-2] * 6


@pytest.mark.parametrize("steps", [11, 12, 100])
def test_no_schedule_is_shown_of_a_training_that_is_over_before_its_warm_up(steps, tmp_path):
    trainer = make(tmp_path, warmup_steps=steps)  # of 12 steps
    shown = lr_find(trainer, **SWEEP).get_state()["_schedule"]
    assert (shown is None) == (steps >= 12)


class Saves(TrainerCallback):
    """Wants a checkpoint at an event, and notes whether there is one."""

    def __init__(self, event):
        self.saved = 0

        def save(args, state, control, **_):
            control.should_save = True
            return control

        setattr(self, event, save)

    def on_save(self, args, state, control, **_):
        self.saved += 1


class Adds(TrainerCallback):
    """Adds a callback once the training has begun: it comes last."""

    def __init__(self, event, added):
        self.trainer = None

        def add(args, state, control, **_):
            if added not in self.trainer.callback_handler.callbacks:
                self.trainer.add_callback(added)

        setattr(self, event, add)


EVENTS = ("on_step_end", "on_epoch_end", "on_log", "on_evaluate", "on_prediction_step")


@pytest.mark.parametrize("event", EVENTS)
def test_a_callback_that_wants_a_checkpoint_gets_none_from_a_trial(event, tmp_path):
    saves = Saves(event)
    options = {"eval_strategy": "steps", "eval_steps": 2, "save_strategy": "steps"}
    trainer = make(tmp_path, callbacks=[saves], **options)
    trainer.train()
    before, saved = files(tmp_path), saves.saved
    assert before
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    lr_find(trainer, **SWEEP).try_picks(PICKS, epochs=2)
    assert files(tmp_path) == before
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == times
    assert saves.saved == saved


@pytest.mark.parametrize("at", ["on_train_begin", "on_epoch_begin", "on_step_begin"])
@pytest.mark.parametrize("event", ["on_step_end", "on_epoch_end"])
def test_nor_does_one_that_is_added_meanwhile(event, at, tmp_path):
    saves = Saves(event)
    adds = Adds(at, saves)
    trainer = make(tmp_path, callbacks=[adds])
    adds.trainer = trainer
    lr_find(trainer, **SWEEP).try_picks(PICKS)
    assert files(tmp_path) == []
    assert saves.saved == 0
    assert saves not in trainer.callback_handler.callbacks


@pytest.mark.parametrize("loads", [True, False])
def test_early_stopping_warns_of_what_the_user_has_set_only(loads, tmp_path, caplog):
    options = {
        "eval_strategy": "epoch",
        "metric_for_best_model": "loss",
        "load_best_model_at_end": loads,
        "save_strategy": "epoch",
    }
    trainer = make(tmp_path, callbacks=[EarlyStoppingCallback(9)], **options)
    picker = lr_find(trainer, **SWEEP)
    log = logging.getLogger("transformers")
    log.addHandler(caplog.handler)
    try:
        picker.try_picks(PICKS, epochs=2)
    finally:
        log.removeHandler(caplog.handler)
    warned = ["load_best_model_at_end" in record.getMessage() for record in caplog.records]
    assert any(warned) is not loads
    assert files(tmp_path) == []


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.AdamW])
def test_the_users_split_by_decay_stays_the_users_after_an_earlier_training(kind, tmp_path):
    def optimizers(model):
        return kind(decay_groups(model), lr=1e-3), None

    trainer = make(tmp_path, optimizers=optimizers)
    own = trainer.optimizer
    trainer.train()
    held, steps = trainer.optimizer, []

    class Looks(TrainerCallback):
        runs_in_lr_find = False

        def on_step_end(self, args, state, control, optimizer=None, **_):
            steps.append(optimizer.optimizer)

    picker = lr_find(trainer, **SWEEP)
    assert picker.sweep.optimizer == kind.__name__
    assert "trainer.optimizer = None" not in picker.get_state()["_code"]
    trainer.add_callback(Looks())
    picker.try_picks(PICKS, leave="best")
    assert all(each is own for each in steps)
    assert steps
    assert getattr(trainer.optimizer, "optimizer", trainer.optimizer) is own
    assert held.optimizer is own


@pytest.mark.parametrize("lazily", [False, True], ids=["list", "iterator"])
def test_the_keywords_of_an_optimizers_class_are_as_they_were(lazily, tmp_path):
    model = make(tmp_path).model
    parts = [{"params": list(p.parameters()), "mark": i} for i, p in enumerate(model.children())]
    parts = [part for part in parts if part["params"]]
    keywords = {"params": iter(parts) if lazily else parts, "lr": 1e-3}
    trainer = make(tmp_path, model=model, optimizer_cls_and_kwargs=(torch.optim.AdamW, keywords))
    picker = lr_find(trainer, **SWEEP)
    picker.try_picks(PICKS)
    assert keywords.keys() == {"params", "lr"}
    assert [group.keys() for group in parts] == [{"params", "mark"}] * len(parts)
    trainer.train()
    assert [group["mark"] for group in trainer.optimizer.param_groups] == [
        part["mark"] for part in parts
    ]


def losses_by_hand(trainer, data):
    trainer.model.eval()
    return trainer.evaluate(eval_dataset=data)["eval_loss"]


@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
def test_other_data_are_validated_on_where_workers_stay(several, tmp_path):
    workers = {"dataloader_num_workers": 1, "dataloader_persistent_workers": True}
    others = {"a": items(6, seed=5), "b": items(7, seed=6)}
    valid = others if several else others["a"]
    alone = make(tmp_path)
    wanted = [losses_by_hand(alone, each) for each in (others["a"], others["b"])]
    trainer = make(tmp_path, **workers)
    trainer.evaluate()
    kept = dict(trainer._eval_dataloaders)
    picker = lr_find(trainer, **SWEEP)
    trials = picker.try_picks(PICKS, valid=valid)
    expected = sum(wanted) / 2 if several else wanted[0]
    assert trials.start_loss == pytest.approx(expected, rel=1e-6)
    assert trainer._eval_dataloaders == kept
    fresh = make(tmp_path, **workers)
    again = lr_find(fresh, **SWEEP).try_picks(PICKS, valid=valid)
    assert again.start_loss == trials.start_loss
    assert not hasattr(fresh, "_eval_dataloaders")


class Drawing(torch.utils.data.Dataset):
    """Draws what it gives, from a generator of its own."""

    def __init__(self):
        self.generator = torch.Generator().manual_seed(2)
        self.drawn = []

    def __len__(self):
        return 6

    def __getitem__(self, index):
        words = torch.randint(1, 50, (8,), generator=self.generator)
        self.drawn.append(int(words.sum()))
        return {"input_ids": words, "labels": index % 2}


@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
def test_what_is_validated_on_draws_the_same_for_every_candidate(several, tmp_path):
    data = Drawing()
    before = data.generator.get_state()
    picker = lr_find(make(tmp_path), **SWEEP)
    picker.try_picks(PICKS, valid={"a": data} if several else data)
    start, first, second = data.drawn[:6], data.drawn[6:12], data.drawn[12:]
    assert start == first == second
    assert torch.equal(data.generator.get_state(), before)


def loss_of_its_own(prediction):
    return {"hinge_loss": 7.0, **accuracy(prediction)}


@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
def test_a_metric_whose_name_ends_in_loss_is_no_loss(several, tmp_path):
    sets = {"a": VALID, "b": items(6, seed=5)}
    trainer = make(tmp_path, eval_dataset=sets if several else VALID)
    trainer.compute_metrics = loss_of_its_own
    trials = lr_find(trainer, **SWEEP).try_picks(PICKS)
    for trial in trials:
        if several:
            wanted = (trial.metrics["a_loss"] + trial.metrics["b_loss"]) / 2
            assert trial.valid_loss == pytest.approx(wanted)
        assert trial.valid_loss < 2


def test_without_labels_there_is_no_validation_loss(tmp_path):
    unlabelled = [{"input_ids": each["input_ids"]} for each in VALID]
    trainer = make(tmp_path, eval_dataset=unlabelled)
    evaluate = trainer.evaluate
    trainer.evaluate = lambda **options: evaluate(**options) | {"eval_hinge_loss": 7.0}
    trials = lr_find(trainer, **SWEEP).try_picks(PICKS)
    assert trials.start_loss is None
    assert all(math.isnan(trial.valid_loss) for trial in trials)
