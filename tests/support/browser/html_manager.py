"""A notebook as HTML with its widgets' state: ipywidgets' html-manager shows them, no kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
from ipywidgets import Widget
from nbconvert import HTMLExporter

if TYPE_CHECKING:
    from pathlib import Path

    from lr_widget import LRPicker


def save_as_html(picker: LRPicker, file: Path, theme: str = "light") -> None:
    """Writes what nbconvert makes of a notebook that shows a picker and was saved with its state.

    Args:
        picker: over a recorded sweep.
        file: what is written.
        theme: "light" or "dark".
    """
    data, _ = picker._repr_mimebundle_()
    cell = nbformat.v4.new_code_cell("picker", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=1)]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    state = Widget.get_manager_state()
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": state}
    html, _ = HTMLExporter(theme=theme).from_notebook_node(notebook)
    file.write_text(html, encoding="utf-8")
