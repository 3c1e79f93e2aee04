"""What cannot be swept is refused in words, before anything is touched or shown."""

import pytest
import torch
from torch.nn import functional

from lr_widget import lr_find
from tests.support import models

X, Y = models.dataset().tensors


class NeedsClosure(torch.optim.SGD):
    def step(self, closure):
        return super().step(closure)


def lazy():
    return torch.nn.Sequential(torch.nn.LazyLinear(4), torch.nn.Linear(4, 3))


def on_meta():
    return torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.Linear(4, 3, device="meta"))


def lazy_buffer():
    return torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.LazyBatchNorm1d())


def sgd(model):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)


MODELS = [
    (lazy, r"run one batch through it first, got a lazy module with '0.weight'"),
    (lazy_buffer, r"run one batch through it first, got a lazy module with '1.weight'"),
    (on_meta, "model must have data, got '1.weight' on the meta device"),
]


@pytest.mark.parametrize(("make", "message"), MODELS)
@pytest.mark.parametrize("kind", ["pytorch", "step", "fastai"])
def test_a_model_without_data(make, message, kind):
    model = make()
    learn = learner(model) if kind == "fastai" else None  # fastai's imports draw random numbers
    before = models.random_bits()
    with pytest.raises(ValueError, match=message) as caught:
        if kind == "pytorch":
            lr_find(model, sgd(model), functional.cross_entropy, [(X, Y)])
        elif kind == "step":
            lr_find(step=lambda: 1.0, optimizer=sgd(model), model=model)
        else:
            lr_find(learn)
    assert not hasattr(caught.value, "picker")
    assert models.random_bits() == before


def learner(model, **options):
    pytest.importorskip("fastai")
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner

    return Learner(DataLoaders([(X, Y)], [(X, Y)]), model, functional.cross_entropy, **options)


@pytest.mark.parametrize("several", [list, tuple, lambda o: dict(enumerate(o))])
def test_several_optimizers(several):
    model = torch.nn.Linear(8, 3)
    optimizers = several([torch.optim.SGD(model.parameters()) for _ in range(2)])
    message = (
        r"optimizer must be a single one: .* name the others in also=\[\.\.\.\], got 2 of them"
    )
    for arguments in (
        {"loss_fn": functional.cross_entropy, "loader": [(X, Y)]},
        {"step": lambda: 1.0},
    ):
        with pytest.raises(TypeError, match=message):
            lr_find(model=model, optimizer=optimizers, **arguments)


@pytest.mark.parametrize("kind", [torch.optim.LBFGS, NeedsClosure])
def test_an_optimizer_that_needs_a_closure(kind):
    model = torch.nn.Linear(8, 3)
    message = f"optimizer must make a step without a closure, got {kind.__name__!r}"
    with pytest.raises(TypeError, match=message):
        lr_find(step=lambda: 1.0, optimizer=kind(model.parameters()), model=model)
    pytest.importorskip("fastai")
    from fastai.optimizer import OptimWrapper

    learn = learner(model, opt_func=OptimWrapper(opt=kind(model.parameters())))
    with pytest.raises(TypeError, match=message):
        lr_find(learn)


def test_a_lazy_model_that_has_seen_a_batch_will_do():
    model = lazy()
    model(X)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    sweep = lr_find(model, optimizer, functional.cross_entropy, [(X, Y)], num_it=12, show=False)
    assert len(sweep.sweep) == 12
