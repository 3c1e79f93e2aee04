"""Real SIGINTs: in this process, and in a real kernel as the notebook's server sends them."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time

import pytest
from jupyter_client.manager import start_new_kernel

from lr_widget.hosts import interrupts
from lr_widget.hosts.interrupts import Interrupts
from tests.support.pace import patient

SETUP = """
import queue, torch, time
from lr_widget import lr_find
from lr_widget.hosts import interrupts
model = torch.nn.Linear(2, 1)
before = model.weight.detach().clone()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
def step(seconds=0.02):
    model.weight.data.add_(1.0)
    time.sleep(seconds)
    return torch.tensor(1.0)
"""


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(autouse=True)
def pythons_own_handler():
    # a shell that starts the tests in the background has SIGINT ignored
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    interrupts._grace.end()
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler
    signal.signal(signal.SIGINT, handler)


def test_in_a_script_an_interrupt_raises_at_once_in_the_users_step():
    with Interrupts(as_stop=False) as caught, pytest.raises(KeyboardInterrupt), caught.breakable():
        interrupt()
        pytest.fail("the interrupt did not raise")


def test_an_interrupt_waits_for_the_end_of_a_shielded_block():
    done = []
    with Interrupts(as_stop=False) as caught, pytest.raises(KeyboardInterrupt), caught.breakable():
        with caught.shielded():
            interrupt()
            done.append("bookkeeping")
        pytest.fail("the interrupt was lost")
    assert done == ["bookkeeping"]


def test_an_interrupt_outside_the_users_steps_waits_and_is_reported():
    with Interrupts(as_stop=False) as caught:
        interrupt()
    assert caught.wants_raise


def test_as_stop_the_first_interrupt_asks_and_the_second_raises():
    with Interrupts(as_stop=True) as caught, pytest.raises(KeyboardInterrupt), caught.breakable():
        interrupt()
        assert caught.stop_requested
        assert not caught.wants_raise
        interrupt()
        pytest.fail("the second interrupt did not raise")


def test_a_hanging_step_is_broken_from_within(monkeypatch):
    monkeypatch.setattr(interrupts, "HANG_SECONDS", 0.05)
    with Interrupts(as_stop=True) as caught, pytest.raises(KeyboardInterrupt), caught.breakable():
        interrupt()
        queue.Queue().get(timeout=patient(60))  # a step that waits for ever
    assert caught.stop_requested
    assert not caught.wants_raise


def test_stop_works_within_two_seconds_also_where_a_step_hangs(monkeypatch):
    timers = []

    class Timer(threading.Timer):
        def start(self):
            timers.append(self)

    monkeypatch.setattr(threading, "Timer", Timer)
    with Interrupts(as_stop=True) as caught, caught.breakable():
        interrupt()
    assert [timer.interval for timer in timers] == [interrupts.HANG_SECONDS]
    assert interrupts.HANG_SECONDS < 2.0


def test_a_late_interrupt_is_swallowed_once_only(clock):
    with Interrupts(as_stop=True):
        pass
    interrupt()
    with pytest.raises(KeyboardInterrupt):
        interrupt()


@pytest.fixture
def clock(monkeypatch):
    """Stands still, until a test moves it."""
    now = [1000.0]
    monkeypatch.setattr(interrupts, "monotonic", lambda: now[0])
    return now


def test_an_interrupt_after_the_grace_is_the_hosts_own(monkeypatch):
    monkeypatch.setattr(interrupts, "GRACE_SECONDS", 0.0)
    with Interrupts(as_stop=True):
        pass
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_a_second_interrupt_raises_also_just_after_the_sweep():
    with Interrupts(as_stop=True):
        interrupt()
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_a_sweep_that_shows_nothing_raises_even_just_after_one_that_did():
    with Interrupts(as_stop=True):
        pass
    with Interrupts(as_stop=False) as second, pytest.raises(KeyboardInterrupt), second.breakable():
        interrupt()
        pytest.fail("the interrupt did not raise")


def test_a_late_interrupt_does_not_stop_the_next_sweep_twice(clock):
    with Interrupts(as_stop=True):
        pass
    with Interrupts(as_stop=True) as second, second.breakable():
        interrupt()
    assert second.count == 0


class Kernel:
    """A real kernel, spoken to as a notebook does."""

    def __init__(self, manager, client):
        self.manager, self.client = manager, client

    def send(self, code: str) -> str:
        return self.client.execute(code, stop_on_error=True)

    def result(self, request: str) -> tuple[str, str]:
        """Return the status and the text of a cell that has been sent."""
        deadline = time.monotonic() + patient(120)
        texts, status = [], None
        while True:
            message = self.client.get_iopub_msg(timeout=deadline - time.monotonic())
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                texts.append(content["text"])
            elif message["msg_type"] == "error":
                status = content["ename"]
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                return status or "ok", "".join(texts)

    def run(self, code: str) -> tuple[str, str]:
        return self.result(self.send(code))

    def interrupt_when(self, text: str) -> None:
        """Interrupt as soon as a cell prints `text`."""
        while True:
            message = self.client.get_iopub_msg(timeout=patient(120))
            if message["msg_type"] == "stream" and text in message["content"]["text"]:
                self.manager.interrupt_kernel()
                return


@pytest.fixture(scope="module")
def kernel():
    manager, client = start_new_kernel(kernel_name="python3", startup_timeout=patient(120))
    running = Kernel(manager, client)
    assert running.run(SETUP) == ("ok", "")
    # so long as a late interrupt of this test may be on its way here
    assert running.run(f"interrupts.GRACE_SECONDS = {patient(4.0)}") == ("ok", "")
    yield running
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_in_a_notebook_an_interrupt_stops_the_sweep_and_queued_cells_run(kernel):
    sweep = kernel.send(
        "def told():\n"
        "    print('step', flush=True)\n"
        "    return step()\n"
        "picker = lr_find(step=told, optimizer=optimizer, model=model, num_it=1000)\n"
        "print(picker.status, picker.sweep.stop_reason, torch.equal(model.weight, before))"
    )
    queued = kernel.send("print('queued cell ran')")
    kernel.interrupt_when("step")
    status, text = kernel.result(sweep)
    assert status == "ok"
    assert text.endswith("stopped stopped True\n")
    assert kernel.result(queued) == ("ok", "queued cell ran\n")


def test_a_step_that_hangs_is_broken(kernel):
    sweep = kernel.send(
        "def hang():\n"
        "    print('hanging', flush=True)\n"
        "    queue.Queue().get()\n"
        "picker = lr_find(step=hang, optimizer=optimizer, model=model)\n"
        "print(picker.status, torch.equal(model.weight, before))"
    )
    kernel.interrupt_when("hanging")
    status, text = kernel.result(sweep)
    assert (status, text.splitlines()[-1]) == ("ok", "stopped True")


def test_workers_of_the_loader_that_die_of_the_same_interrupt_are_no_error(kernel):
    # the server interrupts the kernel's whole process group
    kernel.run(
        "class Slow(torch.utils.data.Dataset):\n"
        "    def __len__(self): return 1000\n"
        "    def __getitem__(self, i):\n"
        "        time.sleep(0.05)\n"
        "        return torch.randn(2), torch.randn(1)"
    )
    sweep = kernel.send(
        "loader = torch.utils.data.DataLoader(Slow(), batch_size=2, num_workers=2)\n"
        "def loss_fn(output, target):\n"
        "    print('step', flush=True)\n"
        "    return (output - target).square().mean()\n"
        "picker = lr_find(model, optimizer, loss_fn, loader, num_it=1000)\n"
        "print(picker.status, picker.sweep.stop_reason, torch.equal(model.weight, before))"
    )
    kernel.interrupt_when("step")
    status, text = kernel.result(sweep)
    assert (status, text.splitlines()[-1]) == ("ok", "stopped stopped True")


def test_without_a_shown_picker_an_interrupt_raises_after_the_restore(kernel):
    sweep = kernel.send(
        "def told():\n"
        "    print('step', flush=True)\n"
        "    return step()\n"
        "lr_find(step=told, optimizer=optimizer, model=model, num_it=1000, show=False)"
    )
    kernel.interrupt_when("step")
    assert kernel.result(sweep)[0] == "KeyboardInterrupt"
    assert kernel.run("print(torch.equal(model.weight, before))") == ("ok", "True\n")


@pytest.mark.parametrize("milliseconds", [0, 5, 30, 80, 200, 500])
def test_an_interrupt_just_after_the_end_never_hits_the_next_cell(kernel, milliseconds):
    sweep = kernel.send(
        "picker = lr_find(step=lambda: step(0.001), optimizer=optimizer, model=model, num_it=10)\n"
        "print('over', picker.status, flush=True)"
    )
    queued = kernel.send("for _ in range(200):\n    time.sleep(0.005)\nprint('next cell is whole')")
    while True:
        message = kernel.client.get_iopub_msg(timeout=patient(120))
        if message["msg_type"] == "stream":
            assert message["content"]["text"] == "over finished\n"
            break
    pause(milliseconds)
    kernel.manager.interrupt_kernel()
    assert kernel.result(queued) == ("ok", "next cell is whole\n"), sweep


def test_a_cell_long_after_a_sweep_can_be_interrupted(kernel):
    kernel.run("from lr_widget.hosts import interrupts; interrupts._grace._until = 0.0")
    loop = kernel.send("print('looping', flush=True)\nwhile True:\n    time.sleep(0.01)")
    kernel.interrupt_when("looping")
    assert kernel.result(loop)[0] == "KeyboardInterrupt"
    assert kernel.run("print('pre_handler_hook' in get_ipython().kernel.__dict__)") == (
        "ok",
        "False\n",
    )


def pause(milliseconds: int) -> None:
    """Let the kernel get on with the next cell: here the time that passes is the input."""
    signal.sigtimedwait([], milliseconds / 1000)
