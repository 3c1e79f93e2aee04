"""Each kind of state comes back into the same object: what it holds, and the bits of it."""

from collections import Counter, OrderedDict, defaultdict, deque

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lr_widget.snapshot.states import (  # noqa: E402  needs torch
    ArrayState,
    ItemsState,
    MappingState,
    StateDictState,
    TensorState,
)


def captured(tensor):
    state = TensorState(tensor)
    state.bits = state.elements.clone()
    return state


ODD_TENSORS = {
    "of no element": lambda: torch.zeros(0),
    "of one": lambda: torch.tensor(1.5),
    "expanded": lambda: torch.zeros(1).expand(4),
    "a view of another": lambda: torch.arange(12.0).reshape(3, 4).t(),
    "channels last": lambda: torch.rand(2, 3, 4, 4).to(memory_format=torch.channels_last),
    "of integers": lambda: torch.arange(3),
    "of bools": lambda: torch.tensor([True, False]),
    "sparse": lambda: torch.eye(3).to_sparse(),
    "part of a graph": lambda: torch.ones(3, requires_grad=True) * 2,
    "bfloat16": lambda: torch.rand(3).bfloat16(),
    "complex": lambda: torch.rand(3, dtype=torch.complex64),
    "with NaN": lambda: torch.tensor([float("nan"), 1.0]),
}


@pytest.mark.parametrize("kind", ODD_TENSORS)
def test_a_tensor_of_any_kind_has_its_bits_and_layout_again(kind):
    tensor = ODD_TENSORS[kind]()
    alias, before = tensor.detach(), tensor.detach().clone()
    state = captured(tensor)
    if kind != "expanded":  # PyTorch refuses to write into one
        with torch.no_grad():
            alias.zero_()
    else:
        alias[0:1].fill_(7)
    state.restore()
    assert torch.equal(tensor.detach().to_dense().nan_to_num(9), before.to_dense().nan_to_num(9))
    if tensor.layout is torch.strided:
        assert tensor.stride() == alias.stride()
        assert tensor.data_ptr() == alias.data_ptr()


def swap(p):
    p.data = torch.zeros(5)


def swap_dtype(p):
    p.data = p.data.half()


def write(p):
    p.data.fill_(7)


def freeze(p):
    p.requires_grad_(requires_grad=False)


def set_grad(p):
    p.grad = torch.ones(3)


def set_attribute(p):
    p.lr_scale = 3


@pytest.mark.parametrize("disturb", [swap, swap_dtype, write, freeze, set_grad, set_attribute])
def test_a_parameter_is_in_its_old_storage_with_its_old_bits(disturb):
    p = torch.nn.Parameter(torch.rand(3))
    view, before = p.data.view(-1), p.data.tolist()
    state = captured(p)
    disturb(p)
    for _ in range(2):
        state.restore()
        assert p.data.tolist() == view.tolist() == before
        assert p.data_ptr() == view.data_ptr()
        assert p.requires_grad
        assert p.grad is None
        assert vars(p) == {}


def test_a_part_of_a_graph_that_did_not_change_can_still_go_backward():
    weight = torch.ones(3, requires_grad=True)
    hidden = weight * 2
    loss = (hidden**2).sum()
    captured(hidden).restore()
    loss.backward()
    assert weight.grad.tolist() == [8.0, 8.0, 8.0]


@pytest.mark.parametrize("kind", [dict, OrderedDict, lambda d: defaultdict(list, d), Counter])
def test_a_mapping_holds_exactly_its_old_entries_in_their_order(kind):
    mapping = kind({"a": 1, "b": 2, "c": 3})
    state = MappingState(mapping)
    del mapping["a"]
    mapping["new"] = mapping["b"] = 9
    for _ in range(2):
        state.restore()
        assert list(mapping.items()) == [("a", 1), ("b", 2), ("c", 3)]


def test_entries_are_told_apart_by_identity():
    keys = torch.zeros(2), torch.zeros(2)
    mapping = {keys[0]: 1, keys[1]: 2}
    state = MappingState(mapping)
    mapping.pop(keys[0])
    state.restore()
    assert [id(key) for key in mapping] == list(map(id, keys))


@pytest.mark.parametrize("kind", [list, set, lambda items: deque(items, maxlen=3)])
def test_a_container_holds_exactly_its_old_items(kind):
    items = kind([1, 2, 3])
    state = ItemsState(items)
    items.clear()
    for _ in range(2):
        state.restore()
        assert list(items) == [1, 2, 3]


def test_an_array_has_its_content_again():
    array = np.arange(6.0).reshape(2, 3)
    view = array[:, 1]
    state = ArrayState(array)
    state.content = array.copy()
    array += 5
    state.restore()
    assert array.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert view.tolist() == [1.0, 4.0]


class Average:
    """As people write it: the dict holds the tensors themselves, and loading replaces them."""

    def __init__(self):
        self.shadow, self._secret = {"w": torch.zeros(3)}, [0]

    def state_dict(self):
        return {"shadow": self.shadow, "count": self._secret}

    def load_state_dict(self, content):
        self.shadow, self._secret = content["shadow"], content["count"]


def test_what_a_state_dict_tells_is_loaded_with_the_same_tensors():
    average = Average()
    tensor, kept = average.shadow["w"], []
    state = StateDictState(average, lambda t: kept.append(captured(t)) or kept[-1])
    tensor.add_(1)
    average.shadow["more"] = torch.ones(1)
    average._secret[0] = 5
    for _ in range(2):
        state.restore()
        assert average._secret == [0]
        assert list(average.shadow) == ["w"]
        assert average.shadow["w"] is tensor
        assert tensor.tolist() == [0.0, 0.0, 0.0]
        average._secret[0] = 6  # must not reach the captured content
    assert len(kept) == 1
