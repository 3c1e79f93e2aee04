"""Transformers: after a sweep, `trainer.train()` is bit for bit what it would have been."""

from __future__ import annotations

import signal
import warnings

import pytest

pytest.importorskip("transformers")

import torch
from transformers import DataCollatorWithPadding, Trainer, TrainerCallback
from transformers.trainer_callback import EarlyStoppingCallback, ExportableState

from lr_widget import lr_find
from tests.support.trainer_state import train_with_and_without
from tests.support.trainers import Linear, bert, items, make_trainer, own_groups

pytestmark = pytest.mark.thorough

SWEEP = {"start_lr": 1e-5, "end_lr": 1e-2, "num_it": 15, "show": False}


def check(tmp_path, make, *, sweep=lambda trainer: lr_find(trainer, **SWEEP), earlier=False):
    """Train with and without a sweep before it, from the same start."""
    assert train_with_and_without(tmp_path, make, sweep, earlier=earlier) == set()


class Noisy(TrainerCallback, ExportableState):
    """A callback of the user's, with a state."""

    def __init__(self):
        self.seen = []
        self.sums = {"losses": 0}

    def on_step_end(self, args, state, control, model=None, **_):
        self.seen.append(state.global_step)
        self.sums["losses"] += 1
        control.should_save = control.should_log = control.should_evaluate = True
        return control

    def state(self):
        return {"args": {}, "attributes": {"seen": list(self.seen)}}


class Collator:
    """Draws, and counts."""

    def __init__(self):
        self.generator = torch.Generator().manual_seed(1)
        self.calls = 0

    def __call__(self, features):
        self.calls += 1
        words = torch.stack([each["input_ids"] for each in features])
        words[torch.rand(words.shape, generator=self.generator) < 0.2] = 1
        return {"input_ids": words, "labels": torch.tensor([each["labels"] for each in features])}


class Drawing(torch.utils.data.Dataset):
    """A dataset with a generator of its own."""

    def __init__(self):
        self.generator = torch.Generator().manual_seed(2)
        self.items = items()

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        words = torch.randint(1, 50, (8,), generator=self.generator)
        return {"input_ids": words, "labels": self.items[index]["labels"]}


def lora():
    peft = pytest.importorskip("peft")
    config = peft.LoraConfig(r=2, target_modules=["query", "value"], task_type="SEQ_CLS")
    with warnings.catch_warnings():  # peft 0.21.2 asks transformers 5.24 by a name of before
        warnings.simplefilter("ignore", FutureWarning)
        return peft.get_peft_model(bert(), config)


EVAL = {"eval_dataset": items(9), "eval_strategy": "steps", "eval_steps": 3}
SETTINGS = {
    "plain": {},
    "language model": {"kind": "gpt2"},
    "accumulation": {"gradient_accumulation_steps": 3},
    "own optimizer": {"optimizers": lambda model: own_groups(model, amsgrad=True)},
    "bf16": {"bf16": True},
    "checkpoints, best model": EVAL
    | {"save_strategy": "steps", "save_steps": 3, "load_best_model_at_end": True},
    "one checkpoint": {"save_strategy": "epoch", "save_total_limit": 1},
    "evaluation at the start": EVAL | {"eval_on_start": True},
    "early stopping": EVAL | {"metric_for_best_model": "loss"},
    "own callback": {"eval_dataset": items(9)},
    "own collator": {"remove_unused_columns": False},
    "dataset that draws": {},
    "activation checkpointing": {"activation_checkpointing": True},
    "neftune": {"neftune_noise_alpha": 5.0},
    "data seed": {"data_seed": 7},
    "no seedable sampler": {"accelerator_config": {"use_seedable_sampler": False}},
    "group by length": {"train_sampling_strategy": "group_by_length"},
    "many epochs, few steps": {"max_steps": 3, "num_train_epochs": 100},
    "restarts": {"lr_scheduler_type": "cosine_with_restarts", "warmup_steps": 3},
    "plateau": EVAL
    | {"lr_scheduler_type": "reduce_lr_on_plateau", "metric_for_best_model": "loss"},
    "tokens counted": {"include_num_input_tokens_seen": "all"},
    "memory metrics": {"skip_memory_metrics": False},
    "Adafactor": {"optim": "adafactor"},
    "a worker": {"dataloader_num_workers": 1, "dataloader_persistent_workers": True},
}


# what is made anew for every Trainer, since it has a state
WITH_STATE = {
    "early stopping": lambda: {"callbacks": [EarlyStoppingCallback(early_stopping_patience=50)]},
    "own callback": lambda: {"callbacks": [Noisy()]},
    "own collator": lambda: {"data_collator": Collator()},
    "dataset that draws": lambda: {"train_dataset": Drawing()},
}


