"""marimo's notebooks, which have cells and an interrupt but no Jupyter kernel."""

from __future__ import annotations

import sys
from typing import Any


def is_running() -> bool:
    """Tell whether a cell of a marimo notebook runs, be it edited or run as an app.

    A notebook that runs as a script is none: there is nobody to show anything to.
    """
    if "marimo" not in sys.modules:  # whoever runs such a notebook has imported it
        return False
    from marimo import running_in_notebook

    return bool(running_in_notebook())


def show(thing: Any) -> None:
    """Show a thing in the output of the cell that is running, under what is there already.

    If the cell's last line is that thing, marimo puts it in the place of all that was shown before.
    """
    from marimo import output

    output.append(thing)
