"""Settings for every test."""

import gc
import multiprocessing
import os
import sys

import pytest

from tests.support.pace import factor, patient

# Before anything loads torch, and for the kernels that tests start: torch's threads sleep while
# they wait for one another, instead of keeping the browser and the kernel from their core.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def pytest_addoption(parser):
    parser.addoption(
        "--matrix", action="store_true", help="run every combination of test_matrix.py, not a few"
    )
    parser.addoption(
        "--whole-lesson", action="store_true", help="run the lesson as it is, not a shortened one"
    )


def pytest_configure(config):
    config.pluginmanager.register(ImportedSoFar())
    factor()  # measured once, before pytest-xdist starts the processes that inherit it


def pytest_report_header():
    return f"pace: every wait is stretched by {factor():.2f}"


def pytest_collection_modifyitems(config, items):
    seconds = patient(float(config.getini("timeout")))
    for item in items:
        item.add_marker(pytest.mark.timeout(seconds))


def leave_old_garbage_alone():
    """Leaves what there is out of all later collecting.

    A Trainer has all garbage collected after each training: seconds each time, in a process where
    tests have imported millions of objects.
    """
    gc.collect()
    gc.freeze()


class ImportedSoFar:
    """Leaves out of all collecting what the tests import as they go."""

    MANY = 50  # modules

    def __init__(self):
        self.count = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self):
        yield
        if len(sys.modules) >= self.count + self.MANY:
            self.count = len(sys.modules)
            leave_old_garbage_alone()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown():
    """Ends the workers of loaders that a test has left in a cycle of objects.

    Left to the garbage collection, PyTorch waits 5 seconds for each of them: by then the queue is
    gone by which it would have told them to end. So one test in the end waits for those of many.
    """
    yield
    for process in multiprocessing.active_children():
        process.terminate()


@pytest.fixture
def only_new_garbage():
    """Leaves out of all counting of objects what the process held before."""
    leave_old_garbage_alone()
