"""The notebook around us, whoever has made it: Jupyter's, marimo's, or none."""

from __future__ import annotations

from typing import Any

from lr_widget.hosts import kernel, marimo


def is_running() -> bool:
    """Tell whether a notebook runs this: it shows widgets, and its interrupt means Stop."""
    return kernel.running_kernel() is not None or marimo.is_running()


def show(thing: Any, *, keep_handle: bool = False) -> Any:
    """Show a thing in the output of the cell that is running.

    Args:
        thing: a widget.
        keep_handle: return the handle by which the output can be renewed, else None.

    Returns:
        That handle; also None where the host has no outputs that are renewed (marimo).
    """
    if marimo.is_running():
        marimo.show(thing)
        return None
    return kernel.show(thing, keep_handle=keep_handle)
