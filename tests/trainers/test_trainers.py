"""What subclasses Transformers' Trainer, and optimizers of 8 bits: `make trainers` installs them.

Each with the first lines of its own documentation, a tiny model and data in memory: the sweep's
losses are those that its own log would have, and the next `train()` is the one without a sweep.
"""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from lr_widget import lr_find
from lr_widget.testing.bits import bits, random_bits, seed_all
from tests.support.trainer_state import is_measured

pytestmark = [
    pytest.mark.trainers,
    pytest.mark.filterwarnings("ignore"),  # others' libraries, and what they import
]

SWEEP = {"start_lr": 1e-6, "end_lr": 1e-1, "num_it": 12, "show": False, "stop_div": False}
WORDS = ["[PAD]", "[UNK]", "[EOS]", *"abcdefghijklmnop"]
ARGUMENTS = {
    "per_device_train_batch_size": 4,
    "num_train_epochs": 2,
    "logging_steps": 1,
    "save_strategy": "no",
    "disable_tqdm": True,
    "report_to": [],
    "use_cpu": True,
}


def tokenizer():
    import tokenizers

    vocabulary = {word: i for i, word in enumerate(WORDS)}
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return made


def fast_tokenizer():
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer(),
        pad_token="[PAD]",
        unk_token="[UNK]",
        eos_token="[EOS]",
        model_max_length=16,
    )


def texts(n):
    letters = WORDS[3:]
    return [" ".join(letters[(i * j) % 16] for j in range(2, 4 + i % 5)) for i in range(n)]


def causal():
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=len(WORDS), n_positions=16, n_embd=16, n_layer=1, n_head=2, bos_token_id=2,
        eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    return GPT2LMHeadModel(config)


def sft(folder, model=None, eval_dataset=None, **more):
    """TRL: supervised fine-tuning."""
    trl, datasets = pytest.importorskip("trl"), pytest.importorskip("datasets")
    return trl.SFTTrainer(
        model=causal() if model is None else model,
        args=trl.SFTConfig(output_dir=str(folder), max_length=16, bf16=False, **(ARGUMENTS | more)),
        train_dataset=datasets.Dataset.from_dict({"text": texts(24)}),
        eval_dataset=eval_dataset,
        processing_class=fast_tokenizer(),
    )


def sft_lora(folder):
    import peft

    config = peft.LoraConfig(r=2, target_modules=["c_attn"], task_type="CAUSAL_LM")
    return sft(folder, peft.get_peft_model(causal(), config))


def sentences(folder):
    """Sentence Transformers, with a loss that is a module."""
    st, datasets = pytest.importorskip("sentence_transformers"), pytest.importorskip("datasets")
    from sentence_transformers.losses import MultipleNegativesRankingLoss
    from sentence_transformers.models import StaticEmbedding

    model = st.SentenceTransformer(
        modules=[StaticEmbedding(tokenizer(), embedding_dim=8)], device="cpu"
    )
    data = {"anchor": texts(24), "positive": texts(24)[::-1]}
    return st.SentenceTransformerTrainer(
        model=model,
        args=st.SentenceTransformerTrainingArguments(output_dir=str(folder), **ARGUMENTS),
        train_dataset=datasets.Dataset.from_dict(data),
        loss=MultipleNegativesRankingLoss(model),
    )


TRAINERS = {
    "SFTTrainer": sft,
    "SFTTrainer, two batches to a step": lambda f: sft(f, gradient_accumulation_steps=2),
    "SFTTrainer with LoRA": sft_lora,
    "SentenceTransformerTrainer": sentences,
}


def make(name, folder):
    seed_all(3)
    return TRAINERS[name](folder)


def train(trainer):
    seed_all(4)
    trainer.train()
    optimizer = trainer.optimizer.optimizer
    log = trainer.state.log_history
    return {
        "model": bits(trainer.model.state_dict()),
        "optimizer": bits(optimizer.state_dict()),
        "random": random_bits(),
        "losses": [each["loss"] for each in log if "loss" in each],
    }


@pytest.mark.parametrize("name", TRAINERS)
def test_the_next_train_is_the_one_without_a_sweep(name, tmp_path):
    alone = train(make(name, tmp_path / "alone"))
    trainer = make(name, tmp_path / "swept")
    before = random_bits(), dict(vars(trainer)).keys()
    picker = lr_find(trainer, **SWEEP)
    assert (random_bits(), dict(vars(trainer)).keys()) == before
    assert len(picker.sweep) == 12
    after = train(trainer)
    assert {key for key in alone if alone[key] != after[key]} == set()


