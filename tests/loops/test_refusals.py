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


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("kind", ["pytorch", "step", "fastai"])
def test_a_call_where_torch_computes_no_gradients(mode, kind):
    model = torch.nn.Linear(8, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    calls = {
        "pytorch": ((model, optimizer, functional.cross_entropy, [(X, Y)]), {}),
        "step": ((), {"step": lambda: 1 / 0, "optimizer": optimizer, "model": model}),
    }
    args, named = ((learner(model),), {}) if kind == "fastai" else calls[kind]
    with mode(), pytest.raises(ValueError, match=rf"under torch.{mode.__name__}\(\)") as caught:
        lr_find(*args, **named)
    assert not hasattr(caught.value, "picker")


def test_trials_where_torch_computes_no_gradients():
    model = torch.nn.Linear(8, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    picker = lr_find(model, optimizer, functional.cross_entropy, [(X, Y)], show=False)
    with torch.no_grad(), pytest.raises(ValueError, match="must be run where torch computes"):
        picker.try_picks(valid=[(X, Y)])


@pytest.mark.parametrize("several", [lambda w: w, lambda w: [w]])
def test_bare_tensors_without_a_module(several):
    w = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    for kind, model in [(TypeError, several(w)), (ValueError, torch.nn.ParameterList([w]))]:
        with pytest.raises(kind, match=r"model = torch.nn.ParameterList\(\[w\]\)"):
            lr_find(step=lambda: 1.0, optimizer=optimizer, model=model)


class Answering(torch.nn.Module):
    """Takes a dict, and answers in a form that a test chooses."""

    def __init__(self, form):
        super().__init__()
        self.layer, self.form = torch.nn.Linear(8, 3), form

    def forward(self, x, y):
        output = self.layer(x)
        return self.form(functional.cross_entropy(output, y), output)


class Own:
    """A model's answer without labels, as transformers has it."""

    loss = None


ANSWERS = [
    (lambda loss, out: (loss, out), "'tuple': loss_fn=lambda output, batch: output[0]"),
    (lambda loss, out: {"loss": loss}, "'dict': loss_fn=lambda output, batch: output[\"loss\"]"),
    (lambda loss, out: Own(), "'Own': loss_fn=lambda output, batch: ..."),
    (lambda loss, out: out, "'Tensor': loss_fn=lambda output, batch: ..."),
]


@pytest.mark.parametrize(("form", "words"), ANSWERS)
def test_a_model_that_returns_no_loss_of_its_own(form, words):
    model = Answering(form)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = models.bits(model.state_dict())
    with pytest.raises(TypeError, match="loss_fn must be given where") as caught:
        lr_find(model, optimizer, None, [{"x": X, "y": Y}], show=False)
    assert str(caught.value).endswith(f"got None and an output of type {words}")
    assert models.bits(model.state_dict()) == before


def test_the_words_for_a_model_that_returns_a_tuple_are_right():
    model = Answering(lambda loss, out: (loss, out))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    batches = [{"x": X, "y": Y}]
    picker = lr_find(model, optimizer, lambda output, batch: output[0], batches, show=False)
    assert picker.value


def each(output, target):
    return functional.cross_entropy(output, target, reduction="none")


def accuracy(output, target):
    return (output.argmax(1) == target).float().mean()


def unlike(output, target):
    return functional.cross_entropy(output, target) * (1 + 1j)


LOSSES = [
    (
        each,
        ValueError,
        r"result must be a tensor with one element, .* got shape \(40,",
    ),
    (unlike, TypeError, "result must be a real number, got tensor"),
]


@pytest.mark.parametrize(("loss_fn", "kind", "words"), LOSSES)
@pytest.mark.parametrize("form", ["pytorch", "fastai"])
def test_a_loss_that_is_not_one_real_number(loss_fn, kind, words, form):
    model = torch.nn.Linear(8, 3)
    if form == "fastai":
        learn = learner(model)
        learn.loss_func, args, name = loss_fn, (learn,), "learn.loss_func's "
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        args, name = (model, optimizer, loss_fn, [(X, Y)]), "loss_fn's "
    with pytest.raises(kind, match=name + words) as caught:
        lr_find(*args, show=False)
    assert len(caught.value.picker.sweep) == 0


def test_a_loss_that_no_parameter_has_a_part_in():
    model = torch.nn.Linear(8, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="loss_fn must return a loss that the model's parameters"):
        lr_find(model, optimizer, accuracy, [(X, Y)], show=False)
