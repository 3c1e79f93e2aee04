"""What runs around us is asked, never assumed."""

import sys
from types import SimpleNamespace

import ipykernel.connect
import pytest
from IPython.core.displayhook import DisplayHook

from lr_widget.hosts import kernel as host


@pytest.fixture
def kernel(monkeypatch):
    shell = SimpleNamespace(kernel=object(), execution_count=7)
    monkeypatch.setattr(host, "get_ipython", lambda: shell)
    return shell


def test_a_plain_python_has_no_kernel_and_no_cells():
    assert host.running_kernel() is None
    assert host.kernel_id() == ""
    assert host.cell_number() is None


def test_a_kernel_and_its_cell_are_found(kernel):
    assert host.running_kernel() is kernel.kernel
    assert host.cell_number() == 7


@pytest.mark.parametrize(
    ("path", "kernel_id"),
    [
        ("/run/jupyter/kernel-4f1c-88.json", "4f1c-88"),
        ("C:/Temp/kernel-a.b.json", "a.b"),
        ("/run/v3f2a.json", ""),
        ("/run/kernel-.json", ""),
        ("/run/kernel-4f1c.txt", ""),
    ],
)
def test_the_servers_id_is_in_the_connection_files_name(kernel, monkeypatch, path, kernel_id):
    monkeypatch.setattr(ipykernel.connect, "get_connection_file", lambda: path)
    assert host.kernel_id() == kernel_id


def test_a_kernel_without_a_connection_file_has_no_id(kernel, monkeypatch):
    def none():
        raise RuntimeError("not in an IPython kernel")

    monkeypatch.setattr(ipykernel.connect, "get_connection_file", none)
    assert host.kernel_id() == ""


def test_a_kernel_that_is_not_ipykernel_has_no_id(kernel, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel.connect", None)
    assert host.kernel_id() == ""


class Asking:
    shown = None

    def __repr__(self):
        self.shown = host.showing_cell_value()
        return ""


def test_only_the_display_hook_shows_a_cells_value():
    class Hook(DisplayHook):
        def __init__(self):
            pass

        def __call__(self, result=None):
            repr(result)

    value = Asking()
    repr(value)
    assert value.shown is False
    Hook()(value)
    assert value.shown is True
