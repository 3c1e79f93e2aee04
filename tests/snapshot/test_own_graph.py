"""What objects of the user's own hold comes back, where models and their like hold them."""

import collections
import functools
import logging
import queue
import random
import socket
import threading
import weakref
from dataclasses import dataclass

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, Dataset  # noqa: E402

from lr_widget.snapshot import object_graph  # noqa: E402
from lr_widget.snapshot.own_graph import OwnGraph  # noqa: E402
from lr_widget.snapshot.snapshot import Snapshot  # noqa: E402
from tests.support import models  # noqa: E402
from tests.support.held_state import (  # noqa: E402
    STATES,
    WAYS,
    Wrap,
    closing_over,
    content,
    disturb,
)

FUNCTIONS = {
    "a bound method",
    "a partial",
    "a partial's keyword",
    "a closure",
    "a default",
    "an attribute of a function",
    "a global variable",
}
GENERATORS = [what for what in STATES if "generator" in what]


class Holding(nn.Module):
    def __init__(self, held):
        super().__init__()
        self.held = held


class Callback:
    def __init__(self, held):
        self.held = held


def optimizer_with(held):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    optimizer.held = held
    return optimizer


HOLDERS = {
    "a module": lambda held: Holding(Wrap(held)),
    "a list of a module": lambda held: Holding([{"a": Wrap(held)}]),
    "a part of a module": lambda held: nn.Sequential(Holding(Wrap(held))),
    "an optimizer": lambda held: optimizer_with(Wrap(held)),
    "a callback": lambda held: Callback(Wrap(held)),
    "a module in an object of a module": lambda held: Holding(Wrap(Holding(Wrap(held)))),
}


def comes_back(holder, state):
    before = content(state)
    snapshot = Snapshot([holder])
    for _ in range(2):
        disturb(state)
        assert content(state) != before
        snapshot.restore()
        if content(state) != before:
            return False
    return True


@pytest.mark.parametrize("what", STATES)
@pytest.mark.parametrize("way", sorted(WAYS.keys() - FUNCTIONS))
def test_state_comes_back_from_wherever_it_is(way, what):
    state = STATES[what]()
    assert comes_back(Holding(WAYS[way](state)), state)


@pytest.mark.parametrize("what", STATES)
@pytest.mark.parametrize("holder", HOLDERS)
def test_state_comes_back_whoever_holds_the_object(holder, what):
    state = STATES[what]()
    assert comes_back(HOLDERS[holder](state), state)


def with_global(inner):
    """A function of another module, whose global variable `rng` it is."""
    names = {"__name__": "somebodys_module", "rng": inner}  # no installed one has that name
    exec("def helper(): return rng\ndef function(*_): return helper()", names)
    return names["function"]


def as_hook(function):
    module = nn.Linear(1, 1)
    module.register_forward_hook(function)
    return module


@pytest.mark.parametrize("holding", [as_hook, Holding, lambda function: Holding(Wrap(function))])
@pytest.mark.parametrize("what", STATES)
@pytest.mark.parametrize("way", sorted(FUNCTIONS))
def test_of_a_function_only_random_generators_come_back(way, what, holding):
    """A list to which a hook appends is how one watches a training."""
    state = STATES[what]()
    function = with_global(state) if way == "a global variable" else WAYS[way](state)
    assert comes_back(holding(function), state) == (what in GENERATORS)


def test_methods_of_generators_lead_to_them():
    rng, module = random.Random(0), Holding(None)
    module.held = Wrap(rng.random)
    assert comes_back(module, rng)


class Meter:
    """As every project has one."""

    def __init__(self):
        self.total, self.values, self.seen = 0.0, [], collections.Counter()

    def update(self, value):
        self.total += value
        self.values.append(value)
        self.seen[value] += 1
        self.last = value


def test_what_was_not_there_is_gone_and_the_containers_are_the_same():
    module = Holding(Meter())
    held = dict(vars(module.held))
    snapshot = Snapshot([module])
    module.held.update(3)
    module.held.values = []
    snapshot.restore()
    assert vars(module.held).keys() == held.keys()
    assert all(vars(module.held)[name] is value for name, value in held.items())
    assert (module.held.values, module.held.seen) == ([], {})


@dataclass
class Buffer:
    """Earlier samples."""

    items: collections.deque
    rows: np.ndarray
    at: int = 0


def test_a_buffer_of_a_million_samples_is_neither_copied_nor_looked_into(monkeypatch):
    looked, take = [], OwnGraph._take
    monkeypatch.setattr(OwnGraph, "_take", lambda s, *thing: looked.append(1) or take(s, *thing))
    items = collections.deque((Wrap(i) for i in range(10**6)), maxlen=10**6)
    buffer = Buffer(items, np.empty((2**20, 100), np.uint8))  # 100 MiB
    order, module = list(items), Holding(buffer)
    snapshot = Snapshot([module])
    assert len(looked) < 10
    assert not snapshot._arrays
    for i in range(10):
        items.append(Wrap(i))
        buffer.at += 1
    snapshot.restore()
    assert buffer.at == 0
    assert all(a is b for a, b in zip(items, order, strict=True))


