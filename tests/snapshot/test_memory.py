"""Where the copy of the state goes, and that it is one copy, and gone afterwards."""

import gc

import numpy as np
import psutil
import pytest

torch = pytest.importorskip("torch")

from lr_widget import lr_find  # noqa: E402
from lr_widget.errors import RestoreError  # noqa: E402
from lr_widget.snapshot import memory  # noqa: E402
from lr_widget.snapshot.memory import copy_all, host_bytes  # noqa: E402
from lr_widget.snapshot.states import ArrayState, TensorState  # noqa: E402
from tests.support import models  # noqa: E402  needs torch

GB = 10**9
pytestmark = pytest.mark.usefixtures("only_new_garbage")


class Elements:
    """Stands for a tensor on a device that this machine may not have."""

    layout = torch.strided
    is_sparse = False

    def __init__(self, device, size):
        self.device, self._size = torch.device(device), size

    @property
    def nbytes(self):
        return self._size

    def data_ptr(self):
        return id(self)

    def clone(self):
        return "beside it"


class State:
    def __init__(self, device, size):
        self.elements, self.bits, self.has_storage = Elements(device, size), None, True


def place(states, device_free, host_free, monkeypatch):
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: None)
    monkeypatch.setattr(memory, "_to_pinned", lambda elements: "host")
    free = {torch.device("cuda:0"): device_free, torch.device("cpu"): None}
    copy_all(states, free_on_device=free.get, free_on_host=lambda: host_free)
    return [state.bits for state in states]


@pytest.mark.parametrize(
    ("device_free", "host_free", "places"),
    [
        (20 * GB, 10 * GB, ["beside it", "beside it"]),
        (12 * GB, 3 * GB, ["beside it", "beside it"]),
        (11 * GB, 10 * GB, ["host", "beside it"]),
    ],
)
def test_the_copy_is_beside_the_state_if_half_of_what_is_free_will_do(
    device_free, host_free, places, monkeypatch
):
    states = [State("cuda:0", 6 * GB), State("cpu", 1 * GB)]
    assert place(states, device_free, host_free, monkeypatch) == places


@pytest.mark.parametrize(
    ("device_free", "host_free", "message"),
    [
        (11 * GB, 7 * GB, "it takes 7 GB, with too little room on cuda:0 and 7 GB of host memory"),
        (20 * GB, 1 * GB, "it takes 1 GB, with 1 GB of host memory free"),
    ],
)
def test_no_room_anywhere_is_an_error_before_anything_is_copied(
    device_free, host_free, message, monkeypatch
):
    states = [State("cuda:0", 6 * GB), State("cpu", 1 * GB)]
    with pytest.raises(MemoryError, match=message):
        place(states, device_free, host_free, monkeypatch)
    assert not any(state.bits for state in states)


def test_a_model_that_does_not_fit_is_refused_with_nothing_touched(monkeypatch):
    monkeypatch.setattr(memory, "host_bytes", lambda: 1000)
    model, optimizer, loss_fn, loader = models.setup()
    before = models.model_bits(model), models.random_bits()
    with pytest.raises(MemoryError, match="must fit into memory a second time") as caught:
        lr_find(model, optimizer, loss_fn, loader, show=False)
    assert caught.value.picker.status == "failed"
    assert (models.model_bits(model), models.random_bits()) == before


def test_a_large_array_is_refused_like_a_large_tensor(monkeypatch):
    monkeypatch.setattr(memory, "host_bytes", lambda: 10**6)
    array = ArrayState(np.zeros(10**6, dtype=np.uint8))
    with pytest.raises(MemoryError, match=r"takes 0.001 GB"):
        copy_all([], [array])
    assert array.content is None


