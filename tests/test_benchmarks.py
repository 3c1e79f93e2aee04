"""Every benchmark runs, and prints its table. What it says there is not tested: it is measured."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastai")
pytest.importorskip("torch_lr_finder")

FOLDER = Path(__file__).parents[1] / "benchmarks"
SHARED = {"timing.py", "work.py", "live.py", "live_cells.py", "recorded.py"}
SHARED |= {"make_sweeps.py", "contact_sheet.py"}  # no tables
NAMES = sorted(path.name for path in FOLDER.glob("*.py") if path.name not in SHARED)
# Each takes a minute or more in a browser, even a short run: for people, with `make bench`.
LONG = {"live_bytes.py", "live_drag.py", "live_lag.py"}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in LONG])
def test_it_prints_a_table(name):
    command = [sys.executable, str(FOLDER / name), "--quick", "--device", "cpu"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "| --- |" in done.stdout or "not run: there is no Chromium" in done.stdout
    assert "torch 2." in done.stdout or "not run" in done.stdout


def test_make_bench_runs_them_all():
    makefile = (FOLDER.parent / "Makefile").read_text("utf-8")
    lines = makefile.replace("\\\n", "").splitlines()
    (line,) = [line for line in lines if line.strip().startswith("for script in")]
    named = line.split(" in ")[1].split(";")[0].split()
    assert {f"{name}.py" for name in named} == set(NAMES)
