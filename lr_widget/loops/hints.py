"""What a loop tells about the model's situation, for the suggestion."""

from __future__ import annotations

import math
from typing import Any

from torch import nn

from lr_widget.loops.protocol import BaseLoop, models_of


def hints(loop: BaseLoop) -> dict[str, Any]:
    """Return the settings `attention` and `earlier_lr` of a sweep, each only where it is known.

    `attention`: a layer of the model is an attention, by the name of its class. `earlier_lr`: what
    the loop says of an earlier stage, if it is a rate.
    """
    found: dict[str, Any] = {}
    if any(map(_attends, models_of(loop))):
        found["attention"] = True
    earlier = loop.earlier_lr()
    if isinstance(earlier, (int, float)) and 0 < earlier < math.inf:
        found["earlier_lr"] = float(earlier)
    return found


def _attends(model: nn.Module) -> bool:
    return any("attention" in type(layer).__name__.lower() for layer in model.modules())
