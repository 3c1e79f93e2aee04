"""What runs around us: a notebook's kernel, a terminal, a plain script."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from IPython import get_ipython
from IPython.core.displayhook import DisplayHook
from IPython.display import display


@dataclass
class Place:
    """Where a widget stands.

    Attributes:
        cell: number of the cell that has shown it by itself, or None.
        outputs: how many outputs show it.
    """

    cell: int | None = None
    outputs: int = 0


_shown: dict[str, WeakKeyDictionary[Any, Place]] = {}  # widgets, by the id of the cell


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


def cell_id() -> str:
    """Return the id of the cell that is running, which stays the same when it is run again.

    JupyterLab and Notebook send it with every run; "" where it is not known.
    """
    shell = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else None
    metadata = parent.get("metadata") if isinstance(parent, dict) else None
    return str(metadata.get("cellId") or "") if isinstance(metadata, dict) else ""


def show(thing: Any, *, keep_handle: bool = False) -> Any:
    """Show a thing in the output of the cell that is running.

    Args:
        thing: whatever IPython can show.
        keep_handle: return the handle by which the output can be renewed, else None.
    """
    if keep_handle:
        return display(thing, display_id=True)  # type: ignore[no-untyped-call]
    return display(thing)  # type: ignore[no-untyped-call]


def after_cell(act: Callable[[], None]) -> None:
    """Call `act` once, when the cell that is running has ended, well or not."""
    events = get_ipython().events

    def act_once() -> None:
        events.unregister("post_execute", act_once)
        act()

    events.register("post_execute", act_once)


def showing_cell_value() -> bool:
    """Tell whether IPython is right now showing the value of a cell's last line.

    `display(x)` and a last line `x` ask an object the same question; only the stack tells them
    apart.
    """
    return any(
        isinstance(frame.f_locals.get("self"), DisplayHook)
        for frame, _ in traceback.walk_stack(None)
    )


def close_replaced(widget: Any, place: Place) -> None:
    """Close the widgets that earlier runs of this cell have shown, and remember this one.

    ipywidgets keeps every open widget alive, and the page its model. A widget whose only place was
    the output that the new run has replaced can be seen by nobody any more: it is closed. What it
    knows stays what it is for whoever still holds it.

    Args:
        widget: one that is about to be shown.
        place: where it stands, kept up to date by the widget itself.
    """
    cell = cell_id()
    if not cell:
        return
    now = cell_number()
    here = _shown.setdefault(cell, WeakKeyDictionary())
    for old, its_place in list(here.items()):
        if its_place.cell != now:  # one of this run stays
            del here[old]
            if its_place.outputs <= 1:  # else it stands in another output, too
                layout = old.layout  # a widget of its own, which nobody else would close
                old.close()
                layout.close()
    here[widget] = place
