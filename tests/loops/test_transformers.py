"""Transformers' Trainer: the curve of the real training, and no trace of it afterwards."""

import pytest

pytest.importorskip("transformers")

import torch
from transformers import TrainerCallback

from lr_widget import lr_find
from lr_widget.loops.transformers import TransformersLoop
from lr_widget.testing.bits import bits
from tests.support import hf

SHORT = {"num_it": 12, "show": False, "seed": 0}


pytestmark = pytest.mark.usefixtures("old_garbage_left_alone")


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


class PerSample(torch.nn.Module):
    """A loss function of the user's own, which knows of `num_items_in_batch`."""

    def forward(self, outputs, labels, num_items_in_batch=None):
        loss = torch.nn.functional.cross_entropy(outputs["logits"], labels, reduction="sum")
        return loss / (len(labels) if num_items_in_batch is None else num_items_in_batch)


class AtRates(TrainerCallback):
    """Sets the rates of a sweep, so that a plain `train()` is the same run."""

    def __init__(self, lrs):
        self.lrs = list(lrs)

    def on_pre_optimizer_step(self, args, state, control, optimizer=None, **_):
        for group in optimizer.param_groups:
            group["lr"] = self.lrs[state.global_step]


FAMILIES = {
    "bert": ("bert", None),
    "causal": ("causal", None),
    "plain": ("plain", None),
    "loss function": ("bert", PerSample()),
}


@pytest.mark.parametrize("accumulation", [1, 2])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_loss_is_the_one_that_the_trainer_logs(tmp_path, family, accumulation):
    model, function = FAMILIES[family]

    def trainer(**more):
        return hf.make_trainer(
            tmp_path, model, gradient_accumulation_steps=accumulation, max_steps=12,
            compute_loss_func=function, **more,
        )  # fmt: skip

    sweep = lr_find(trainer(), num_it=12, show=False, stop_div=False).sweep
    by_hand = trainer(callbacks=[AtRates(sweep.lrs)])
    by_hand.train()
    logged = [entry["loss"] for entry in by_hand.state.log_history if "loss" in entry]
    assert len(sweep.losses) == len(logged) == 12
    assert sweep.losses == pytest.approx(logged, abs=1e-4)  # the log is rounded


def fresh(folder, **more):
    return hf.make_trainer(folder, **more)


def after_a_train(folder):
    trainer = fresh(folder)
    trainer.train()
    return trainer


def own_groups(folder):
    model = hf.plain()
    groups = [{"params": model.embedding.parameters()}, {"params": model.head.parameters()}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3)
    return fresh(folder, family="plain", model=model, optimizers=(optimizer, None))


def lora(folder):
    peft = pytest.importorskip("peft")
    torch.manual_seed(0)
    config = peft.LoraConfig(r=2, target_modules=["query", "value"], task_type="SEQ_CLS")
    return fresh(folder, model=peft.get_peft_model(hf.bert(), config))


TRAINERS = {
    "fresh": fresh,
    "causal": lambda folder: fresh(folder, family="causal"),
    "after a train": after_a_train,
    "accumulation": lambda folder: fresh(folder, gradient_accumulation_steps=2),
    "own groups": own_groups,
    "bf16": lambda folder: fresh(folder, bf16=True),
    "LoRA": lora,
}


@pytest.mark.parametrize("name", TRAINERS)
@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # PEFT's own
def test_the_next_train_is_the_one_without_a_sweep(tmp_path, capfd, name):
    ends = []
    for sweeps in (False, True):
        folder = tmp_path / str(sweeps)
        trainer = TRAINERS[name](folder)
        torch.manual_seed(5)
        if sweeps:
            capfd.readouterr()
            before = hf.state(trainer, folder)
            picker = lr_find(trainer, num_it=30, show=False, stop_div=False)
            assert len(picker.sweep.lrs) == 30
            assert hf.state(trainer, folder) == before
            assert capfd.readouterr() == ("", "")
        trainer.train()
        inner = trainer.optimizer.optimizer
        ends.append(
            (
                bits(trainer.model.state_dict()),
                bits(inner.state_dict()),
                bits(torch.get_rng_state()),
                trainer.state.global_step,
                hf.log_of(trainer),
            )
        )
    assert ends[0] == ends[1]


class Break(TrainerCallback):
    """Raises in the middle of a sweep."""

    def __init__(self, error):
        self.error = error

    def on_step_begin(self, args, state, control, **_):
        if state.global_step == 5:
            raise self.error


class Nan(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, outputs, labels, **_):
        self.calls += 1
        loss = torch.nn.functional.cross_entropy(outputs["logits"], labels)
        return loss * float("nan") if self.calls == 6 else loss


class Collate:
    def __init__(self):
        self.calls = 0

    def __call__(self, rows):
        self.calls += 1
        if self.calls == 6:
            raise ValueError("no such row")
        ids = torch.stack([row["input_ids"] for row in rows])
        return {"input_ids": ids, "labels": torch.tensor([row["labels"] for row in rows])}


