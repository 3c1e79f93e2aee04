"""Plain PyTorch: batches of any form, loaders of any kind."""

from collections import UserDict, namedtuple
from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from lr_widget import lr_find
from lr_widget.loops.batches import to_device
from lr_widget.loops.loaders import cycle
from tests.support import models

X, Y = models.dataset().tensors


def find(model, loss_fn, loader, optimizer=None, **options):
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=0.1)
    options = {"num_it": 12, "end_lr": 1e-3, "show": False, **options}
    return lr_find(model, optimizer, loss_fn, loader, **options)


class TwoInputs(models.Net):
    def forward(self, a, b):
        return super().forward(a + b)


class OfDicts(models.Net):
    def forward(self, x, y):
        output = super().forward(x)
        return SimpleNamespace(loss=functional.cross_entropy(output, y), logits=output)


Pair = namedtuple("Pair", "x y")  # noqa: PYI024  as people write it


@pytest.mark.parametrize("kind", [tuple, list, lambda pair: Pair(*pair)])
def test_a_batch_of_inputs_and_target(kind):
    assert len(find(models.Net(), functional.cross_entropy, [kind((X, Y))]).sweep) == 12


def test_all_but_the_last_of_a_batch_go_into_the_model():
    assert len(find(TwoInputs(), functional.cross_entropy, [(X, X, Y)]).sweep) == 12


@pytest.mark.parametrize("kind", [dict, UserDict])
def test_a_dict_goes_into_the_model_by_name(kind):
    batch = kind({"x": X, "y": Y})
    with_loss = find(OfDicts().eval(), None, [batch], seed=0)
    seen = []

    def loss_fn(output, inputs):
        seen.append(inputs)
        return functional.cross_entropy(output.logits, inputs["y"])

    assert len(with_loss.sweep) == 12
    assert len(find(OfDicts(), loss_fn, [batch]).sweep) == 12
    assert set(seen[0]) == {"x", "y"}


class Endless(IterableDataset):
    def __iter__(self):
        while True:
            yield X[0], Y[0]


class Short(IterableDataset):
    def __iter__(self):
        return iter(zip(X[:6], Y[:6], strict=True))


class Nothing(IterableDataset):
    def __iter__(self):
        return iter(())


class OldStyle:
    """A sequence without `__iter__` and `__len__`."""

    def __getitem__(self, index):
        if index == 3:
            raise IndexError
        return X, Y


@pytest.mark.parametrize(
    "loader",
    [
        DataLoader(Endless(), batch_size=4),
        DataLoader(Short(), batch_size=4),
        OldStyle(),
        [(X, Y)],
        ((X, Y), (X, Y)),
        models.loader(n=8),
    ],
)
def test_a_loader_of_any_kind_is_cycled_and_needs_no_length(loader):
    assert len(find(models.Net(), functional.cross_entropy, loader, num_it=30).sweep) == 30


class Empty:
    def __len__(self):
        return 0

    def __iter__(self):
        return iter(())


REFUSED = [
    ([], ValueError, r"loader must yield at least one batch, got an empty one: \[\]"),
    (Empty(), ValueError, "loader must yield at least one batch, got an empty one: .*Empty"),
    (models.loader(n=4, drop_last=True), ValueError, "got an empty one: .*DataLoader"),
    (iter([(X, Y)]), ValueError, "loader must be one that can be iterated again .*list_iterator"),
    (5, TypeError, "loader must be an iterable of batches, got 5"),
    (None, TypeError, "loader must be an iterable of batches, got None"),
]


@pytest.mark.parametrize(("loader", "kind", "message"), REFUSED)
def test_a_loader_without_batches_is_refused_before_anything_is_touched(loader, kind, message):
    model = models.Net()
    before = models.model_bits(model), models.random_bits()
    with pytest.raises(kind, match=message) as caught:
        find(model, functional.cross_entropy, loader)
    assert not hasattr(caught.value, "picker")
    assert (models.model_bits(model), models.random_bits()) == before


BAD_BATCHES = [
    (DataLoader(Nothing()), functional.cross_entropy, ValueError, "loader must yield at least one"),
    ([X], functional.cross_entropy, TypeError, "loader must yield batches .*'Tensor'"),
    ([(X,)], functional.cross_entropy, TypeError, "loader must yield batches .*'tuple'"),
    (["text"], functional.cross_entropy, TypeError, "loader must yield batches .*'str'"),
    ([(X, Y)], None, ValueError, r"loss_fn must be given where batches are \(x..., y\), got None"),
    ([(X, Y)], lambda *_: 1.5, TypeError, "the loss must be a tensor, got 1.5"),
]


@pytest.mark.parametrize(("loader", "loss_fn", "kind", "message"), BAD_BATCHES)
def test_a_batch_that_fits_no_form_is_an_error(loader, loss_fn, kind, message):
    model = models.Net()
    before = models.model_bits(model)
    with pytest.raises(kind, match=message) as caught:
        find(model, loss_fn, loader)
    if not isinstance(loader, list) or message.startswith("the loss"):
        assert caught.value.picker.status == "failed"  # found in the first step
    else:
        assert not hasattr(caught.value, "picker")  # found before anything was shown
    assert models.model_bits(model) == before


def test_a_loss_function_that_is_none_is_refused():
    with pytest.raises(TypeError, match="loss_fn must be a function of output and target, got 'x'"):
        find(models.Net(), "x", [(X, Y)])


def test_batches_are_cycled_without_end():
    batches = cycle([1, 2, 3])
    assert [next(batches) for _ in range(8)] == [1, 2, 3, 1, 2, 3, 1, 2]


def test_a_batch_is_moved_and_keeps_its_form():
    batch = {"a": (X, [Y]), "pair": Pair(X, "text"), "n": 3}
    moved = to_device(batch, torch.device("meta"))
    assert moved["a"][0].device.type == moved["a"][1][0].device.type == "meta"
    assert isinstance(moved["pair"], Pair)
    assert moved["pair"].y == "text"
    assert moved["n"] == 3
    assert X.device.type == "cpu"


def generator(seed=5):
    return torch.Generator().manual_seed(seed)


LOADERS = {
    "a generator of its own": lambda: models.loader(generator=generator()),
    "a sampler with a generator": lambda: models.loader(
        shuffle=False,
        sampler=torch.utils.data.RandomSampler(models.dataset(), generator=generator()),
    ),
    "workers": lambda: models.loader(num_workers=1),
    "workers that stay": lambda: models.loader(num_workers=1, persistent_workers=True),
}


@pytest.mark.parametrize("kind", LOADERS)
def test_the_loaders_next_epoch_is_that_without_a_sweep(kind):
    orders = []
    for swept in (False, True):
        torch.manual_seed(0)
        model, loader = models.Net(), LOADERS[kind]()
        torch.manual_seed(1)
        if swept:
            find(model, functional.cross_entropy, loader)
        orders.append(models.bits([x for x, _ in loader]))
    assert orders[0] == orders[1]


def test_the_generator_of_a_loader_is_seeded_too():
    curves = []
    for state in (1, 2):
        torch.manual_seed(0)
        loader = models.loader(generator=generator(state))
        curves.append(find(models.Net(), functional.cross_entropy, loader, seed=3).sweep.losses)
    assert curves[0].tolist() == curves[1].tolist()


def test_gradients_that_the_user_had_gathered_come_back():
    model = models.Net()
    functional.cross_entropy(model(X), Y).backward()
    before = models.model_bits(model)
    find(model, functional.cross_entropy, [(X, Y)])
    assert models.model_bits(model) == before