def maker(name):
    def make(folder):
        return make_trainer(folder, **SETTINGS[name], **WITH_STATE.get(name, dict)())

    return make


TRAINED = (
    "accumulation",
    "bf16",
    "own callback",
    "own optimizer",
    "neftune",
    "plain",
    "plateau",
    "checkpoints, best model",
    "Adafactor",
)


@pytest.mark.parametrize(
    ("name", "earlier"),
    [*((name, False) for name in SETTINGS), *((name, True) for name in TRAINED)],
)
def test_the_next_train_is_what_it_would_have_been(name, earlier, tmp_path):
    check(tmp_path, maker(name), earlier=earlier)


@pytest.mark.parametrize("earlier", [False, True], ids=["fresh", "trained"])
def test_an_adapter_of_peft(earlier, tmp_path):
    def make(folder):
        torch.manual_seed(0)
        return make_trainer(folder, model=lora(), gradient_accumulation_steps=2)

    check(tmp_path, make, earlier=earlier)


class Fails(Trainer):
    """Fails from a step of a sweep on, in one way or another."""

    fail = None
    at = 4

    def training_step(self, *args, **kwargs):
        loss = super().training_step(*args, **kwargs)
        if self.fail is not None and self.state.global_step >= self.at:
            return self.fail(loss)
        return loss


def raising(error):
    def fail(_loss):
        raise error

    return fail


def interrupt(loss):
    signal.raise_signal(signal.SIGINT)
    return loss


ENDS = {  # what happens, and what comes of it
    "NaN": (lambda loss: loss * float("nan"), "non-finite loss"),
    "divergence": (lambda loss: loss * 1e6, "diverged"),
    "ValueError": (raising(ValueError("on purpose")), ValueError),
    "StopIteration": (raising(StopIteration()), StopIteration),
    "KeyboardInterrupt": (raising(KeyboardInterrupt()), KeyboardInterrupt),
    "Ctrl-C": (interrupt, KeyboardInterrupt),
    "SystemExit": (raising(SystemExit(3)), SystemExit),
    "out of memory": (raising(torch.OutOfMemoryError("on purpose")), torch.OutOfMemoryError),
}


@pytest.mark.parametrize(
    ("end", "earlier"), [*((end, False) for end in ENDS), ("NaN", True), ("Ctrl-C", True)]
)
def test_whatever_ends_a_sweep(end, earlier, tmp_path):
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)

    fail, outcome = ENDS[end]

    def sweep(trainer):
        Fails.fail = staticmethod(fail)
        try:
            if isinstance(outcome, str):
                assert lr_find(trainer, **SWEEP).sweep.stop_reason == outcome
            else:
                with pytest.raises(outcome):
                    lr_find(trainer, **SWEEP)
        finally:
            Fails.fail = None

    options = {"bf16": True, "neftune_noise_alpha": 5.0, "gradient_accumulation_steps": 2}
    # a rise is one above the losses of the first ten steps
    kind = type("FailsLate", (Fails,), {"at": 11}) if end == "divergence" else Fails
    try:
        check(
            tmp_path,
            lambda folder: make_trainer(folder, "bert", kind, **options),
            sweep=sweep,
            earlier=earlier,
        )
    finally:
        signal.signal(signal.SIGINT, handler)


def test_an_exception_in_a_callback_or_in_the_collator(tmp_path):
    class Late(TrainerCallback):
        at = None

        def on_step_begin(self, args, state, control, **_):
            if state.global_step == self.at:
                raise ZeroDivisionError("in a callback")

    class Broken(Collator):
        at = None

        def __call__(self, features):
            if self.calls == self.at:
                raise ZeroDivisionError("in the collator")
            return super().__call__(features)

    for at in (Late, Broken):

        def sweep(trainer, at=at):
            at.at = 7
            with pytest.raises(ZeroDivisionError) as caught:
                lr_find(trainer, **SWEEP)
            at.at = None
            assert caught.value.picker.status == "failed"
            assert len(caught.value.picker.sweep) >= 5

        check(
            tmp_path / at.__name__,
            lambda folder: make_trainer(
                folder, callbacks=[Late()], data_collator=Broken(), remove_unused_columns=False
            ),
            sweep=sweep,
        )


def test_two_sweeps_between_two_trainings(tmp_path):
    def sweep(trainer):
        lr_find(trainer, **SWEEP, seed=1)
        lr_find(trainer, **SWEEP, repeats=2)

    check(tmp_path, make_trainer, sweep=sweep, earlier=True)


