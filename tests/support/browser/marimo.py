"""marimo notebooks for the tests: their text, and the programs that show them."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from tests.support.browser.app import App

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playwright.sync_api import Page

NAME = "notebook.py"
QUIET = ("--headless", "--no-token", "--port", "{port}")


def write_notebook(home: Path, cells: Sequence[str], theme: str = "light") -> None:
    """Writes a notebook of these cells, as marimo's editor would, and the theme it is shown in."""
    made = [f"@app.cell\ndef _():\n{indent(cell.strip(), '    ')}\n    return\n" for cell in cells]
    head = "import marimo\n\napp = marimo.App()\n"
    text = "\n\n".join([head, *made, 'if __name__ == "__main__":\n    app.run()\n'])
    (home / NAME).write_text(text, encoding="utf-8")
    settings = f'[tool.marimo.display]\ntheme = "{theme}"\n'
    (home / "pyproject.toml").write_text(settings, encoding="utf-8")


def marimo_app(home: Path, cells: Sequence[str], theme: str = "light") -> App:
    """A notebook as an app: `marimo run`."""
    write_notebook(home, cells, theme)
    return App(home, ["marimo", "run", NAME, *QUIET])


def marimo_editor(home: Path, cells: Sequence[str], theme: str = "light") -> App:
    """A notebook in the editor: `marimo edit`."""
    write_notebook(home, cells, theme)
    return App(home, ["marimo", "--quiet", "edit", NAME, "--skip-update-check", *QUIET])


def run_all(page: Page) -> None:
    """Starts all cells from the editor's row of buttons, which comes behind those of the cells."""
    buttons = page.get_by_test_id("run-button")
    buttons.nth(1).wait_for()  # before the cells are there, it starts none
    buttons.last.click()


def interrupt(page: Page) -> None:
    """Clicks the editor's own stop button."""
    page.get_by_test_id("interrupt-button").click()
