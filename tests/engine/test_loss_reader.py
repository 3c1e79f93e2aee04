"""Losses come to the host in order, each once, whatever kind of number they are."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lr_widget.engine import loss_reader  # noqa: E402  needs torch
from lr_widget.engine.loss_reader import LossReader  # noqa: E402


def read(loss):
    reader = LossReader()
    push(reader, loss)
    return reader.pop_arrived()


def push(reader, *losses):
    for loss in losses:
        reader.add(loss)
    reader.close_step()


@pytest.mark.parametrize(
    "loss",
    [
        torch.tensor(2.5),
        torch.tensor([2.5]),
        torch.tensor([[2.5]]),
        torch.tensor(2.5, dtype=torch.float64),
        torch.tensor(2.5, dtype=torch.bfloat16),
        torch.tensor(2.5, requires_grad=True),
        torch.nn.Parameter(torch.tensor(2.0)) + 0.5,
        2.5,
        np.float32(2.5),
        np.array(2.5),
        np.array([2.5]),
        np.array([[2.5]], dtype=np.float16),
    ],
    ids=repr,
)
def test_a_loss_of_any_kind_is_read(loss):
    assert read(loss) == [2.5]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_read_as_it_is(value):
    assert read(torch.tensor(value)) == pytest.approx([value], nan_ok=True)


def test_the_last_bit_of_a_double_is_kept():
    value = 0.1 + 0.2
    assert read(torch.tensor(value, dtype=torch.float64)) == [value]
    assert read(value) == [value]


@pytest.mark.parametrize("loss", [None, "2.5", b"2", True, [2.5], {"loss": 1.0}, 1j])
def test_what_is_no_number_is_refused(loss):
    with pytest.raises(TypeError) as caught:
        LossReader().add(loss)
    assert str(caught.value) == f"the loss must be a tensor or a number, got {loss!r}"


@pytest.mark.parametrize(
    "loss", [torch.tensor(1j), np.array([1j]), np.complex64(1j), np.array(["2"]), np.array([None])]
)
def test_what_is_no_real_number_is_refused(loss):
    with pytest.raises(TypeError, match="the loss must be a"):
        LossReader().add(loss)


@pytest.mark.parametrize("make", [torch.zeros, np.zeros])
@pytest.mark.parametrize("shape", [(0,), (2,), (2, 3)])
def test_a_loss_that_is_not_reduced_is_refused(shape, make):
    with pytest.raises(ValueError, match="the loss must be a tensor with one element") as caught:
        LossReader().add(make(shape))
    assert repr(shape) in str(caught.value)


def test_where_the_default_device_is_another_one_a_number_is_read():
    with torch.device("meta"):
        assert read(2.5) == [2.5]


def test_the_graph_is_not_kept():
    weight = torch.nn.Parameter(torch.ones(2))
    reader = LossReader()
    push(reader, (weight**2).sum())
    assert reader._pending[0] == ([2.0], None)


def test_they_come_in_order_and_once():
    reader = LossReader()
    for value in range(5):
        push(reader, torch.tensor(float(value)))
    assert len(reader) == 5
    assert reader.pop_arrived() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert len(reader) == 0
    assert reader.pop_arrived(wait_for=3) == []


def test_the_loss_of_a_step_is_the_mean_of_its_micro_batches():
    reader = LossReader()
    push(reader, torch.tensor(1.0), 2.0, torch.tensor(6.0, dtype=torch.float16))
    push(reader, 5.0)
    assert reader.pop_arrived() == [3.0, 5.0]


def test_a_step_that_was_not_made_leaves_nothing():
    reader = LossReader()
    reader.add(1.0)
    assert len(reader) == 0
    reader.drop_step()
    push(reader, 5.0)
    assert reader.pop_arrived() == [5.0]


class Event:
    """Stands for a CUDA event: the copy has arrived, or has to be waited for."""

    def __init__(self, arrived):
        self.arrived = arrived

    def query(self):
        return self.arrived

    def synchronize(self):
        self.arrived = True


@pytest.mark.parametrize(("wait_for", "expected"), [(0, [0.0]), (1, [0.0]), (2, [0.0, 1.0, 2.0])])
def test_it_waits_for_as_many_as_asked_and_takes_what_is_there(wait_for, expected):
    reader = LossReader()
    events = [Event(True), Event(False), Event(True), Event(False)]
    reader._pending.extend(([torch.tensor(float(i))], event) for i, event in enumerate(events))
    assert reader.pop_arrived(wait_for) == expected
    assert len(reader) == 4 - len(expected)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_loss_on_a_gpu_arrives():
    reader = loss_reader.LossReader()
    for value in range(5):
        push(reader, torch.tensor(float(value), device="cuda"))
    assert reader.pop_arrived(wait_for=5) == [0.0, 1.0, 2.0, 3.0, 4.0]
