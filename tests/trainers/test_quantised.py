"""A frozen base of 4 or 8 bits under an adapter: it is watched, and all comes back."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from torch import nn

from lr_widget import lr_find
from lr_widget.errors import RestoreError
from lr_widget.snapshot import guard
from lr_widget.snapshot.snapshot import Snapshot
from lr_widget.testing.bits import bits, random_bits, seed_all

pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("ignore")]

WIDTH = 64
SWEEP = {"start_lr": 1e-6, "end_lr": 1e-1, "num_it": 12, "show": False, "stop_div": False}


class Adapted(nn.Module):
    """A quantised layer with LoRA, and a head."""

    def __init__(self, n_bits, width=WIDTH):
        super().__init__()
        bnb = pytest.importorskip("bitsandbytes")
        if n_bits == 4:
            kind, options = bnb.nn.Linear4bit, {"compute_dtype": torch.float32, "quant_type": "nf4"}
        else:
            kind, options = bnb.nn.Linear8bitLt, {"has_fp16_weights": False}
        self.base = kind(width, width, **options).requires_grad_(requires_grad=False).to("cpu")
        self.down = nn.Linear(width, 2, bias=False)
        self.up = nn.Linear(2, width, bias=False)
        self.head = nn.Linear(width, 2)

    def forward(self, x):
        return self.head(self.base(x) + self.up(self.down(x)))


def made(n_bits, **options):
    seed_all(3)
    model = Adapted(n_bits, **options)
    trained = [p for p in model.parameters() if p.requires_grad]
    return model, torch.optim.AdamW(trained, lr=1e-3)


def stepping(model, optimizer):
    x = torch.randn(32, model.base.in_features)
    y = (x[:, 0] > 0).long()

    def step():
        picked = torch.randint(32, (8,))
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[picked]), y[picked])
        loss.backward()
        optimizer.step()
        return loss

    return step


def held(thing, seen=None):
    """All that a module holds, with what bitsandbytes keeps beside its weights."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return "seen"
    if isinstance(thing, torch.Tensor):
        seen.add(id(thing))
        return bits(thing.detach()), held(vars(thing), seen)
    if isinstance(thing, dict):
        return {key: held(value, seen) for key, value in thing.items()}
    if isinstance(thing, nn.Module) or "bitsandbytes" in type(thing).__module__:
        seen.add(id(thing))
        return held(vars(thing), seen)
    return repr(thing)


@pytest.mark.parametrize("trained", [False, True], ids=["fresh", "trained"])
@pytest.mark.parametrize("n_bits", [4, 8])
def test_everything_comes_back(n_bits, trained, monkeypatch):
    monkeypatch.setattr(guard, "MIN_BYTES", 1)
    results = []
    for swept in (False, True):
        model, optimizer = made(n_bits)
        step = stepping(model, optimizer)
        for _ in range(3 if trained else 0):
            step()
        if swept:
            before, output = held(model), None
            picker = lr_find(step=step, optimizer=optimizer, model=model, **SWEEP)
            assert len(picker.sweep) == 12
            assert held(model) == before
        losses = [float(step().detach()) for _ in range(4)]
        output = model.eval()(torch.ones(2, WIDTH))
        results.append((losses, bits(output), random_bits()))
    assert results[0] == results[1]


@pytest.mark.parametrize("trained", [False, True], ids=["fresh", "trained"])
def test_a_base_of_4_bits_is_not_copied(trained):
    model, optimizer = made(4, width=2048)
    if trained:
        stepping(model, optimizer)()
    base = model.base.weight.nbytes
    assert base == 2048 * 2048 // 2
    snapshot = Snapshot([model, optimizer], guards_frozen=True)
    copied = sum(each.bits.nbytes for each in snapshot._tensors.values() if each.bits is not None)
    trains = sum(p.nbytes for p in model.parameters() if p.requires_grad)
    assert snapshot._guards
    assert copied < 4 * trains + base // 8  # with the moments, and the scales of the blocks
    snapshot.free()


def test_a_step_that_changes_one_of_4_bits_is_an_error_that_names_it(monkeypatch):
    monkeypatch.setattr(guard, "MIN_BYTES", 1)
    model, optimizer = made(4)
    own = stepping(model, optimizer)

    def step():
        model.base.weight.data[0] += 1
        return own()

    with pytest.raises(RestoreError, match=r"got changes in base\.weight"):
        lr_find(step=step, optimizer=optimizer, model=model, **SWEEP)
    before = bits(model.base.weight.detach())
    lr_find(step=step, optimizer=optimizer, model=model, also=[model], **SWEEP)
    assert bits(model.base.weight.detach()) == before


@pytest.mark.parametrize("double", [False, True], ids=["scales", "scales of 8 bits"])
def test_a_layout_for_the_cpu_comes_back_with_what_tells_of_it(double):
    """bitsandbytes changes it in eval mode, on CPUs that have the instructions for it."""
    functional = pytest.importorskip("bitsandbytes").functional
    model, _ = made(4, width=256)
    weight = model.base.weight
    if double:
        weight.data, weight.quant_state = functional.quantize_4bit(
            torch.randn(256, 256), quant_type="nf4", compress_statistics=True
        )
    before, kept = held(model), weight.quant_state
    for guards_frozen in (False, True):
        with Snapshot([model], guards_frozen=guards_frozen):
            weight.data, _ = functional._convert_weight_packed_for_cpu(weight.data, kept)
            assert kept.packing_format_for_cpu
        assert weight.quant_state is kept
        assert held(model) == before


def llama(folder, n_bits):
    """Loaded as the documentation of Transformers has it, with an adapter of PEFT's."""
    peft = pytest.importorskip("peft")
    from transformers import BitsAndBytesConfig, LlamaConfig, LlamaForSequenceClassification

    config = LlamaConfig(
        vocab_size=50, hidden_size=32, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, max_position_embeddings=16, num_labels=2, pad_token_id=0,
    )  # fmt: skip
    LlamaForSequenceClassification(config).save_pretrained(folder)
    four = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}
    quantised = BitsAndBytesConfig(**(four if n_bits == 4 else {"load_in_8bit": True}))
    model = LlamaForSequenceClassification.from_pretrained(
        folder, quantization_config=quantised, device_map="cpu", dtype=torch.float32
    )
    model = peft.prepare_model_for_kbit_training(model)
    adapter = peft.LoraConfig(r=2, target_modules=["q_proj", "v_proj"], task_type="SEQ_CLS")
    return peft.get_peft_model(model, adapter)


@pytest.mark.parametrize("tries", [False, True], ids=["sweep", "trials"])
@pytest.mark.parametrize("n_bits", [4, 8])
def test_a_trainer_with_a_base_that_was_loaded_so(n_bits, tries, tmp_path, monkeypatch):
    from tests.support.trainer_state import train_with_and_without
    from tests.support.trainers import items, make_trainer

    monkeypatch.setattr(guard, "MIN_BYTES", 1)

    def make(folder):
        seed_all(5)
        model = llama(tmp_path / "model", n_bits)
        weights = {type(p).__name__ for p in model.parameters()}
        assert {4: "Params4bit", 8: "Int8Params"}[n_bits] in weights
        return make_trainer(folder, model=model, eval_dataset=items(9))

    def act(trainer):
        before = held(trainer.model)
        picker = lr_find(trainer, **SWEEP)
        if tries:
            assert all(trial.finished for trial in picker.try_picks([(1e-3, 1e-3), (0.01, 0.01)]))
        assert held(trainer.model) == before

    assert train_with_and_without(tmp_path, make, act) == set()
