"""One description of the picture: what a sweep looks like, for whoever draws it.

The page draws the same (`js/src/chart/chart.ts`); `tests/browser/test_figure.py` compares the two.
`picker.figure` (`plotly.py`) and the picture in a saved notebook (`png.py`) are made of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lr_widget.common.look import (
    CARET_SHARE,
    EARLIER_DASHES_PX,
    EARLIER_SHOWN,
    LIGHT_COLORS,
)
from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say
from lr_widget.curves.smoothing import extended, line_places, smooth, y_range
from lr_widget.records.arithmetic import quietly
from lr_widget.records.pick import Pick
from lr_widget.records.read_only import Floats
from lr_widget.records.sweep import Sweep

PLOT_PX, LETTER_PX = 740, 7
# In a light theme and without a host's own, those of the page.
INK, MUTED, PICK, ERROR = (LIGHT_COLORS[name] for name in ("ink", "muted", "pick", "error"))


class Line(NamedTuple):
    """The smooth line of an earlier sweep.

    Attributes:
        name: what the sweep is called.
        lrs, losses: float64, shape `(at most 400,)`.
        dash_px: lengths of its strokes and gaps.
        shown: whether it is drawn at first.
    """

    name: str
    lrs: Floats
    losses: Floats
    dash_px: tuple[float, ...]
    shown: bool


class Picture(NamedTuple):
    """What is drawn.

    Attributes:
        lrs, losses: every raw point, float64, shape `(n,)`; may hold NaN and infinities.
        line_lrs, line_losses: the smooth line, float64, shape `(at most 400,)`.
        swept: lowest and highest learning rate of the axis.
        shown: lowest and highest loss of the axis.
        beyond_lrs: rates of the points above the axis, float64.
        beyond_at: the loss at which their carets stand, just below the top edge.
        highest: the highest finite loss of those, or NaN.
        bad_lr: the rate at which the loss was not finite, or None.
        bad: what it was there, in words.
        lowest: rate and loss of the lowest point of the smooth line, or None if it has not turned.
        pick: the two rates between the handles, or None.
        zones: name and borders of the zones along the axis, from the left.
        earlier: the lines of earlier sweeps, oldest first.
        name: what the sweep itself is called.
        knows_truth: the best rate is known, which says whether the lowest point is too high.
    """

    lrs: Floats
    losses: Floats
    line_lrs: Floats
    line_losses: Floats
    swept: tuple[float, float]
    shown: tuple[float, float]
    beyond_lrs: Floats
    beyond_at: float
    highest: float
    bad_lr: float | None
    bad: str
    lowest: tuple[float, float] | None
    pick: Pick | None
    zones: tuple[tuple[str, float, float], ...] = ()
    earlier: tuple[Line, ...] = ()
    name: str = ""
    knows_truth: bool = False

    @property
    def lowest_text(self) -> str:
        """What stands beside the lowest point."""
        return say("chart.lowest_known" if self.knows_truth else "chart.lowest")


@quietly
def picture_of(
    sweep: Sweep,
    swept: tuple[float, float],
    pick: Pick | None,
    lowest_lr: float | None,
    zones: Sequence[tuple[str, float, float]] = (),
    *,
    earlier: Sequence[tuple[str, Sweep]] = (),
    name: str = "",
    knows_truth: bool = False,
) -> Picture:
    """Return the picture of a sweep.

    Args:
        sweep: the record.
        swept: the planned range of learning rates; the record may end before.
        pick: the two rates between the handles, or None.
        lowest_lr: the rate of the lowest point, or None.
        zones: name (a key of the sentences) and borders of each zone, from the left.
        earlier: name and record of each earlier sweep that is to be seen under it.
        name: what the sweep itself is called.
        knows_truth: the best rate is known.
    """
    lrs, losses = sweep.lrs, sweep.losses
    log10_lrs = np.log10(lrs)
    at = line_places(losses)
    others = [y_range(each.losses) for _, each in earlier[-EARLIER_SHOWN:]]
    # a sweep that failed at once has no range of its own
    own = y_range(losses) if np.isfinite(losses).any() or not others else others[-1]
    shown = extended(own, others)
    beyond = np.isfinite(losses) & (losses > shown[1])
    bad = np.flatnonzero(~np.isfinite(losses))
    first_bad = int(bad[0]) if bad.size else None
    return Picture(
        lrs=lrs,
        losses=losses,
        line_lrs=lrs[at],
        line_losses=smooth(log10_lrs, losses, log10_lrs[at]),
        swept=swept,
        shown=shown,
        beyond_lrs=lrs[beyond],
        beyond_at=shown[1] - CARET_SHARE * (shown[1] - shown[0]),
        highest=float(losses[beyond].max()) if beyond.any() else math.nan,
        bad_lr=None if first_bad is None else float(lrs[first_bad]),
        bad="" if first_bad is None else bad_text(float(lrs[first_bad]), float(losses[first_bad])),
        lowest=None if lowest_lr is None else (lowest_lr, _loss_at(log10_lrs, losses, lowest_lr)),
        pick=pick,
        zones=tuple(zones),
        earlier=_lines(earlier),
        name=name,
        knows_truth=knows_truth,
    )


def _lines(earlier: Sequence[tuple[str, Sweep]]) -> tuple[Line, ...]:
    lines = []
    for index, (name, sweep) in enumerate(earlier):
        log10_lrs, at = np.log10(sweep.lrs), line_places(sweep.losses)
        losses = smooth(log10_lrs, sweep.losses, log10_lrs[at])
        dash_px = EARLIER_DASHES_PX[index % len(EARLIER_DASHES_PX)]
        shown = index >= len(earlier) - EARLIER_SHOWN
        lines.append(Line(name, sweep.lrs[at], losses, dash_px, shown))
    return tuple(lines)


def _loss_at(log10_lrs: Floats, losses: Floats, lr: float) -> float:
    return float(smooth(log10_lrs, losses, np.log10([lr]))[0])


def zone_label(name: str, lo: float, hi: float, swept: tuple[float, float]) -> str:
    """Return the name of a zone, or "" where it has no room, in a picture of 840 px."""
    words = say(f"zones.{name}")
    share = math.log10(hi / lo) / math.log10(swept[1] / swept[0])
    return words if share * PLOT_PX > LETTER_PX * len(words) else ""


def bad_text(lr: float, loss: float) -> str:
    """Return what stands beside the point at which the loss was not finite."""
    key = "nan" if math.isnan(loss) else "infinite"
    return say(f"chart.{key}", lr=format_lr(lr))


def ticks(log10_lo: float, log10_hi: float, at_most: int = 10) -> list[float]:
    """Return the rates that get a tick on an axis of two decades or more: powers of ten."""
    every = max(1, math.ceil((log10_hi - log10_lo) / at_most))
    powers = range(math.ceil(log10_lo - 1e-9), math.floor(log10_hi + 1e-9) + 1)
    return [float(f"1e{power}") for power in powers if power % every == 0]


def beyond_words(picture: Picture) -> str:
    """Return what is said of the points above the axis: the highest of them, in two digits."""
    highest = picture.highest
    loss = f"{highest:.0f}" if 10 <= highest < 1e5 else format_lr(highest)
    return say("chart.beyond", loss=loss)