def test_an_evaluation_after_the_sweep_is_the_same_too(tmp_path):
    losses = []
    for swept in (False, True):
        trainer = make_trainer(tmp_path, eval_dataset=items(9))
        if swept:
            lr_find(trainer, **SWEEP)
        losses.append(trainer.evaluate()["eval_loss"])
    assert losses[0] == losses[1]


def test_training_that_was_interrupted_before_can_be_swept(tmp_path):
    trainer = make_trainer(tmp_path, "bert", Fails)
    Fails.fail = staticmethod(raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        trainer.train()
    Fails.fail = None
    assert trainer.is_in_train
    assert lr_find(trainer, **SWEEP).status == "finished"


@pytest.mark.parametrize("log_level", ["passive", "info"])
def test_nothing_is_written_printed_logged_or_evaluated(log_level, tmp_path, capfd):
    """The folder is not made anew, either."""
    events = []

    class Watched(TrainerCallback):
        def __getattribute__(self, name):  # what it held itself would be put back
            if name.startswith("on_"):
                events.append(name)
            return object.__getattribute__(self, name)

    folder = tmp_path / "out"
    trainer = make_trainer(
        folder,
        callbacks=[Watched()],
        eval_dataset=items(9),
        eval_strategy="steps",
        eval_steps=2,
        save_strategy="steps",
        save_steps=2,
        load_best_model_at_end=True,
        logging_first_step=True,
        disable_tqdm=False,
        log_level=log_level,
    )
    events.clear()
    capfd.readouterr()
    folder.rmdir()
    picker = lr_find(trainer, **SWEEP, stop_div=False)
    assert capfd.readouterr() == ("", "")
    assert not folder.exists()
    counts = {name: events.count(name) for name in set(events)}
    assert set(counts) == {
        "on_train_begin",
        "on_train_end",
        "on_epoch_begin",
        "on_epoch_end",
        "on_step_begin",
        "on_pre_optimizer_step",
        "on_optimizer_step",
        "on_step_end",
    }
    assert counts["on_step_end"] == len(picker.sweep) == 15


def test_callbacks_are_told_as_many_steps_as_there_are(tmp_path):
    planned = []

    class Plans(TrainerCallback):
        def on_train_begin(self, args, state, control, **_):
            planned.append((state.max_steps, state.num_train_epochs))

    trainer = make_trainer(tmp_path, callbacks=[Plans()])
    lr_find(trainer, **SWEEP)
    assert planned == [(15, 3)]  # 6 steps to an epoch


def test_no_item_of_a_data_set_is_copied(tmp_path):
    """Not even of one that is a short list, whose items could be looked at."""
    data = items()
    trainer = make_trainer(tmp_path, train_dataset=data, eval_dataset=data)
    from lr_widget.loops.transformers.loop import TransformersLoop
    from lr_widget.snapshot.snapshot import Snapshot

    snapshot = Snapshot(TransformersLoop(trainer).holders())
    held = {id(state.tensor) for state in snapshot._tensors.values()}
    assert held >= {id(p) for p in trainer.model.parameters()}
    assert not held & {id(each["input_ids"]) for each in data}
    snapshot.free()


def test_a_frozen_base_is_watched_and_not_copied(tmp_path, monkeypatch):
    from lr_widget.loops.transformers.loop import TransformersLoop
    from lr_widget.snapshot import guard
    from lr_widget.snapshot.snapshot import Snapshot

    monkeypatch.setattr(guard, "MIN_BYTES", 1)
    trainer = make_trainer(tmp_path, model=lora())
    snapshot = Snapshot(TransformersLoop(trainer).holders(), guards_frozen=True)
    assert snapshot._guards
    snapshot.free()
    assert lr_find(trainer, **SWEEP).status == "finished"


def test_padding_is_done_by_the_tokenizer_that_the_user_has(tmp_path):
    tokenizers = pytest.importorskip("tokenizers")
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[UNK]", *"abcdefgh"])}
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()

    def make(folder):
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=made, pad_token="[PAD]", unk_token="[UNK]", model_max_length=8
        )
        texts = ["a b c", "d", "e f g h", "h g", "b b b b b"] * 4
        data = [tokenizer(text) | {"labels": i % 2} for i, text in enumerate(texts)]
        return make_trainer(
            folder,
            train_dataset=data,
            processing_class=tokenizer,
            data_collator=DataCollatorWithPadding(tokenizer),
        )

    check(tmp_path, make)


def test_a_loss_function_that_is_a_module_is_put_back(tmp_path):
    class Margin(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, outputs, labels, num_items_in_batch=None):
            self.calls += 1
            return torch.nn.functional.cross_entropy(outputs["logits"], labels)

    margin = Margin()
    trainer = make_trainer(tmp_path, model=Linear(), compute_loss_func=margin)
    lr_find(trainer, **SWEEP)
    assert margin.calls == 0
