"""Trainers of Transformers, tiny and offline: for each kind of loss one, with data in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Before anything loads the libraries: no test asks the network for a model.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    GPT2Config,
    GPT2LMHeadModel,
    Trainer,
    TrainingArguments,
    set_seed,
)

BATCH, ITEMS, LENGTH, WORDS = 4, 22, 8, 50  # the last batch of an epoch is smaller


class Linear(nn.Module):
    """A model of nobody's, with a mean of its own as its loss."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Embedding(WORDS, 16), nn.Dropout(0.2))
        self.head = nn.Linear(16, 2)

    def forward(self, input_ids: Any, labels: Any = None) -> Any:
        logits = self.head(self.body(input_ids).mean(1))
        if labels is None:
            return {"logits": logits}
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def bert() -> nn.Module:
    return BertForSequenceClassification(
        BertConfig(
            vocab_size=WORDS,
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=LENGTH,
            num_labels=2,
        )
    )


def gpt2() -> nn.Module:
    config = GPT2Config(
        vocab_size=WORDS, n_positions=LENGTH, n_embd=16, n_layer=1, n_head=2, bos_token_id=0,
        eos_token_id=0,
    )  # fmt: skip
    return GPT2LMHeadModel(config)


def items(n: int = ITEMS, *, language: bool = False, seed: int = 1) -> list[dict[str, Any]]:
    """Texts of equal lengths, whose class is told by their first word; in part masked."""
    generator = torch.Generator().manual_seed(seed)
    made = []
    for i in range(n):
        words = torch.randint(1, WORDS, (LENGTH,), generator=generator)
        labels: Any = int(words[0] % 2)
        if language:  # of each text another part is asked for, so that a mean of means is no mean
            labels = words.clone()
            labels[: i % (LENGTH - 1)] = -100
        made.append({"input_ids": words, "labels": labels})
    return made


def own_loss(outputs: Any, labels: Any, num_items_in_batch: Any = None) -> Any:
    """A `compute_loss_func` that divides by the items of the whole step, as the docs have it."""
    total = nn.functional.cross_entropy(outputs["logits"], labels, reduction="sum")
    return total / (len(labels) if num_items_in_batch is None else num_items_in_batch)


def own_groups(model: Any, **options: Any) -> tuple[torch.optim.Optimizer, None]:
    """A BERT's optimizer of the user's own, with two groups of layers; as `optimizers`."""
    parts = [{"params": list(p.parameters())} for p in (model.bert, model.classifier)]
    return torch.optim.AdamW(parts, lr=1e-3, **options), None


def decay_groups(model: Any) -> list[dict[str, Any]]:
    """The usual split: weights that decay, and biases and norms that do not."""
    names = Trainer.get_decay_parameter_names(None, model)  # type: ignore[arg-type]
    named = list(model.named_parameters())
    return [
        {"params": [p for name, p in named if name in names], "weight_decay": 0.01},
        {"params": [p for name, p in named if name not in names], "weight_decay": 0.0},
    ]


@contextmanager
def rates_of_steps() -> Iterator[list[list[float]]]:
    """A block in which the rates of every optimizer's steps are noted, group by group."""
    seen: list[list[float]] = []
    hook = register_optimizer_step_pre_hook(
        lambda it, *_: seen.append([float(group["lr"]) for group in it.param_groups])
    )
    try:
        yield seen
    finally:
        hook.remove()


def accuracy(prediction: Any) -> dict[str, float]:
    """A `compute_metrics`."""
    guessed = prediction.predictions.argmax(-1)
    return {"accuracy": float((guessed == prediction.label_ids).mean())}


KINDS: dict[str, Any] = {
    "bert": lambda: {"model": bert()},
    "gpt2": lambda: {"model": gpt2(), "train_dataset": items(language=True)},
    "plain loss": lambda: {"model": Linear()},
    "compute_loss_func": lambda: {"model": Linear(), "compute_loss_func": own_loss},
}


def make_trainer(folder: Any, kind: str = "bert", cls: Any = Trainer, **options: Any) -> Any:
    """Make a Trainer of a kind; options of `Trainer` by their names, others go to its arguments."""
    set_seed(3)
    given = {"train_dataset": items(), **KINDS[kind]()}
    own = (
        "callbacks",
        "compute_metrics",
        "data_collator",
        "eval_dataset",
        "model",
        "optimizers",
        "processing_class",
        "train_dataset",
        "compute_loss_func",
        "optimizer_cls_and_kwargs",
        "model_init",
    )
    given |= {name: options.pop(name) for name in own if name in options}
    if callable(given.get("optimizers")):
        given["optimizers"] = given["optimizers"](given["model"])
    defaults = {
        "per_device_train_batch_size": BATCH,
        "per_device_eval_batch_size": BATCH,
        "num_train_epochs": 2,
        "logging_steps": 1,
        "save_strategy": "no",
        "disable_tqdm": True,
        "report_to": [],
        "use_cpu": True,
    }
    args = TrainingArguments(output_dir=str(folder), **(defaults | options))
    return cls(args=args, **given)
