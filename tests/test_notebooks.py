"""Every notebook runs from top to bottom, without an error, as it is committed.

The lesson is not run here but by tests/browser/test_lesson.py, in a page.
"""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.pace import patient

pytestmark = pytest.mark.thorough

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
LESSON, PRACTICE = "01_lesson.ipynb", "06_practice.ipynb"
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
    if name == PRACTICE:
        assert_nothing_is_given_away(notebook)


def assert_nothing_is_given_away(notebook):
    """Who runs all cells before guessing has seen no truth, neither in words nor in a page."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = " ".join(str(output.get("text", "")) + str(output.get("data", "")) for output in outputs)
    assert "Make your guess above" in said
    assert "gives up" not in said
    assert "Nothing yet: guess above" in said  # of what the rules give up
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    practised = [
        each["state"]["_practice"] for each in states.values() if "_practice" in each["state"]
    ]
    stages = [(each["stage"], each["truth"]) for each in practised if each]
    assert len(stages) >= 5
    assert set(stages) == {("guess", None)}
