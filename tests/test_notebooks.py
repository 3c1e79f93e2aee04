"""Every notebook runs from top to bottom, without an error, as it is committed.

The lesson is not run here but by tests/browser/test_lesson.py, in a page.
"""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.pace import patient

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


@pytest.mark.parametrize("name", [name for name in NAMES if name != LESSON])
def test_it_runs_to_its_end(name):
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    folder = {"metadata": {"path": str(NOTEBOOKS)}}
    NotebookClient(
        notebook, timeout=round(patient(900)), kernel_name="python3", resources=folder
    ).execute()
