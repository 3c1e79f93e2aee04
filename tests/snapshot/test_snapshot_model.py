"""A model comes back: the same tensors in the same places, with the same bits."""

import io
import pickle
import warnings

import pytest

torch = pytest.importorskip("torch")

from lr_widget.snapshot.snapshot import Snapshot  # noqa: E402
from tests.support import models  # noqa: E402  needs torch


@pytest.fixture
def model():
    torch.manual_seed(0)
    return models.Net()


def test_a_model_comes_back_with_the_same_tensors_bits_and_modes(model):
    model.eval()
    model.head.train()
    before = models.model_bits(model)
    state = Snapshot([model])
    models.train(model, torch.optim.SGD(model.parameters(), lr=1.0))
    assert models.model_bits(model) != before
    state.restore()
    assert models.model_bits(model) == before


@pytest.mark.parametrize("name", ["weight_norm", "spectral_norm", "orthogonal"])
def test_a_module_whose_weights_were_computed_meanwhile_is_of_its_class_again(model, name):
    model.eval()
    data, kind = models.dataset().tensors[0], type(model.body[0])
    output, before = models.bits(model(data)), models.model_bits(model)
    state = Snapshot([model])
    getattr(torch.nn.utils.parametrizations, name)(model.body[0])
    model(data).sum().backward()
    assert type(model.body[0]) is not kind
    state.restore()
    assert type(model.body[0]) is kind
    assert models.model_bits(model) == before
    assert models.bits(model(data)) == output
    torch.save(model.state_dict(), io.BytesIO())
    assert pickle.loads(pickle.dumps(model.body[0])).weight.shape == model.body[0].weight.shape


def test_gradients_come_back_and_those_that_were_none_are_none(model):
    model.body[0].weight.grad = torch.full((16, models.INPUTS), 2.0)
    held = model.body[0].weight.grad
    before = models.model_bits(model)
    state = Snapshot([model])
    models.train(model, torch.optim.SGD(model.parameters(), lr=1.0))
    held.zero_()
    state.restore()
    assert models.model_bits(model) == before
    assert model.body[0].weight.grad is held


def replace_parameter(model):
    model.head[1].weight = torch.nn.Parameter(torch.zeros(16, 16))


def drop_buffer(model):
    del model.seen


def add_parameter(model):
    model.head[1].extra = torch.nn.Parameter(torch.zeros(3))


def add_buffer(model):
    model.register_buffer("later", torch.zeros(3))


def clear_bias(model):
    model.head[1].bias = None


def freeze(model):
    model.body.requires_grad_(requires_grad=False)


def swap_storage(model):
    model.head[1].weight.data = torch.zeros(16, 16)


def poison(model):
    model.body[1].running_mean.fill_(float("nan"))


@pytest.mark.parametrize(
    "disturb",
    [
        replace_parameter,
        drop_buffer,
        add_parameter,
        add_buffer,
        clear_bias,
        freeze,
        swap_storage,
        poison,
    ],
)
def test_what_code_in_a_step_does_to_a_module_is_undone(model, disturb):
    before = models.model_bits(model)
    state = Snapshot([model])
    disturb(model)
    assert models.model_bits(model) != before
    state.restore()
    assert models.model_bits(model) == before


def test_a_model_that_was_converted_is_as_it_was(model):
    before = models.model_bits(model)
    state = Snapshot([model])
    model.half()
    state.restore()
    assert models.model_bits(model) == before


def test_hooks_that_were_added_are_gone_and_those_removed_are_back(model):
    calls = []
    kept = model.body.register_forward_hook(lambda *_: calls.append("kept"))
    state = Snapshot([model])
    kept.remove()
    model.head.register_forward_hook(lambda *_: calls.append("added"))
    state.restore()
    model(torch.zeros(2, models.INPUTS))
    assert calls == ["kept"]


def test_a_scripted_model_comes_back():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer torch discourages all of TorchScript
        model = torch.jit.script(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout()))
    before = models.model_bits(model)
    state = Snapshot([model])
    model.eval()
    with torch.no_grad():
        model[0].weight.add_(1)
    assert models.model_bits(model) != before
    state.restore()
    assert models.model_bits(model) == before


def test_tied_parameters_stay_tied():
    model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 4))
    model[1].weight = model[0].weight
    before = models.model_bits(model)
    state = Snapshot([model])
    with torch.no_grad():
        model[0].weight.add_(1.0)
    state.restore()
    assert models.model_bits(model) == before
    assert model[1].weight is model[0].weight
