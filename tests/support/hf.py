"""Small models of Transformers, their data, and Trainers over them; nothing is downloaded."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    GPT2Config,
    GPT2LMHeadModel,
    Trainer,
    TrainingArguments,
)

from lr_widget.testing.bits import bits

WORDS, LENGTH = 32, 6


class PlainLoss(nn.Module):
    """A model that is none of Transformers', and computes its loss itself."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 8)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(8, 2)

    def forward(self, input_ids: torch.Tensor, labels: torch.Tensor | None = None) -> Any:
        logits = self.head(self.dropout(self.embedding(input_ids).mean(1)))
        if labels is None:
            return {"logits": logits}
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def bert() -> nn.Module:
    torch.manual_seed(0)
    return BertForSequenceClassification(
        BertConfig(
            vocab_size=WORDS,
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=16,
        )
    )


def causal() -> nn.Module:
    torch.manual_seed(0)
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=WORDS, n_embd=8, n_layer=1, n_head=2, n_positions=16, bos_token_id=0,
            eos_token_id=0,
        )
    )  # fmt: skip


def plain() -> nn.Module:
    torch.manual_seed(0)
    return PlainLoss()


MODELS = {"bert": bert, "causal": causal, "plain": plain}


def items(family: str = "bert", n: int = 40) -> list[dict[str, Any]]:
    """Return samples; of the causal model with fewer counted tokens the later they come."""
    drawn = torch.Generator().manual_seed(1)
    made: list[dict[str, Any]] = []
    for i in range(n):
        ids = torch.randint(1, WORDS, (LENGTH,), generator=drawn)
        if family != "causal":  # something to be learned: the class is in the words
            ids = 1 + (ids - 1) % (WORDS // 2 - 1) + (i % 2) * (WORDS // 2)
        labels = torch.where(torch.arange(LENGTH) < 2 + i % 5, ids, -100)
        made.append({"input_ids": ids, "labels": labels if family == "causal" else i % 2})
    return made


def make_trainer(folder: Path, family: str = "bert", *, kind: Any = Trainer, **given: Any) -> Any:
    """Return a Trainer over a small model; what it does not take itself goes to its arguments."""
    names = ("model", "optimizers", "callbacks", "compute_loss_func", "compute_metrics")
    names += ("train_dataset", "eval_dataset", "data_collator")
    own = {name: given.pop(name) for name in names if name in given}
    args = TrainingArguments(
        **{
            "output_dir": str(folder / "out"),
            "per_device_train_batch_size": 4,
            "num_train_epochs": 1,
            "report_to": "none",
            "disable_tqdm": True,
            "use_cpu": True,
            "save_strategy": "no",
            "logging_steps": 1,
            "log_level": "error",
            **given,
        }
    )
    model = own.pop("model", None) or MODELS[family]()
    own.setdefault("train_dataset", items(family))
    return kind(model=model, args=args, **own)


def state(trainer: Any, folder: Path) -> dict[str, Any]:
    """Return all that a sweep must leave as it was."""
    inner = getattr(trainer.optimizer, "optimizer", trainer.optimizer)
    return {
        "weights": bits(trainer.model.state_dict()),
        "gradients": bits([p.grad for p in trainer.model.parameters()]),
        "modes": [each.training for each in trainer.model.modules()],
        "moments": None if inner is None else bits(inner.state_dict()),
        "random": bits(torch.get_rng_state()),
        "attributes": {name: id(value) for name, value in vars(trainer).items()},
        "state": repr(trainer.state),
        "control": repr(trainer.control),
        "args": repr(trainer.args),
        "callbacks": [(id(each), repr(vars(each))) for each in handled(trainer)],
        "accelerator": {
            # the other tells of loaders that it holds weakly, and that may be garbage
            k: repr(v)
            for k, v in vars(trainer.accelerator).items()
            if k != "gradient_state"
        },
        "gradients are synced": trainer.accelerator.gradient_state.sync_gradients,
        "files": sorted(str(each) for each in folder.rglob("*")),
        "level": logging.getLogger("transformers").level,
    }


def handled(trainer: Any) -> list[Any]:
    return list(trainer.callback_handler.callbacks)


def log_of(trainer: Any) -> list[dict[str, Any]]:
    """Return its log, without what a clock tells."""
    timed = ("runtime", "per_second")
    return [
        {name: value for name, value in entry.items() if not name.endswith(timed)}
        for entry in trainer.state.log_history
    ]
