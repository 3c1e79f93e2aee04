"""What a page says to its picker, and what the picker does then."""

from __future__ import annotations

import logging
from typing import Any

from traitlets import TraitError

from lr_widget.widget import assets

logger = logging.getLogger(__name__)


def on_page_message(picker: Any, content: Any) -> None:
    """Do what a message asks for; one of an unknown type asks for nothing.

    Args:
        picker: an `LRPicker`; `picker.py` imports this file.
        content: the message.
    """
    kind = content.get("type")
    if kind == "stop":
        picker._stop_run = str(content.get("run"))
    elif kind in ("keep", "drop", "guess", "handles"):
        _on_page_wish(picker, kind, content)
    elif kind == "replayed":
        if picker._practising.end_replay(content.get("id")):
            picker._show_practice()
    elif kind == "bundle":
        picker._bundle = assets.bundle()
    elif kind == "practice":
        picker.send({"type": kind}, [assets.practice()])
    elif kind == "error":
        logger.warning("the page reports: %s", content.get("text"))


def _on_page_wish(picker: Any, kind: str, content: Any) -> None:
    """Do what a page asks for; it may ask twice, or too late."""
    pick = content.get("pick")
    try:
        if kind == "guess":
            picker.submit(pick, content.get("why", ""))
        elif kind == "handles":
            # not told back to the page, which may be further on
            picker.set_state({"_handles": pick})
        else:
            (picker.keep if kind == "keep" else picker.drop)(pick)
    except (TypeError, ValueError, TraitError) as error:
        logger.warning("the page asks for what cannot be done: %s", error)
        if kind == "guess":
            picker.send({"type": "refused", "why": str(error)})
