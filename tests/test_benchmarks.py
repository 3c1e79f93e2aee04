"""Every benchmark runs, and prints its table. What it says there is not tested: it is measured.

They run in this process: torch, fastai and the peers take longer to import than a short run does.
"""

import runpy
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastai")
pytest.importorskip("torch_lr_finder")

from benchmarks.timing import ALLOCATOR

pytestmark = pytest.mark.thorough

FOLDER = Path(__file__).parents[1] / "benchmarks"
SHARED = {"timing.py", "work.py", "live.py", "live_cells.py", "recorded.py"}
SHARED |= {"make_sweeps.py", "contact_sheet.py"}  # no tables
SHARED |= {"gpu.py"}  # for a machine with CUDA: tests/test_gpu.py
NAMES = sorted(path.name for path in FOLDER.glob("*.py") if path.name not in SHARED)
# Each takes a minute or more in a browser, even a short run: for people, with `make bench`.
LONG = {"live_bytes.py", "live_drag.py", "live_lag.py", "with_browser.py"}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in LONG])
def test_it_prints_a_table(name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [name, "--quick", "--device", "cpu"])
    monkeypatch.syspath_prepend(FOLDER)  # as Python does with the folder of a script
    for variable, value in ALLOCATOR.items():
        monkeypatch.setenv(variable, value)  # without them it starts itself once more
    runpy.run_path(str(FOLDER / name), run_name="__main__")
    printed = capsys.readouterr().out
    assert "| --- |" in printed
    assert "torch 2." in printed


def test_make_bench_runs_them_all():
    makefile = (FOLDER.parent / "Makefile").read_text("utf-8")
    lines = makefile.replace("\\\n", "").splitlines()
    (line,) = [line for line in lines if line.strip().startswith("for script in")]
    named = line.split(" in ")[1].split(";")[0].split()
    assert {f"{name}.py" for name in named} == set(NAMES)
