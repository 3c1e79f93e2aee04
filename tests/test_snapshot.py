"""What a sweep disturbs comes back: the same objects, the same bits, whatever else fails."""

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import models  # noqa: E402  needs torch
from lr_widget import snapshot  # noqa: E402
from lr_widget.snapshot import (  # noqa: E402
    AttributeState,
    GeneratorState,
    MappingState,
    ModelState,
    OptimizerState,
    RandomState,
    RestoreError,
    put_back,
    seed_everything,
)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return models.Net()


OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.01),
    "SGD with momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True),
    "AdamW": lambda p: torch.optim.AdamW(p, amsgrad=True),
    "Adam with a tensor as rate": lambda p: torch.optim.Adam(p, lr=torch.tensor(0.01)),
    "RMSprop": lambda p: torch.optim.RMSprop(p, momentum=0.9, centered=True),
    "Adagrad": torch.optim.Adagrad,
    "Rprop": torch.optim.Rprop,
    "ASGD": torch.optim.ASGD,
    "Adadelta": torch.optim.Adadelta,
}


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_an_optimizer_comes_back_as_empty_or_full_as_it_was(model, kind, warm):
    optimizer = OPTIMIZERS[kind](model.parameters())
    if warm:
        models.train(model, optimizer)
    before = models.bits(optimizer.state), models.bits(optimizer.state_dict()["param_groups"])
    state = OptimizerState(optimizer)
    models.train(model, optimizer, steps=5)
    state.restore()
    after = models.bits(optimizer.state), models.bits(optimizer.state_dict()["param_groups"])
    assert after == before
    assert warm or not any(optimizer.state.values()) or kind == "Adagrad"


def test_an_optimizers_state_comes_back_if_it_was_replaced(model):
    optimizer = torch.optim.AdamW(model.parameters())
    models.train(model, optimizer)
    before, held = models.bits(optimizer.state), optimizer.state
    state = OptimizerState(optimizer)
    optimizer.load_state_dict(optimizer.state_dict())
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))]})
    state.restore()
    assert optimizer.state is held
    assert models.bits(optimizer.state) == before
    assert len(optimizer.param_groups) == 1


def test_a_mapping_holds_exactly_its_old_entries_in_their_order():
    tensor, deep = torch.ones(2), {"b": torch.zeros(1), "list": [1, 2]}
    mapping = {"tensor": tensor, "deep": deep, "list": [1, 2]}
    state = MappingState(mapping, depth=2)
    mapping["list"].append(3)
    deep["list"].append(3)
    deep["b"].add_(5)
    deep["new"] = 1
    tensor.mul_(7)
    del mapping["tensor"]
    mapping["new"] = 2
    state.restore()
    assert list(mapping) == ["tensor", "deep", "list"]
    assert mapping["tensor"] is tensor
    assert mapping["deep"] is deep
    assert tensor.tolist() == [1.0, 1.0]
    assert mapping["list"] == deep["list"] == [1, 2]
    assert deep["b"].tolist() == [0.0]
    assert "new" not in deep


def test_an_object_has_exactly_its_old_attributes():
    class Holder:
        pass

    holder = Holder()
    holder.number, holder.items, holder.table = 1, [1, 2], {"a": 1}
    items, table = holder.items, holder.table
    state = AttributeState(holder)
    holder.number, holder.more = 2, 3
    holder.items.append(3)
    holder.table = {"b": 2}
    table.clear()
    state.restore()
    assert vars(holder) == {"number": 1, "items": [1, 2], "table": {"a": 1}}
    assert holder.items is items
    assert holder.table is table


def test_global_random_states_come_back():
    before = models.random_bits()
    state = RandomState()
    random.random(), np.random.normal(), torch.rand(3)
    assert models.random_bits() != before
    state.restore()
    assert models.random_bits() == before


GENERATORS = {
    "torch": (lambda: torch.Generator().manual_seed(5), lambda g: torch.rand(3, generator=g)),
    "python": (lambda: random.Random(5), lambda g: g.random()),
    "numpy": (lambda: np.random.default_rng(5), lambda g: g.random(3)),
}


@pytest.mark.parametrize("kind", GENERATORS)
def test_a_generator_comes_back_and_can_be_seeded(kind):
    make, draw = GENERATORS[kind]
    generator = make()
    state = GeneratorState(generator)
    first = models.bits(draw(generator))
    assert models.bits(draw(generator)) != first
    state.restore()
    assert models.bits(draw(generator)) == first
    seed_everything(3, [generator])
    seeded = models.bits(draw(generator))
    seed_everything(3, [generator])
    assert models.bits(draw(generator)) == seeded


class Recorder:
    def __init__(self, log, name, error=None):
        self.log, self.name, self.error = log, name, error

    def restore(self):
        self.log.append(self.name)
        if self.error is not None:
            raise self.error


def test_the_last_captured_comes_back_first():
    log = []
    with put_back(lambda: [Recorder(log, "a"), Recorder(log, "b")]):
        assert log == []
    assert log == ["b", "a"]


@pytest.mark.parametrize(
    "error",
    [ValueError("x"), KeyboardInterrupt(), SystemExit(1), StopIteration(3), GeneratorExit()],
)
def test_it_is_put_back_whatever_is_raised(error):
    log = []
    with pytest.raises(type(error)) as caught, put_back(lambda: [Recorder(log, "a")]):
        raise error
    assert caught.value is error
    assert log == ["a"]


def test_one_failure_does_not_keep_the_others_from_coming_back():
    log, broken = [], RuntimeError("device lost")
    states = [Recorder(log, "a"), Recorder(log, "b", broken), Recorder(log, "c")]
    message = r"not everything could be put back: .*device lost"
    with pytest.raises(RestoreError, match=message), put_back(lambda: states):
        pass
    assert log == ["c", "b", "a"]


def test_nothing_runs_if_it_cannot_be_captured():
    def fail():
        raise ValueError("cannot be copied")

    with pytest.raises(ValueError, match="cannot be copied"), put_back(fail):
        pytest.fail("the block ran")


def test_every_state_can_be_restored_twice(model):
    optimizer = torch.optim.AdamW(model.parameters())
    models.train(model, optimizer)
    states = [ModelState(model), OptimizerState(optimizer), RandomState()]
    before = models.model_bits(model), models.bits(optimizer.state), models.random_bits()
    for _ in range(2):
        models.train(model, optimizer)
        snapshot._restore_all(states)
        assert models.model_bits(model) == before[0]
        assert models.bits(optimizer.state) == before[1]
        assert models.random_bits() == before[2]
