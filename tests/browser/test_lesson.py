"""The lesson, as `make demo` opens it: Run All, and what is there at its end."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from rig.picker import PickerPage

if TYPE_CHECKING:
    from rig.lab import Lab

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.mark.timeout(600)
def test_run_all_of_the_lesson(lab: Lab):
    for file in NOTEBOOKS.iterdir():
        if file.suffix in (".py", ".ipynb"):
            shutil.copy(file, lab.server.root)
    notebook = nbformat.read(NOTEBOOKS / "01_lesson.ipynb", as_version=4)
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    finders = [i for i in code if "lr_find(" in notebook.cells[i].source]
    assert len(finders) == 2
    lab.open_file("01_lesson")
    lab.run_all()
    for index in code:
        lab.wait(index, timeout_s=400)
    for index in finders:
        picker = PickerPage(lab, lab.output(index)).wait()
        assert picker.points() > 50
    assert lab.value("picker.status") == "finished"
    assert 0 < lab.value("picker.value[0]") < lab.value("picker.value[1]")
    error_rate = lab.value("float(learn.recorder.values[-1][-1])")
    assert error_rate < 0.19, "the unfrozen stage brought nothing over the frozen one"