@pytest.mark.parametrize("name", TRAINERS)
def test_the_first_loss_is_the_one_that_the_trainer_logs_first(name, tmp_path):
    """The first step's loss is that of the start, whatever the rate."""
    logged = train(make(name, tmp_path / "alone"))["losses"][0]
    trainer = make(name, tmp_path / "swept")
    seed_all(4)
    assert lr_find(trainer, **SWEEP).sweep.losses[0] == logged


def test_the_metrics_of_a_trial_stand_in_the_table(tmp_path):
    trainer = make("SFTTrainer", tmp_path)
    trainer.eval_dataset = trainer.train_dataset
    trainer.compute_metrics = lambda prediction: {"texts": len(prediction.predictions)}
    picker = lr_find(trainer, **SWEEP)
    trials = picker.try_picks([(1e-3, 1e-3), (1e-2, 1e-2)])
    assert all(trial.finished for trial in trials)
    assert [trial.metrics["texts"] for trial in trials] == [24.0, 24.0]
    assert "texts" in str(picker.get_state()["_trials"])
    assert trainer.optimizer is None


@pytest.mark.parametrize("strategy", ["no", "epoch"])
def test_metrics_of_trls_own_stand_in_the_table(strategy, tmp_path):
    """As its log would have them, after each epoch; and nothing of ours stands in its log."""
    options = {"eval_strategy": strategy}
    trainer = make_with_evaluation(tmp_path / "tried", **options)
    picker = lr_find(trainer, **SWEEP)
    before = {mode: dict(gathered) for mode, gathered in trainer._metrics.items()}
    trials = picker.try_picks([(1e-3, 1e-3), (1e-2, 1e-2)], epochs=2)
    assert trainer._metrics == before
    assert trainer.state.log_history == []
    for trial in trials:
        by_hand = make_with_evaluation(
            tmp_path / "by hand", eval_strategy="epoch", learning_rate=trial.pick.hi
        )
        by_hand.train()
        logged = [each for each in by_hand.state.log_history if "eval_loss" in each]
        for name in ("mean_token_accuracy", "entropy"):
            told = [each.metrics[name] for each in trial.epochs]
            wanted = [each[f"eval_{name}"] for each in logged]
            # an evaluation of its own draws, and the next epoch is another one; ours draws nothing
            n = 1 if strategy == "no" else 2
            assert told[:n] == pytest.approx(wanted[:n], rel=1e-6)
        assert set(trial.metrics) == {"mean_token_accuracy", "entropy"}


def make_with_evaluation(folder, **options):
    datasets = pytest.importorskip("datasets")
    seed_all(3)
    valid = datasets.Dataset.from_dict({"text": texts(24)})
    return sft(folder, eval_dataset=valid, **options)


def test_the_log_of_a_run_that_is_left_is_trls_own(tmp_path):
    """Every four steps it evaluates, and after six of them, an epoch, we do."""
    options = {"eval_strategy": "steps", "eval_steps": 4}
    tried = make_with_evaluation(tmp_path / "tried", **options)
    seed_all(4)
    trials = lr_find(tried, **SWEEP).try_picks([(0.01, 0.01), (0.02, 0.02)], epochs=2, leave="best")
    by_hand = make_with_evaluation(
        tmp_path / "by hand", learning_rate=trials.best.pick.hi, **options
    )
    seed_all(4)
    by_hand.train()
    logs = [
        [
            {k: v for k, v in each.items() if not is_measured(k)}
            for each in trainer.state.log_history
        ]
        for trainer in (tried, by_hand)
    ]
    assert logs[0] == logs[1]
    assert tried._metrics == by_hand._metrics
    assert tried._total_train_tokens == by_hand._total_train_tokens


@pytest.mark.parametrize("name", ["GRPOTrainer", "RLOOTrainer"])
def test_trainers_that_learn_by_reward_are_known_by_their_names(name):
    from lr_widget.loops.transformers.checks import BY_REWARD

    trl = pytest.importorskip("trl")
    assert getattr(trl, name).__name__ in BY_REWARD


@pytest.mark.parametrize("optim", ["adamw_bnb_8bit", "lion_8bit"])
def test_an_optimizer_of_8_bits(optim, tmp_path):
    pytest.importorskip("bitsandbytes")
    from tests.support.trainers import make_trainer

    seed_all(3)
    results = []
    for swept in (False, True):
        trainer = make_trainer(tmp_path / str(swept), optim=optim)
        seed_all(4)
        if swept:
            try:
                picker = lr_find(trainer, **SWEEP)
            except NotImplementedError as error:
                pytest.skip(f"bitsandbytes has no such step on this device: {error}")
            assert picker.get_state()["_one_rate"] is True
            assert len(picker.sweep) == 12
        seed_all(4)
        trainer.train()
        results.append(bits(trainer.model.state_dict()))
    assert results[0] == results[1]
