"""The still picture beside the widget: what stays where nobody runs a kernel."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lr_widget.figures.spec import Picture

logger = logging.getLogger(__name__)


def add_still(data: dict[str, Any], picture: Callable[[], Picture]) -> None:
    """Add a PNG to an output's data; where it cannot be drawn, the widget stands without it.

    Args:
        data: of the output, by MIME type.
        picture: returns what is drawn.
    """
    from lr_widget.figures.png import png

    try:
        image = png(picture())
    except Exception as error:  # the widget is worth more than its still
        debug = logger.isEnabledFor(logging.DEBUG)
        logger.warning("no still picture stands beside the widget: %r", error, exc_info=debug)
        return
    if image is not None:
        data["image/png"] = b64encode(image).decode("ascii")