ENDINGS = {
    "diverged": ({}, {"num_it": 100, "end_lr": 1e4}, "diverged", None),
    "NaN": ({"compute_loss_func": Nan}, {}, "non-finite loss", None),
    "interrupt": ({"callbacks": lambda: [Break(KeyboardInterrupt())]}, {}, None, KeyboardInterrupt),
    "callback": ({"callbacks": lambda: [Break(ValueError("mine"))]}, {}, None, ValueError),
    "collator": ({"data_collator": Collate}, {}, None, ValueError),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_however_a_sweep_ends_nothing_of_it_stays(tmp_path, ending):
    given, options, reason, error = ENDINGS[ending]
    trainer = hf.make_trainer(tmp_path, **{name: make() for name, make in given.items()})
    before = hf.state(trainer, tmp_path)
    if error is None:
        assert lr_find(trainer, **{**SHORT, **options}).sweep.stop_reason == reason
    else:
        with pytest.raises(error):
            lr_find(trainer, **SHORT)
    assert hf.state(trainer, tmp_path) == before
    assert trainer.optimizer is trainer.lr_scheduler is None


def test_a_sweep_writes_evaluates_and_saves_nothing(tmp_path):
    seen = []

    class Note(TrainerCallback):
        def on_log(self, *_, **__):
            seen.append("log")

        def on_save(self, *_, **__):
            seen.append("save")

        def on_evaluate(self, *_, **__):
            seen.append("evaluate")

    trainer = hf.make_trainer(
        tmp_path,
        callbacks=[Note()],
        eval_dataset=hf.items(n=8),
        eval_strategy="steps",
        eval_steps=1,
        save_strategy="steps",
        save_steps=1,
        load_best_model_at_end=True,
    )
    lr_find(trainer, **SHORT)
    assert (seen, list(tmp_path.rglob("*.*"))) == ([], [])
    assert trainer.state.log_history == []


def test_nothing_is_printed_by_a_trainer_that_announces_its_training(tmp_path, capfd):
    trainer = hf.make_trainer(tmp_path, log_level="info", disable_tqdm=False)
    capfd.readouterr()
    lr_find(trainer, **SHORT)
    assert capfd.readouterr() == ("", "")


def test_decay_and_no_decay_are_no_layers(tmp_path):
    trainer = hf.make_trainer(tmp_path)
    picker = lr_find(trainer, num_it=60, end_lr=100.0, show=False, seed=0)
    assert picker.sweep.groups == ("weight decay", "no weight decay")
    picker.value = (1e-5, 2e-3)
    assert picker.group_lrs == [2e-3, 2e-3]
    for wish in ({"spread": 10.0}, {"group": 1}):
        with pytest.raises(ValueError, match="groups are no layers"):
            lr_find(trainer, **SHORT, **wish)


def test_groups_of_the_users_own_may_have_rates_of_their_own(tmp_path):
    picker = lr_find(own_groups(tmp_path), **SHORT, spread=10.0)
    picker.value = (1e-4, 1e-3)
    assert picker.group_lrs == pytest.approx([1e-4, 1e-3])


@pytest.mark.parametrize("name", ["fresh", "after a train", "own groups"])
def test_the_line_of_code_trains_at_the_pick(tmp_path, name):
    trainer = TRAINERS[name](tmp_path)
    picker = lr_find(trainer, **SHORT)
    picker.value = (1e-3, 1e-3)
    kept = trainer.optimizer
    line = TransformersLoop(trainer).code_line().replace("{hi}", "1e-3")
    trainer.args.lr_scheduler_type = "constant"
    exec(line, {"trainer": trainer, "picker": picker})
    assert [group["lr"] for group in trainer.optimizer.param_groups] == [1e-3, 1e-3]
    assert kept is None or name == "own groups" or trainer.optimizer is not kept


REFUSED = {
    "auto_find_batch_size": lambda t: setattr(t.args, "auto_find_batch_size", True),
    "model_init": lambda t: setattr(t, "model_init", hf.bert),
    "DeepSpeed": lambda t: setattr(t, "is_deepspeed_enabled", True),
    "FSDP": lambda t: setattr(t, "is_fsdp_enabled", True),
    "train on one device": lambda t: setattr(t.args, "_n_gpu", 2),
    "optim='lomo'": lambda t: setattr(t.args, "optim", "lomo"),
    "train_dataset": lambda t: setattr(t, "train_dataset", None),
}


@pytest.mark.parametrize("word", REFUSED)
def test_what_cannot_be_swept_is_refused_before_anything_is_touched(tmp_path, word):
    trainer = hf.make_trainer(tmp_path)
    REFUSED[word](trainer)
    before = hf.state(trainer, tmp_path)
    with pytest.raises(ValueError, match=word):
        lr_find(trainer, **SHORT)
    assert hf.state(trainer, tmp_path) == before
