"""Batches of any class go to the model's device in their class, and the user's own stays."""

from collections import OrderedDict, UserDict, UserList, defaultdict, namedtuple
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_sequence

from lr_widget import lr_find
from lr_widget.loops.batches import to_device

META = torch.device("meta")  # stands for a GPU


class Encoding(UserDict):
    """As the output of a tokenizer: what is asked for as an attribute is an item."""

    def __getattr__(self, name):
        return self.data[name]


class MovesItself(Encoding):
    def to(self, device):
        self.data = {key: value.to(device) for key, value in self.data.items()}
        return self


class MovesInPlace:
    def __init__(self, x):
        self.x = x

    def to(self, device):
        self.x = self.x.to(device)


class AttrDict(dict):
    def __init__(self, *args, **items):
        super().__init__(*args, **items)
        self.__dict__ = self


class ByName(dict):
    __getattr__ = dict.__getitem__


class Own(MutableMapping):
    def __init__(self, **items):
        self.items_ = items

    def __getitem__(self, key):
        return self.items_[key]

    def __setitem__(self, key, value):
        self.items_[key] = value

    def __delitem__(self, key):
        del self.items_[key]

    def __iter__(self):
        return iter(self.items_)

    def __len__(self):
        return len(self.items_)

    @property
    def x(self):
        return self["x"]


class ReadOnly(Mapping):
    __slots__ = ("_held",)

    def __init__(self, held):
        self._held = held

    def __getitem__(self, key):
        return self._held[key]

    def __iter__(self):
        return iter(self._held)

    def __len__(self):
        return len(self._held)

    @property
    def x(self):
        return self["x"]


@dataclass
class Item:
    x: torch.Tensor
    name: str = "a"


@dataclass(frozen=True, slots=True)
class FrozenItem:
    x: torch.Tensor


class Slotted:
    __slots__ = ("empty", "x")

    def __init__(self, x):
        self.x = x


class Strict:
    """Can be neither made without arguments nor written to."""

    def __new__(cls, x):
        return super().__new__(cls)

    def __init__(self, x):
        self.__dict__["x"] = x

    def __setattr__(self, name, value):
        raise TypeError("read only")

    def __getattr__(self, name):
        return getattr(self.x, name)


Pair = namedtuple("Pair", "x y")  # noqa: PYI024  as people write it

X = torch.ones(3, 2)
BATCHES = {
    "a namespace": lambda: SimpleNamespace(x=X),
    "an encoding": lambda: Encoding(x=X),
    "one that moves itself": lambda: MovesItself(x=X),
    "one that moves itself in place": lambda: MovesInPlace(X),
    "an AttrDict": lambda: AttrDict(x=X),
    "a dict by name": lambda: ByName(x=X),
    "a mapping": lambda: Own(x=X),
    "a read-only mapping": lambda: ReadOnly({"x": X}),
    "a dataclass": lambda: Item(X),
    "a frozen dataclass with slots": lambda: FrozenItem(X),
    "an object with slots": lambda: Slotted(X),
    "a strict object": lambda: Strict(X),
    "a named tuple": lambda: Pair(X, "a"),
    "an object in an object": lambda: SimpleNamespace(x=X, more=[Item(X)]),
}


@pytest.mark.parametrize("kind", BATCHES)
def test_it_keeps_its_class_and_the_original_stays(kind):
    batch = BATCHES[kind]()
    moved = to_device((batch, 5), META)[0]
    assert type(moved) is type(batch)
    assert moved is not batch
    assert moved.x.device.type == "meta"
    assert batch.x is X


CONTAINERS = {
    "a dict": lambda: {"x": X},
    "an ordered dict": lambda: OrderedDict(x=X),
    "a defaultdict": lambda: defaultdict(list, x=X),
    "a proxy": lambda: MappingProxyType({"x": X}),
    "an AttrDict": lambda: AttrDict(x=X),
    "a list": lambda: [X],
    "a UserList": lambda: UserList([X]),
    "a structure of torch": lambda: torch.max(X, 0),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_container_keeps_its_class(kind):
    batch = CONTAINERS[kind]()
    moved = to_device(batch, META)
    key = "x" if isinstance(batch, Mapping) else 0
    assert type(moved) is type(batch)
    assert moved[key].device.type == "meta"
    assert batch[key].device.type == "cpu"
    if isinstance(batch, defaultdict):
        assert moved["new"] == []


def test_a_packed_sequence_moves_itself():
    (moved,) = to_device((pack_sequence([torch.randn(3, 2)]),), META)
    assert moved.data.device.type == "meta"
    assert moved.batch_sizes.device.type == "cpu"  # as torch has it


@pytest.mark.parametrize(
    "thing", ["text", b"", 3, None, torch.Size([1]), nn.Linear(1, 1), object(), Item("a"), X.dtype]
)
def test_what_holds_no_tensor_is_passed_on_as_it_is(thing):
    assert to_device((thing, X), META)[0] is thing


def test_objects_in_a_circle_and_tensors_met_twice_are_moved_once():
    batch = SimpleNamespace(x=X, same=X)
    batch.itself, batch.around = batch, [batch]
    moved = to_device((batch,), META)[0]
    assert moved.itself is moved
    assert moved.around[0] is moved
    assert moved.x is moved.same


class TakesObjects(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, batch):
        return self.layer(batch.x)


@pytest.mark.parametrize("kind", BATCHES)
def test_a_model_gets_the_object_that_its_loader_yields(kind):
    model, y = TakesObjects(), torch.zeros(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loader = [(BATCHES[kind](), y)] * 3
    picker = lr_find(model, optimizer, functional.mse_loss, loader, num_it=12, show=False)
    assert len(picker.sweep) >= 10
