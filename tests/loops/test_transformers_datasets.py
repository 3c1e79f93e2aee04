"""Transformers: whatever the data are and the model does with them, a sweep leaves no trace."""

from __future__ import annotations

import pytest

pytest.importorskip("transformers")

import torch
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    DataCollatorForLanguageModeling,
    DataCollatorForSeq2Seq,
    PreTrainedTokenizerFast,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    set_seed,
)

from lr_widget import lr_find
from tests.support.trainer_state import PICKS, SWEEP, check_no_trace, train_with_and_without
from tests.support.trainers import LENGTH, WORDS, items, make_trainer

pytestmark = pytest.mark.thorough


class Stream(torch.utils.data.IterableDataset):
    """Draws, and shuffles by the number of its epoch."""

    def __init__(self, n=11):
        self.generator = torch.Generator().manual_seed(3)
        self.epoch, self.n = 0, n

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        for item in items(self.n, seed=self.epoch):
            noise = torch.randint(1, WORDS, (LENGTH,), generator=self.generator)
            yield {"input_ids": noise, "labels": item["labels"]}


class Growing(torch.utils.data.Dataset):
    """A curriculum: a callback makes the items harder, epoch by epoch."""

    def __init__(self):
        self.items, self.generator = items(), torch.Generator().manual_seed(5)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        words = self.items[index]["input_ids"].clone()
        words[int(torch.randint(0, LENGTH, (), generator=self.generator))] = 1
        return {"input_ids": words, "labels": self.items[index]["labels"]}


class Twice:
    """A collator with a tensor that it changes in place, within a list within a dict."""

    def __init__(self):
        self.counts = {"by length": [torch.zeros(LENGTH + 1)]}

    def __call__(self, features):
        self.counts["by length"][0][LENGTH] += len(features)
        shift = int(self.counts["by length"][0][LENGTH]) % 3
        words = torch.stack([each["input_ids"] for each in features])
        labels = torch.tensor([each["labels"] for each in features])
        return {"input_ids": words.roll(shift, 1), "labels": labels}


DATA = {
    "a stream": lambda: {"train_dataset": Stream(), "max_steps": 7},
    "a stream, in two": lambda: {
        "train_dataset": Stream(),
        "max_steps": 7,
        "accelerator_config": {"split_batches": True},
    },
    "a stream, accumulated": lambda: {
        "train_dataset": Stream(9),
        "max_steps": 7,
        "gradient_accumulation_steps": 2,
    },
    "batches that are sent": lambda: {
        "train_dataset": Stream(),
        "max_steps": 5,
        "accelerator_config": {"dispatch_batches": True},
    },
    "a dataset that draws, and a worker": lambda: {
        "train_dataset": Growing(),
        "dataloader_num_workers": 1,
    },
    "a collator with a tensor": lambda: {"data_collator": Twice(), "remove_unused_columns": False},
    "batches in order": lambda: {"train_sampling_strategy": "sequential"},
}


@pytest.mark.parametrize("name", DATA)
def test_data(name, tmp_path):
    check_no_trace(tmp_path, lambda folder: make_trainer(folder, **DATA[name]()))


def tokenizer():
    import tokenizers

    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[MASK]", *map(str, range(48))])}
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[MASK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="[PAD]", mask_token="[MASK]", eos_token="[PAD]"
    )


@pytest.mark.parametrize("earlier", [False, True], ids=["fresh", "trained"])
def test_masks_that_are_drawn_by_a_seed_of_their_own(earlier, tmp_path):
    """The collator makes its generator when it is called for the first time."""

    def make(folder):
        collator = DataCollatorForLanguageModeling(tokenizer(), mlm=False, seed=3)
        assert collator.generator is None
        collator = DataCollatorForLanguageModeling(tokenizer(), mlm_probability=0.3, seed=3)
        data = [{"input_ids": each["input_ids"].tolist()} for each in items()]
        return make_trainer(folder, "gpt2", data_collator=collator, train_dataset=data)

    check_no_trace(tmp_path, make, earlier=earlier)


class Seq2Seq:
    """A model that writes, and is judged by what it has written."""

    def __init__(self, folder):
        set_seed(3)
        config = BartConfig(
            vocab_size=WORDS, d_model=16, encoder_layers=1, decoder_layers=1,
            encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
            decoder_ffn_dim=16, max_position_embeddings=16, pad_token_id=0, bos_token_id=0,
            eos_token_id=2, decoder_start_token_id=2, forced_eos_token_id=None,
        )  # fmt: skip
        texts = [each["input_ids"].tolist() for each in items()]
        data = [{"input_ids": text, "labels": text[::-1]} for text in texts]
        self.trainer = Seq2SeqTrainer(
            model=BartForConditionalGeneration(config),
            args=Seq2SeqTrainingArguments(
                output_dir=str(folder), per_device_train_batch_size=4, num_train_epochs=1,
                predict_with_generate=True, generation_max_length=10, generation_num_beams=2,
                report_to=[], use_cpu=True, disable_tqdm=True, save_strategy="no", logging_steps=1,
                eval_strategy="epoch",
            ),
            train_dataset=data,
            eval_dataset=data[:6],
            data_collator=DataCollatorForSeq2Seq(tokenizer(), pad_to_multiple_of=8),
            compute_metrics=lambda p: {"written": float((p.predictions > 0).mean())},
        )  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("tries", [False, True], ids=["sweep", "trials"])
def test_a_model_that_writes(tries, tmp_path):
    def act(trainer):
        picker = lr_find(trainer, **SWEEP)
        if tries:
            trials = picker.try_picks(PICKS)
            assert [set(trial.metrics) for trial in trials] == [{"written"}] * 2
            assert trials.start_loss > 0

    def make(folder):
        return Seq2Seq(folder).trainer

    assert train_with_and_without(tmp_path, make, act) == set()