class Average:
    def __init__(self, model):
        self.model = list(model.parameters())
        self.shadow = [p.detach().clone() for p in model.parameters()]


def test_an_average_of_the_weights_comes_back_however_large_the_model(monkeypatch):
    monkeypatch.setattr(object_graph, "MAX_BYTES", 10)
    model = models.Net()
    model.average = Average(model)
    before = [each.tolist() for each in model.average.shadow]
    model.average.buffers = [torch.zeros(10**6)]
    snapshot = Snapshot([model])
    torch._foreach_add_([*model.average.shadow, *model.average.buffers], 1)
    snapshot.restore()
    assert [each.tolist() for each in model.average.shadow] == before
    assert model.average.buffers[0].all()  # more than a model's worth


class Numbers(Dataset):
    def __init__(self):
        self.rng, self.seen = random.Random(0), [0]

    def __len__(self):
        return 3

    def __getitem__(self, i):
        return i


@pytest.mark.parametrize("within", [lambda data: data, Wrap])
def test_of_a_dataset_only_the_generators_are_state(within):
    data = Numbers()
    module = Holding(within(data))
    assert comes_back(module, data.rng)
    assert not comes_back(module, data.seen)


def test_a_loader_in_an_object_is_looked_into_as_a_loader():
    rng = torch.Generator().manual_seed(0)
    loader = DataLoader(
        Numbers(), shuffle=True, generator=rng, collate_fn=closing_over(order := [1])
    )
    assert comes_back(Holding(Wrap(loader)), rng)
    assert comes_back(Holding(Wrap(loader)), order)


def installed(name):
    """A class of an installed package."""
    return type(name, (), {"__module__": "pytest", "n": 0})


def test_what_belongs_to_the_system_or_a_package_is_left_alone():
    from matplotlib.figure import Figure
    from pandas import DataFrame
    from tqdm import tqdm

    thread = threading.Thread(target=print)
    with socket.socket() as plug:
        held = [
            *(logging.getLogger("a"), threading.Lock(), thread, plug, queue.Queue()),
            *(Figure(), tqdm([], disable=True), DataFrame({"a": [1]}), iter([1]), np, Wrap),
            *(weakref.ref(Wrap), weakref.WeakKeyDictionary(), installed("Run")()),
            *(type("Writer", (installed("Writer"),), {})(), functools.lru_cache(len)),
        ]
        graph = OwnGraph([Wrap(held)])
    assert [type(each) for each in graph.objects] == [Wrap]
    assert [*graph.containers, *graph.contents, *graph.apart] == [held]


def test_an_object_that_a_thread_of_its_own_works_on_is_left_to_it():
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    watcher = Wrap([1])
    watcher.thread = thread
    assert OwnGraph([watcher]).objects == [watcher]
    thread.start()
    try:
        assert not OwnGraph([watcher]).objects
    finally:
        end.set()
        thread.join()


def test_a_reference_to_something_that_is_gone_is_passed_by():
    gone = Wrap(None)
    module = Holding(Wrap([weakref.proxy(gone), weakref.ref(gone)]))
    del gone
    assert comes_back(module, module.held.inner)


class Lazy:
    """Becomes what it stands for when it is asked what it is."""

    @property
    def __class__(self):
        raise AssertionError("asked")


def test_an_object_that_stands_for_another_one_is_not_asked_what_it_is():
    assert len(OwnGraph([Wrap(Lazy())]).objects) == 2


class Registered(dict):
    """Does more than a dict at every entry."""

    def __init__(self, *args):
        super().__init__(*args)
        self.writes = 0

    def __setitem__(self, key, value):
        self.writes += 1
        super().__setitem__(key, value)

    def clear(self):
        raise TypeError("must not be cleared")


class Noted(list):
    """Has another length, and other items, than those it holds."""

    def __init__(self, *args):
        super().__init__(*args)
        self.reads = 0

    def __len__(self):
        return 7

    def __iter__(self):
        self.reads += 1
        return iter("abc")

    def clear(self):
        raise TypeError("must not be cleared")


@pytest.mark.parametrize("holding", [Holding, lambda held: Holding(Wrap(held))])
def test_a_container_that_is_more_than_one_comes_back_past_its_own_methods(holding):
    table, items = Registered({"a": 1}), Noted([1, 2])
    module = holding([table, items])
    snapshot = Snapshot([module])
    table["b"] = 2
    items.append(3)
    list(items)
    snapshot.restore()
    assert (dict(table), table.writes) == ({"a": 1}, 0)
    assert ([items[i] for i in range(2)], list.__len__(items), items.reads) == ([1, 2], 2, 0)
