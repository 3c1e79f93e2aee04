"""What becomes of the picker of a cell that is run again.

ipywidgets keeps every open widget alive, and the page its model. A picker whose only place was the
output that the new run has replaced can be seen by nobody any more: it is closed. Its record, its
pick and its rates stay what they are for whoever still holds it.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from lr_widget import host

_shown: dict[str, WeakSet[Any]] = {}  # by the id of the cell


def close_replaced(picker: Any) -> None:
    """Close the pickers that earlier runs of this cell have shown, and remember this one.

    Args:
        picker: an `LRPicker` that is about to be shown.
    """
    cell = host.cell_id()
    if not cell:
        return
    now = host.cell_number()
    here = _shown.setdefault(cell, WeakSet())
    for old in list(here):
        if old._shown_in != now:  # noqa: SLF001  one of this run stays
            here.discard(old)
            if old._displays <= 1:  # noqa: SLF001  else it stands in another output, too
                layout = old.layout  # a widget of its own, which nobody else would close
                old.close()
                layout.close()
    here.add(picker)