def test_an_error_while_copying_leaves_no_copies_behind(monkeypatch):
    model = torch.nn.Sequential(*[torch.nn.Linear(300, 300) for _ in range(4)])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before, clone, calls = alive(), torch.Tensor.clone, []

    def failing(tensor, *args, **kwargs):
        calls.append(1)
        if len(calls) == 7:
            raise torch.OutOfMemoryError("on purpose")
        return clone(tensor, *args, **kwargs)

    monkeypatch.setattr(torch.Tensor, "clone", failing)
    with pytest.raises(torch.OutOfMemoryError) as caught:
        lr_find(step=lambda: torch.tensor(1.0), optimizer=optimizer, model=model, show=False)
    assert caught.value.picker.status == "failed"
    assert alive() - before < 1000


def test_what_failed_to_come_back_is_not_kept_by_its_error():
    class Failing:
        def __init__(self):
            self.shadow = [torch.zeros(300, 300)]

        def state_dict(self):
            return {"shadow": self.shadow[0]}

        def load_state_dict(self, content):
            raise ValueError("on purpose")

    model, failing = torch.nn.Linear(2, 2), Failing()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = alive()
    with pytest.raises(RestoreError) as caught:
        lr_find(
            step=lambda: torch.tensor(1.0),
            optimizer=optimizer,
            model=model,
            also=[failing],
            num_it=10,
            show=False,
        )
    assert caught.value.picker.status == "failed"
    assert alive() - before < 1000


def cgroup(tmp_path, limit, used, cached):
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text(f"{used}\n")
    (tmp_path / "memory.stat").write_text(f"anon 5\ninactive_file {cached}\nfile 7\n")
    return tmp_path


def test_a_container_has_what_its_group_leaves(tmp_path):
    assert host_bytes(cgroup(tmp_path, 10**8, 6 * 10**7, 10**7)) == 5 * 10**7


def test_without_a_limit_it_is_what_the_machine_has(tmp_path):
    for path in (tmp_path, cgroup(tmp_path, "max", 1, 1)):
        assert host_bytes(path) == pytest.approx(psutil.virtual_memory().available, rel=0.1)


def test_tensors_that_share_their_memory_have_one_copy():
    shared = torch.rand(5)
    states = [TensorState(torch.nn.Parameter(shared)) for _ in range(2)]
    copy_all(states)
    assert states[0].bits is states[1].bits


def bytes_of(objects):
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in objects}
    return sum(storages.values())


def alive():
    gc.collect()
    # by the type: being asked for its class, one of torch's own objects warns
    return bytes_of(thing for thing in gc.get_objects() if issubclass(type(thing), torch.Tensor))


@pytest.mark.parametrize("ending", ["finish", "error"])
def test_ten_sweeps_leave_no_tensor_behind_and_use_one_copy(ending):
    model = torch.nn.Linear(1000, 1000)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    state = bytes_of(model.parameters())
    peaks, errors, before = [], [], alive()

    def step():
        if len(peaks) % 12 == 11 and ending == "error":
            raise ValueError("on purpose")
        peaks.append(alive() - before)
        return torch.tensor(1.0)

    for _ in range(10):
        try:
            lr_find(step=step, optimizer=optimizer, model=model, num_it=11, show=False)
        except ValueError as error:
            errors.append(error)  # with its traceback, as a notebook keeps it
    assert state <= max(peaks) < 1.01 * state
    assert alive() - before < 0.01 * state


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("room", [True, False], ids=["on the device", "pinned"])
def test_on_a_gpu_the_peak_is_one_copy(room, monkeypatch):
    if not room:
        monkeypatch.setattr(memory, "device_bytes", lambda device: 0)
    model = torch.nn.Linear(4000, 4000, device="cuda")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    state, before = bytes_of(model.parameters()), torch.cuda.memory_allocated()
    kept = model.weight.detach().clone().cpu()

    def step():
        model.weight.data.add_(1)
        return torch.tensor(1.0, device="cuda")

    torch.cuda.reset_peak_memory_stats()
    lr_find(step=step, optimizer=optimizer, model=model, num_it=11, show=False)
    peak = torch.cuda.max_memory_allocated() - before
    assert peak < (1.1 * state if room else 0.1 * state)
    assert torch.cuda.memory_allocated() - before < 0.01 * state
    assert torch.equal(model.weight.detach().cpu(), kept)
