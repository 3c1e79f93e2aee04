"""What runs around us: a notebook's kernel, a terminal, a plain script."""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import Any

from IPython import get_ipython
from IPython.core.displayhook import DisplayHook


def running_kernel() -> Any:
    """Return the Jupyter kernel that this process is, or None (a script, plain IPython)."""
    return getattr(get_ipython(), "kernel", None)


def kernel_id() -> str:
    """Return the id that the Jupyter server knows this kernel by, or "" if it cannot be told.

    The server puts it in the name of the connection file; there is no other public way.
    """
    if running_kernel() is None:
        return ""
    try:
        from ipykernel.connect import get_connection_file

        name = Path(get_connection_file()).name
    except (ImportError, RuntimeError):  # another kernel than ipykernel, or one without a file
        return ""
    found = re.fullmatch(r"kernel-(.+)\.json", name)
    return found[1] if found else ""


def cell_number() -> int | None:
    """Return the number of the cell that is running, or None outside IPython."""
    return getattr(get_ipython(), "execution_count", None)


def showing_cell_value() -> bool:
    """Tell whether IPython is right now showing the value of a cell's last line.

    `display(x)` and a last line `x` ask an object the same question; only the stack tells them
    apart.
    """
    return any(
        isinstance(frame.f_locals.get("self"), DisplayHook)
        for frame, _ in traceback.walk_stack(None)
    )
