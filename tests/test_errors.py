"""The errors to catch have one place, and it needs no torch."""

import subprocess
import sys
from pathlib import Path

import pytest

import lr_widget
from lr_widget import errors

ROOT = Path(lr_widget.__file__).parents[1]


def test_they_can_be_imported_without_torch():
    code = "import sys, lr_widget.errors; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


@pytest.mark.parametrize("name", errors.__all__)
def test_each_is_an_exception_that_says_what_it_means(name):
    error = getattr(errors, name)
    assert issubclass(error, Exception)
    assert error.__doc__


def test_what_a_snapshot_raises_is_that_one():
    snapshot = pytest.importorskip("lr_widget.snapshot.snapshot")
    assert snapshot.RestoreError is errors.RestoreError
