"""Programs of their own: a plain script, and IPython in a terminal."""

import os
import subprocess
import sys

import pytest

from tests.support import models

pytestmark = pytest.mark.thorough

SWEEP = """
import torch
from lr_widget import LRPicker, lr_find
torch.manual_seed(0)
model = torch.nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loader = [(torch.randn(8, 4), torch.randint(2, (8,))) for _ in range(3)]
"""
CALL = "lr_find(model, optimizer, torch.nn.functional.cross_entropy, loader, num_it=20{more})"


def call(more=""):
    return CALL.format(more=more)


def test_a_script_prints_one_line_and_ends_quietly():
    done = models.run_python(f"{SWEEP}picker = {call()}\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith("Finished a")


LEFT_OPEN = """
import ipywidgets
kept = [LRPicker(), LRPicker(picker.sweep)]
kept[0].close()
slider = ipywidgets.FloatRangeSlider()
ipywidgets.jslink((picker, "value"), (slider, "value"))
"""


def test_show_false_prints_nothing_and_ends_quietly_whatever_is_left_open():
    done = models.run_python(f"{SWEEP}picker = {call(', show=False')}\n{LEFT_OPEN}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_error_in_a_script_ends_it_with_its_own_traceback():
    done = models.run_python(f"{SWEEP}loader[1] = (torch.ones(8, 3), loader[1][1])\n{call()}\n")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.rstrip().splitlines()[-1].startswith("RuntimeError: mat1 and mat2 shapes")
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        (f"picker = {call(', show=False')}", []),
        (call(), ["Finished", "LRPicker(status='finished', points=20, value="]),
    ],
)
def test_plain_ipython_shows_text(tmp_path, code, lines):
    command = [sys.executable, "-W", "error", "-m", "IPython", "--quick", "--no-banner", "-c"]
    done = subprocess.run(
        [*command, SWEEP + code],
        capture_output=True,
        text=True,
        check=False,
        cwd=models.ROOT,
        env={**os.environ, "IPYTHONDIR": str(tmp_path), "TERM": "dumb"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    shown = done.stdout.splitlines()
    assert len(shown) == len(lines)
    for line, words in zip(shown, lines, strict=True):
        assert words in line
