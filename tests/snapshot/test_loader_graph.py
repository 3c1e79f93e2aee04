"""What a loader holds is found at any depth, comes back, and ends where its data begin."""

import random
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.utils.data import DataLoader, Dataset, RandomSampler, Sampler  # noqa: E402

from lr_widget.snapshot import object_graph  # noqa: E402
from lr_widget.snapshot.attributes import cell_content  # noqa: E402
from lr_widget.snapshot.loader_graph import LoaderGraph  # noqa: E402
from lr_widget.snapshot.snapshot import Snapshot  # noqa: E402
from tests.support import models  # noqa: E402
from tests.support.held_state import (  # noqa: E402
    STATES,
    WAYS,
    Method,
    Slotted,
    Wrap,
    content,
    disturb,
)


@pytest.mark.parametrize("what", STATES)
@pytest.mark.parametrize("way", WAYS)
def test_state_comes_back_from_wherever_it_is(way, what):
    state = STATES[what]()
    loader, before = Wrap(WAYS[way](state)), content(state)
    snapshot = Snapshot([LoaderGraph(loader)])
    for _ in range(2):
        disturb(state)
        assert content(state) != before
        snapshot.restore()
        assert content(state) == before


def counting():
    epoch = 0

    def collate():
        nonlocal epoch, late
        late = epoch = epoch + 1
        return epoch

    if epoch:
        late = None  # the variable is there, and not set
    return collate


def test_the_variables_of_a_function_come_back_set_or_not():
    loader = Wrap(counting())
    snapshot = Snapshot([LoaderGraph(loader)])
    assert loader.inner() == 1
    snapshot.restore()
    cells = dict(zip(loader.inner.__code__.co_freevars, loader.inner.__closure__, strict=True))
    assert cell_content(cells["epoch"]) == (0,)
    assert cell_content(cells["late"]) == ()


def test_an_object_that_got_another_dict_has_its_own_again():
    loader = Wrap(1)
    held = vars(loader)
    snapshot = Snapshot([LoaderGraph(loader)])
    loader.__dict__ = {"inner": 2}
    snapshot.restore()
    assert vars(loader) is held
    assert loader.inner == 1


def test_a_slot_that_was_empty_is_empty_again():
    loader = Slotted.__new__(Slotted)
    snapshot = Snapshot([LoaderGraph(loader)])
    loader.inner = 1
    snapshot.restore()
    assert not hasattr(loader, "inner")


def test_a_circle_has_an_end():
    loader = Wrap([])
    loader.inner.append(loader)
    graph = LoaderGraph(loader)
    assert graph.objects == [loader]
    assert graph.containers == [loader.inner]


class Noisy(Dataset):
    def __init__(self):
        self.rng, self.generators = np.random.default_rng(0), [torch.Generator()]
        self.images, self.seen = torch.zeros(10), []


class Shuffled:
    def __init__(self, n):
        self.samples = [Wrap(i) for i in range(n)]


def test_of_a_dataset_only_the_generators_are_state():
    data = Noisy()
    graph = LoaderGraph(DataLoader(data, batch_size=None, sampler=RandomSampler([1])))
    assert {id(each) for each in graph.generators} == {id(data.rng), id(data.generators[0])}
    assert not any(each is data for each in graph.objects)
    assert not any(each is data.images or each is data.seen for each in graph.contents)


def test_a_list_of_a_million_samples_comes_back_without_being_looked_into(monkeypatch):
    # by what is looked at, since a clock would tell the machine
    looked, take = [], LoaderGraph._take
    monkeypatch.setattr(LoaderGraph, "_take", lambda s, *thing: looked.append(1) or take(s, *thing))
    loader = Shuffled(10**6)
    order = list(loader.samples)
    snapshot = Snapshot([LoaderGraph(loader)])
    assert len(looked) < 5
    random.Random(0).shuffle(loader.samples)
    snapshot.restore()
    assert all(a is b for a, b in zip(loader.samples, order, strict=True))


def test_large_tensors_are_data_and_small_ones_beside_them_are_not(monkeypatch):
    monkeypatch.setattr(object_graph, "MAX_BYTES", 1000)
    loader = Wrap([torch.zeros(1000), torch.zeros(100), np.zeros(10), np.zeros(1000)])
    found = LoaderGraph(loader).contents
    assert [len(each) for each in found] == [100, 10]


