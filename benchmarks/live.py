"""What the live_* benchmarks share: notebooks in a Chromium, and a table.

Picker and FigureWidget stand in one browser, on one server, in a notebook and kernel each.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from live_cells import HOOK, SETUP

HERE = Path(__file__).parent

HEADER = ("measure", "lr_widget", "plotly FigureWidget", "bound", "holds")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")  # those of the browser tests


def in_cell(index: int) -> str:
    """Return the CSS selector of a cell."""
    return f'[data-rig-cell="{index}"]'


def plot(index: int, part: str = "") -> str:
    """Return the CSS selector of the plot in a cell."""
    return f"{in_cell(index)} .js-plotly-plot {part}"


@contextmanager
def notebooks() -> Iterator[Callable[..., Any] | None]:
    """Start JupyterLab and Chromium; give what opens a notebook in place of the last one."""
    sys.path.insert(0, str(HERE.parent))
    from playwright.sync_api import sync_playwright

    from tests.support.browser.cells import SYNTHETIC
    from tests.support.browser.lab import Lab
    from tests.support.browser.server import JupyterServer
    from tools.chromium import find_chromium

    executable = find_chromium()
    if executable is None:
        print("not run: there is no Chromium or Chrome")
        yield None
        return
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        server = JupyterServer(Path(home))
        opened: list[Lab] = []

        def open_notebook(name: str, cells: list[str]) -> Lab:
            if opened:
                opened.pop().close()
                server.close_sessions()
            opened.append(Lab(context.new_page(), server))
            opened[0].open(name.replace(" ", "-"), [SYNTHETIC + SETUP, *cells])
            opened[0].run(0)
            opened[0].page.evaluate(HOOK)
            return opened[0]

        try:
            yield open_notebook
        finally:
            browser.close()
            server.stop()


def begin(lab: Any, index: int) -> None:
    """Start a cell that stands at the top of the window, with a page at rest."""
    lab.cell(index).evaluate("(el) => el.scrollIntoView({ block: 'start' })")
    lab.page.wait_for_timeout(500)
    lab.start(index)


def row(
    measure: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    unit: str,
    bound: float | None = None,
    *,
    at_least: bool = False,
) -> list[str]:
    """Return a line of the table: medians with lowest and highest round; no numbers are a "-"."""
    good = ""
    if bound is not None and ours:
        good = "yes" if (median(ours) >= bound if at_least else median(ours) <= bound) else "no"
    limit = "" if bound is None else f"{'≥' if at_least else '≤'} {bound:.4g} {unit}"
    return [measure, spread(ours, unit), spread(theirs, unit), limit, good]


def spread(values: Sequence[float], unit: str) -> str:
    """Return median and range as text."""
    if not values:
        return "-"
    return f"{median(values):.4g} ({min(values):.4g}..{max(values):.4g}) {unit}"
