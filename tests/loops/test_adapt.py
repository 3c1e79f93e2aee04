"""Which loop fits; and what is said where none does."""

import pytest
import torch

from lr_widget import lr_find
from lr_widget.loops.adapt import adapt
from lr_widget.loops.pytorch import PyTorchLoop
from lr_widget.loops.step import StepLoop
from tests.support import models
from tests.support.rigs import FastaiRig

MODEL, OPTIMIZER, LOSS_FN, LOADER = models.setup()
FORMS = r"lr_find must be called as lr_find\(learn\) .* lr_find\(step=fn, .*; got "


def step():
    return torch.tensor(1.0)


def test_positions_and_names_may_be_mixed():
    named = {"loader": LOADER, "loss_fn": LOSS_FN}
    assert type(adapt((MODEL, OPTIMIZER, LOSS_FN, LOADER), {})) is PyTorchLoop
    assert type(adapt((MODEL, OPTIMIZER), named)) is PyTorchLoop
    assert type(adapt((), {"model": MODEL, "optimizer": OPTIMIZER, **named})) is PyTorchLoop


def test_a_step_function_makes_the_smallest_loop():
    assert type(adapt((), {"step": step, "optimizer": OPTIMIZER, "model": MODEL})) is StepLoop


def test_a_learner_is_known_by_its_class_and_by_a_subclass():
    pytest.importorskip("fastai")
    from lr_widget.loops.fastai.loop import FastaiLoop

    learn = FastaiRig().learn
    assert type(adapt((learn,), {})) is FastaiLoop
    learn.__class__ = type("MyLearner", (type(learn),), {})
    assert type(adapt((learn,), {})) is FastaiLoop


class Foreign:
    def __repr__(self):
        return "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize(
    ("args", "named", "kinds"),
    [
        ((), {}, "nothing"),
        ((None,), {}, "NoneType"),
        ((Foreign(),), {}, "Foreign: .*<img src=x onerror=alert"),
        ((MODEL.forward,), {}, "method"),
        ((models.Net,), {}, "type"),
        ((OPTIMIZER, MODEL, LOSS_FN, LOADER), {}, "AdamW, Net, function, DataLoader"),
        ((), {"model": "net", "optimizer": OPTIMIZER}, "str, AdamW"),
        ((MODEL, OPTIMIZER, LOSS_FN, LOADER, 100), {}, "5 arguments"),
    ],
)
def test_what_is_no_known_loop_gets_the_list_of_forms(args, named, kinds):
    with pytest.raises(TypeError, match=FORMS + kinds):
        lr_find(*args, **named)


def test_a_learner_with_more_arguments_gets_the_list_of_forms():
    pytest.importorskip("fastai")
    learn = FastaiRig().learn
    for args, named in (((learn, LOADER), {}), ((learn,), {"loader": LOADER})):
        with pytest.raises(TypeError, match=FORMS + "Learner, DataLoader"):
            lr_find(*args, **named)


@pytest.mark.parametrize(
    ("args", "named", "message"),
    [
        ((MODEL,), {}, "optimizer must be given in lr_find(model, optimizer, loss_fn, loader)"),
        ((MODEL, OPTIMIZER), {}, "loss_fn must be given in lr_find(model, optimizer, loss_fn"),
        ((MODEL, OPTIMIZER, LOSS_FN), {}, "loader must be given in lr_find(model, optimizer"),
        ((MODEL, OPTIMIZER), {"loader": LOADER}, "loss_fn must be given in lr_find(model"),
        ((MODEL,), {"model": MODEL}, "model must be given once, got Net("),
        ((), {"step": step}, "optimizer must be given in lr_find(step=fn, optimizer=..., model="),
        ((), {"step": step, "optimizer": OPTIMIZER}, "model must be given in lr_find(step=fn"),
        (
            (MODEL,),
            {"step": step, "optimizer": OPTIMIZER, "model": MODEL},
            "step must be given with optimizer and model only",
        ),
        (
            (),
            {"step": step, "optimizer": OPTIMIZER, "model": MODEL, "loader": [1]},
            "step must be given with optimizer and model only, as lr_find(step=fn, optimizer=optim",
        ),
        (
            (),
            {"step": 3, "optimizer": OPTIMIZER, "model": MODEL},
            "step must be a function without arguments, got 3",
        ),
        (
            (),
            {"step": step, "optimizer": OPTIMIZER, "model": "net"},
            "model must be a torch.nn.Module, got 'net'",
        ),
        (
            (),
            {"step": step, "optimizer": None, "model": MODEL},
            "optimizer must be a torch optimizer, got None",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_named(args, named, message):
    with pytest.raises(TypeError) as caught:
        lr_find(*args, **named)
    assert str(caught.value).startswith(message)
