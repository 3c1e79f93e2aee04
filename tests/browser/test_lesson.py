"""The lesson, as `make demo` opens it: Run All, what is there at its end, and what is saved.

`make test` runs it on few of the digits, in smaller pictures, `make lesson` as it is: only
then do its numbers say what its words do.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbconvert import HTMLExporter

from tests.support.browser.picker import PickerPage
from tests.support.browser.server import SAVES_STATE

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


# What is changed in the copies of the lesson's files to shorten it.
SHORTER = {
    "01_lesson.ipynb": [("lr_find(learn, num_it=200)", "lr_find(learn, num_it=100)")],
    "lesson.py": [("SIDE_PX = 64", "SIDE_PX = 32"), ("BATCH_SIZE = 32", "BATCH_SIZE = 8")],
    "digits.py": [("N_TRAIN, N_VALID = 2_000, 1_000", "N_TRAIN, N_VALID = 96, 64")],
}


def copy_lesson(folder: Path, *, whole: bool) -> None:
    for file in NOTEBOOKS.iterdir():
        if file.suffix in (".py", ".ipynb"):
            shutil.copy(file, folder)
    if not whole:
        for name, changes in SHORTER.items():
            text = (folder / name).read_text("utf-8")
            for long, short in changes:
                assert long in text, f"{name} does not say {long!r}"
                text = text.replace(long, short)
            (folder / name).write_text(text, "utf-8")


@pytest.mark.own_page
def test_run_all_of_the_lesson(lab: Lab, request: pytest.FixtureRequest):
    whole = request.config.getoption("whole_lesson")
    copy_lesson(lab.server.root, whole=whole)
    notebook = nbformat.read(NOTEBOOKS / "01_lesson.ipynb", as_version=4)
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    finders = [i for i in code if "lr_find(" in notebook.cells[i].source]
    assert len(finders) == 2
    lab.server.reset_settings(SAVES_STATE)
    lab.open_file("01_lesson")
    lab.run_all()
    for index in code:
        lab.wait(index, timeout_s=600)
    for index in finders:
        picker = PickerPage(lab, lab.output(index)).wait()
        assert picker.points() > 50
    assert lab.value("picker.status") == "finished"
    assert 0 < lab.value("picker.value[0]") < lab.value("picker.value[1]")
    if whole:
        error_rate = lab.value("trials.best.metrics['error_rate']")
        assert error_rate < 0.19, "the unfrozen stage brought nothing over the course's slice"
        assert lab.value("trials.best.pick == picker.kept[1]"), "the course's slice did better"
    steps = [PickerPage(lab, lab.output(index)).points() for index in finders]
    lab.save()
    check_html(lab)
    check_without_the_kernel(lab, finders, steps)


def check_html(lab: Lab) -> None:
    """nbconvert's HTML has a picture and a sentence for each sweep."""
    notebook = nbformat.read(lab.server.root / "01_lesson.ipynb", as_version=4)
    del notebook.metadata["widgets"]  # with it, nbconvert takes the widget instead
    html, _ = HTMLExporter().from_notebook_node(notebook)
    page = lab.page.context.new_page()
    page.set_content(html)
    widths = page.locator("img[src^='data:image/png']").evaluate_all(
        "(images) => images.map((image) => image.naturalWidth)"
    )
    assert widths.count(840) == 2, widths  # others show the digits
    page.close()


def check_without_the_kernel(lab: Lab, finders: list[int], steps: list[int]) -> None:
    """The saved lesson shows both charts, and their handles move."""
    lab.load_saved("01_lesson")
    for index, count in zip(finders, steps, strict=True):
        picker = PickerPage(lab, lab.output(index)).wait()
        lab.wait_until(lambda p=picker, n=count: p.points() == n, "the saved curve is not shown")
        # which zones there are, and room for their names, is another matter in the shortened one
        picker.scope.locator(".lrw-zone").first.wait_for(state="attached")
        before = picker.spoken()
        picker.hi.press("PageDown")
        lab.wait_until(lambda p=picker, b=before: p.spoken() != b, "the handle is dead")
