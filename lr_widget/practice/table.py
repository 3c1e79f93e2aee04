"""Cases as a table of HTML with small pictures, readable on light and on dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from lr_widget.common.sentences import say
from lr_widget.curves.smoothing import line_places, smooth, y_range
from lr_widget.records.arithmetic import quietly

if TYPE_CHECKING:
    from lr_widget.practice.case import Case
    from lr_widget.records.read_only import Floats
    from lr_widget.records.sweep import Sweep

WIDTH_PX, HEIGHT_PX = 120, 36
MARGIN_PX = 2  # for the width of the strokes
LEFT = "style='text-align: left'"  # a notebook's own style has them on the right
COLUMNS = ("case", "curve", "optimizer", "about")


def table_of(cases: Sequence[Case]) -> str:
    """Return a table with a row per case: name, curve, optimizer, and what it teaches."""
    heads = "".join(f"<th scope='col' {LEFT}>{escape(_say(name))}</th>" for name in COLUMNS)
    rows = "".join(map(_row, cases))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _row(case: Case) -> str:
    cells = (picture(case.sweep, _say("picture", name=case.name)), case.sweep.optimizer or "–")
    name, about = escape(case.name), escape(case.about)
    return (
        f"<tr><th scope='row' {LEFT}><code>{name}</code></th><td>{cells[0]}</td>"
        f"<td {LEFT}>{escape(cells[1])}</td><td {LEFT}>{about}</td></tr>"
    )


@quietly
def picture(sweep: Sweep, label: str) -> str:
    """Return a small picture of a curve, as inline SVG in the colour of the text around it.

    Args:
        sweep: the record; the axis is as wide as its plan.
        label: what it is called for those who do not see it.
    """
    low, high = y_range(sweep.losses)
    first = np.log10(sweep.settings.start_lr or sweep.lrs[0])
    last = np.log10(sweep.settings.end_lr or sweep.lrs[-1])
    log10_lrs = np.log10(sweep.lrs)

    def place(x: Floats, y: Floats) -> list[str]:
        px = (x - first) / (last - first) * WIDTH_PX
        down = (high - y) / (high - low) * HEIGHT_PX
        seen = (down >= 0) & (down <= HEIGHT_PX)
        return [f"{a:.0f} {b:.0f}" for a, b in zip(px[seen], down[seen], strict=True)]

    dots = "".join(f"M{each}h0" for each in place(log10_lrs, sweep.losses))
    at = log10_lrs[line_places(sweep.losses)]
    line = "L".join(place(at, smooth(log10_lrs, sweep.losses, at)))
    width_px, height_px = WIDTH_PX + 2 * MARGIN_PX, HEIGHT_PX + 2 * MARGIN_PX
    return (
        f"<svg role='img' aria-label='{escape(label)}' width='{width_px}' height='{height_px}' "
        f"viewBox='-{MARGIN_PX} -{MARGIN_PX} {width_px} {height_px}' fill='none' "
        "stroke='currentColor' "
        "stroke-linecap='round' stroke-linejoin='round'>"
        f"<path d='{dots}' stroke-width='2' opacity='.4'/><path d='M{line}' stroke-width='1.5'/>"
        "</svg>"
    )


def _say(key: str, **words: object) -> str:
    return say(f"practice.gallery.{key}", **words)
