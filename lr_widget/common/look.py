"""What pictures look like on the page and elsewhere, from the one file that the page reads too."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

_LOOK: dict[str, Any] = json.loads(
    resources.files("lr_widget.common").joinpath("look.json").read_text(encoding="utf-8")
)

# How far below the top edge the carets of losses above it stand, as a share of the plot.
CARET_SHARE: float = _LOOK["caret_share"]
# The lines of earlier sweeps are told apart without colours: lengths of strokes and gaps.
EARLIER_DASHES_PX: tuple[tuple[float, ...], ...] = tuple(map(tuple, _LOOK["earlier"]["dashes_px"]))
# More of them than these few, the last ones, are shown only by hand.
EARLIER_SHOWN: int = _LOOK["earlier"]["shown_at_first"]
# Zones are told apart without colours: what fills each. How that is drawn is for who draws it.
ZONE_PATTERNS: dict[str, str] = _LOOK["zone_patterns"]
# The raw points and the grid are faint ink, the band of the pick is a faint pick.
POINTS_OPACITY: float = _LOOK["opacities"]["points"]
GRID_OPACITY: float = _LOOK["opacities"]["grid"]
BAND_OPACITY: float = _LOOK["opacities"]["band"]
# What has a colour of its own where no host gives one: its name, and the colour on a light page.
LIGHT_COLORS: dict[str, str] = _LOOK["colors"]["light"]