def test_the_number_of_objects_is_bounded_and_the_nearest_are_found(monkeypatch):
    monkeypatch.setattr(object_graph, "MAX_OBJECTS", 50)
    chain = Wrap(None)
    loader = Wrap([chain, random.Random(0)])
    for _ in range(200):
        chain.inner = Wrap(None)
        chain = chain.inner
    graph = LoaderGraph(loader)
    assert graph.generators == [loader.inner[1]]
    assert len(graph.objects) <= 50


def test_a_long_dataset_does_not_use_up_what_is_allowed(monkeypatch):
    monkeypatch.setattr(object_graph, "MAX_OBJECTS", 50)
    loader = Wrap(Wrap(Wrap(random.Random(0))))
    loader.dataset = [Wrap(i) for i in range(100)]
    assert len(LoaderGraph(loader).generators) == 1


def test_what_belongs_to_the_system_or_the_page_is_left_alone():
    import logging
    import threading

    from ipywidgets import IntProgress

    bar = IntProgress()
    loader = Wrap([logging.getLogger("a"), threading.Event(), bar, iter(DataLoader([1]))])
    assert LoaderGraph(loader).objects == [loader]


def test_modules_in_a_collate_function_are_restored_as_modules_are():
    module = torch.nn.BatchNorm1d(2)
    graph = LoaderGraph(DataLoader(models.dataset(), collate_fn=Method(module)))
    assert graph.apart == [module]
    snapshot = Snapshot([graph])
    module(torch.rand(4, 2))
    snapshot.restore()
    assert module.running_mean.tolist() == [0.0, 0.0]


class Around(Sampler):
    def __init__(self, base):
        self.base = base


def test_a_dataloader_of_a_trainer_is_looked_into_by_itself():
    rng = random.Random(0)
    trainer = SimpleNamespace(loader=DataLoader(models.dataset(), sampler=Around(Wrap([rng]))))
    before = rng.getstate()
    snapshot = Snapshot([trainer])
    rng.random()
    snapshot.restore()
    assert rng.getstate() == before


@pytest.mark.parametrize("batches", [[(models.INPUTS,)], ((1, 2),)])
def test_a_list_of_batches_is_data(batches):
    graph = LoaderGraph(batches)
    assert not graph.objects
    assert not graph.containers


def test_a_dataset_that_is_given_without_a_loader_has_its_generators():
    data = Noisy()
    found = {id(each) for each in LoaderGraph(data).generators}
    assert found == {id(data.rng), id(data.generators[0])}


class Iterated:
    """A loader of a course notebook's."""

    def __init__(self, inner):
        self.inner = inner

    def __iter__(self):
        return iter(self.inner)


@pytest.mark.parametrize("kind", [list, tuple, lambda loaders: {"a": list(loaders)}])
def test_loaders_in_a_list_come_back(kind):
    orders = [torch.Generator().manual_seed(i) for i in range(3)]
    made = [DataLoader(models.dataset(), shuffle=True, generator=order) for order in orders]
    graph = LoaderGraph(kind([made[0], Iterated(made[1])]))
    found = {id(each) for each in graph.generators}
    assert {id(order) for order in orders[:2]} <= found
    before = [order.get_state() for order in orders]
    snapshot = Snapshot([LoaderGraph(kind(made))])
    for loader in made:
        next(iter(loader))
    snapshot.restore()
    assert all(map(torch.equal, before, [order.get_state() for order in orders]))


@pytest.mark.parametrize("kind", [list, lambda batches: {"a": batches}])
def test_batches_in_a_list_are_data_though_somebodys_own(kind):
    class Batch(dict):
        def __init__(self):
            super().__init__()
            self.rows = torch.zeros(3)

    graph = LoaderGraph(kind([Batch(), [torch.zeros(3)], torch.zeros(3), SimpleNamespace(a=[1])]))
    assert not [*graph.objects, *graph.containers, *graph.contents]


def test_of_hugging_faces_dataset_only_the_generators_are_state():
    """It is no dataset of torch's, and holds tables."""

    class Table:
        def __init__(self):
            self.offsets = np.zeros(1000)
            self.rng = np.random.default_rng(0)

    kind = type("Dataset", (), {"__module__": "datasets.arrow_dataset"})
    data = kind()
    data._data, data._info = Table(), {"rows": [1, 2, 3]}
    for given in (data, {"validation": data}, Wrap(data)):
        graph = LoaderGraph(given)
        assert graph.generators == [data._data.rng]
        assert not graph.contents
        assert graph.objects == ([given] if isinstance(given, Wrap) else [])
