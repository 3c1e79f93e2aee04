"""What a sweep disturbs comes back: the same objects, the same bits, whatever else fails."""

import random
from collections import deque
from dataclasses import dataclass

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lr_widget.snapshot import snapshot  # noqa: E402
from lr_widget.snapshot.snapshot import RestoreError, Snapshot  # noqa: E402
from lr_widget.snapshot.states import StateDictState  # noqa: E402
from tests.support import models  # noqa: E402  needs torch


@pytest.fixture
def model():
    torch.manual_seed(0)
    return models.Net()


OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.01),
    "SGD with momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True),
    "AdamW": lambda p: torch.optim.AdamW(p, amsgrad=True),
    "Adam with a tensor as rate": lambda p: torch.optim.Adam(p, lr=torch.tensor(0.01)),
    "fused Adam": lambda p: torch.optim.Adam(p, fused=True),
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
    rate = optimizer.param_groups[0]["lr"]
    state = Snapshot([optimizer])
    models.train(model, optimizer, steps=5)
    state.restore()
    after = models.bits(optimizer.state), models.bits(optimizer.state_dict()["param_groups"])
    assert after == before
    assert optimizer.param_groups[0]["lr"] is rate
    assert warm or not any(optimizer.state.values()) or kind == "Adagrad"


def test_an_optimizers_state_comes_back_if_it_was_replaced(model):
    optimizer = torch.optim.AdamW(model.parameters())
    models.train(model, optimizer)
    before, held = models.bits(optimizer.state), optimizer.state
    state = Snapshot([optimizer])
    optimizer.load_state_dict(optimizer.state_dict())
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))]})
    state.restore()
    assert optimizer.state is held
    assert models.bits(optimizer.state) == before
    assert len(optimizer.param_groups) == 1


def test_the_same_object_found_in_two_ways_is_captured_once(model):
    snapshot = Snapshot([model, torch.optim.SGD(model.parameters())], also=[model])
    assert len(snapshot._tensors) == len(list(model.parameters())) + 4 + 2  # buffers, attributes


class Inside:
    def __init__(self):
        self.value = 1


class Holder:
    def __init__(self):
        self.number, self.items, self.table = 1, [1, [2]], {"a": {"b": [3]}}
        self.queue, self.names, self.pair = deque([1]), {"x"}, ([4], 5)
        self.array, self.tensor = np.zeros(2), torch.zeros(2)
        self.generators = [random.Random(1), np.random.default_rng(1), torch.Generator()]
        self.module = torch.nn.Linear(2, 2)
        self.dataset = [torch.zeros(10**6)]
        self.itself = self


def test_attributes_come_back_with_all_that_is_in_them():
    holder = Holder()
    attributes, weight = dict(vars(holder)), holder.module.weight.tolist()
    drawn = holder.generators[0].random()
    holder.generators[0].seed(1)
    state = Snapshot([holder])
    holder.items[1].append(9)
    holder.items.append(9)
    holder.table["a"]["b"].clear()
    holder.queue.append(9), holder.names.add(9), holder.pair[0].append(9)
    holder.array += 9
    holder.tensor += 9
    holder.module.weight.data += 9
    assert holder.generators[0].random() == drawn
    holder.number, holder.more, holder.queue = 9, 9, None
    state.restore()
    assert vars(holder).keys() == attributes.keys()
    assert all(vars(holder)[name] is value for name, value in attributes.items())
    assert (holder.items, holder.table, holder.pair) == ([1, [2]], {"a": {"b": [3]}}, ([4], 5))
    assert (holder.queue, holder.names) == (deque([1]), {"x"})
    assert (holder.array.tolist(), holder.tensor.tolist()) == ([0.0, 0.0], [0.0, 0.0])
    assert holder.module.weight.tolist() == weight
    assert holder.generators[0].random() == drawn


def test_data_is_not_copied():
    state = Snapshot([Holder()])
    assert not any(tensor.tensor.numel() > 100 for tensor in state._tensors.values())


