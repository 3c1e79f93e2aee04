"""A notebook that Voila serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.browser.app import App

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def voila_app(home: Path, cells: Sequence[str], theme: str = "light") -> App:
    """The outputs of a notebook with these cells, light or dark."""
    import nbformat  # takes seconds: not for whoever only collects the tests

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, home / "notebook.ipynb")
    arguments = ["voila", "notebook.ipynb", "--no-browser", "--port={port}", f"--theme={theme}"]
    return App(home, arguments)
