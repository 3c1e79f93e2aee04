"""Settings for every test."""

import gc
import os

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


def pytest_configure():
    factor()  # measured once, before pytest-xdist starts the processes that inherit it


def pytest_report_header():
    return f"pace: every wait is stretched by {factor():.2f}"


def pytest_collection_modifyitems(config, items):
    seconds = patient(float(config.getini("timeout")))
    for item in items:
        item.add_marker(pytest.mark.timeout(seconds))


@pytest.fixture(scope="module")
def old_garbage_left_alone():
    """The same for a whole module, in which a Trainer has all garbage collected again and again."""
    from transformers import Trainer  # noqa: F401  what it brings is old, too

    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def only_new_garbage():
    """Leaves out of all collecting and counting what the process held before.

    That may be millions of objects, in a process that has run other tests.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