def test_a_chain_of_any_length_is_followed():
    chain = end = [0]
    for _ in range(10_000):
        chain = [chain]
    holder = Inside()
    holder.value = chain
    state = Snapshot([holder])
    end[0] = 1
    state.restore()
    assert end == [0]


class Told:
    loaded = []  # noqa: RUF012  not on the object, where it would be put back

    def __init__(self, error=None):
        self.error = error

    def state_dict(self):
        return {"a": 1}

    def load_state_dict(self, content):
        self.loaded.append(content)
        if self.error is not None:
            raise self.error


def test_one_failure_does_not_keep_the_others_from_coming_back(model):
    Told.loaded.clear()
    broken = RuntimeError("device lost")
    before = models.model_bits(model), models.random_bits()
    message = r"not everything could be put back: .*device lost"
    also = [Told(error=broken), Told()]
    with (
        pytest.raises(RestoreError, match=message) as caught,
        Snapshot([model], also),
    ):
        models.train(model, torch.optim.SGD(model.parameters(), lr=0.1))
    assert caught.value.__cause__ is broken
    assert Told.loaded == [{"a": 1}] * 3  # what failed was tried once more
    assert (models.model_bits(model), models.random_bits()) == before


@pytest.mark.parametrize(
    "error",
    [ValueError("x"), KeyboardInterrupt(), SystemExit(1), StopIteration(3), GeneratorExit()],
)
def test_it_is_put_back_whatever_is_raised(model, error):
    before = models.model_bits(model)
    with pytest.raises(type(error)) as caught, Snapshot([model]):
        model.seen.fill_(9)
        raise error
    assert caught.value is error
    assert models.model_bits(model) == before


def test_it_can_be_restored_twice_and_then_freed(model):
    optimizer = torch.optim.AdamW(model.parameters())
    models.train(model, optimizer)
    state = Snapshot([model, optimizer])
    before = models.model_bits(model), models.bits(optimizer.state), models.random_bits()
    for _ in range(2):
        models.train(model, optimizer)
        state.restore()
        assert models.model_bits(model) == before[0]
        assert models.bits(optimizer.state) == before[1]
        assert models.random_bits() == before[2]
    state.free()
    models.train(model, optimizer)
    after = models.model_bits(model)
    state.restore()
    assert models.model_bits(model) == after


def test_a_dict_of_state_is_asked_for_only_where_attributes_do_not_tell(model, monkeypatch):
    asked = []
    monkeypatch.setattr(
        snapshot,
        "StateDictState",
        lambda holder, capture: asked.append(holder) or StateDictState(holder, capture),
    )
    generator, average = torch.Generator(), Told()
    Snapshot([], also=[model, torch.optim.SGD(model.parameters()), generator, average])
    assert asked == [average]


@dataclass(slots=True)
class Statistics:
    mean: float
    seen: list


class SlottedModule(torch.nn.Module):
    __slots__ = ("count", "never", "tensor")

    def __init__(self):
        super().__init__()
        self.count, self.tensor, self.statistics = 0, torch.zeros(2), Statistics(0.0, [])


class SlottedOptimizer(torch.optim.SGD):
    __slots__ = ("count",)


def test_slots_come_back_and_what_is_in_them():
    module = SlottedModule()
    optimizer = SlottedOptimizer([torch.nn.Parameter(torch.zeros(1))])
    optimizer.count = [0]
    state = Snapshot([module, optimizer])
    module.count, module.never = 5, 1
    module.tensor += 1
    module.statistics.mean = 2.0
    module.statistics.seen.append(1)
    optimizer.count.append(1)
    state.restore()
    assert (module.count, module.tensor.tolist()) == (0, [0.0, 0.0])
    assert module.statistics == Statistics(0.0, [])
    assert optimizer.count == [0]
    assert not hasattr(module, "never")


def test_a_holder_of_slots_alone_is_a_holder():
    holder = Statistics(0.0, [1])
    state = Snapshot([holder])
    holder.mean, holder.seen = 1.0, None
    state.restore()
    assert holder == Statistics(0.0, [1])
