"""marimo as it is where nobody looks: a script, or not there at all. Notebooks are in browser/."""

import subprocess
import sys

from lr_widget.hosts import marimo
from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.marimo import NAME, write_notebook
from tests.support.pace import patient


def test_a_plain_python_is_no_notebook_and_loads_no_marimo():
    assert not marimo.is_running()
    assert "marimo" not in sys.modules


def test_a_notebook_that_runs_as_a_script_prints_one_line(tmp_path):
    write_notebook(tmp_path, ["import marimo", SYNTHETIC, sweep()])
    done = subprocess.run(
        [sys.executable, "-W", "error", NAME],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=patient(120),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Finished at step ")
    assert done.stdout.count("\n") == 1
