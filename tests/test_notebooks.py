"""Every notebook runs from top to bottom, without an error, as it is committed.

The lesson is run by tests/browser/test_lesson.py, in a page; here only where there is no browser.
"""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tools.chromium import find_chromium

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
LESSON = "01_lesson.ipynb"
NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_committed_without_outputs(name):
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_it_runs_to_its_end(name):
    if name == LESSON and find_chromium() is not None:
        pytest.skip("run in a page by tests/browser/test_lesson.py")
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    folder = {"metadata": {"path": str(NOTEBOOKS)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=folder).execute()
