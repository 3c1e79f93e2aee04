"""The picture as a PNG: what stays in a notebook that is read without a kernel.

matplotlib draws it, imported when the first sweep ends; without it there is no picture.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from lr_widget.common.look import BAND_OPACITY, GRID_OPACITY, POINTS_OPACITY, ZONE_PATTERNS
from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say
from lr_widget.figures.spec import (
    ERROR,
    INK,
    MUTED,
    PICK,
    Picture,
    beyond_words,
    ticks,
    zone_label,
)

# Lines of Matplotlib have dashes only: what stands for each pattern of the page.
DASHES = {"dots": ":", "line": "-", "hatching": "--", "cross-hatching": "-."}
WIDTH_IN, HEIGHT_IN, DPI = 8.4, 3.0, 100  # 840 px, the width of the widget's own pictures


def png(picture: Picture) -> bytes | None:
    """Return the picture as a PNG, or None if matplotlib is not installed."""
    try:
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("matplotlib"):
            raise  # installed, but broken
        return None
    buffer = io.BytesIO()
    with _own_settings(mpl):
        # not by pyplot, which would join the user's own figures
        figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        _draw(figure.add_subplot(), picture)
        figure.savefig(buffer, format="png")
    return buffer.getvalue()


@contextmanager
def _own_settings(mpl: Any) -> Iterator[None]:
    """Draw with matplotlib's own settings, whatever the user's style, and NumPy's errors quiet."""
    with warnings.catch_warnings(), np.errstate(all="ignore"), mpl.rc_context():
        mpl.rcdefaults()
        # a name may have letters that the font lacks (boxes stand for them), or take all the room
        warnings.simplefilter("ignore", UserWarning)
        yield


def _draw(axes: Any, picture: Picture) -> None:
    low, high = picture.shown
    inside = np.isfinite(picture.losses) & (picture.losses <= high) & (picture.losses >= low)
    dots = {"ms": 2.5, "color": INK, "alpha": POINTS_OPACITY, "mew": 0}
    axes.plot(picture.lrs[inside], picture.losses[inside], "o", **dots)
    (line,) = axes.plot(picture.line_lrs, picture.line_losses, color=INK, lw=1.7)
    _draw_earlier(axes, picture, line)
    axes.set(xscale="log", xlim=picture.swept, ylim=picture.shown)
    axes.set_xlabel(say("rows.lr"), color=MUTED, fontsize=8)
    axes.set_ylabel(say("rows.loss"), color=MUTED, fontsize=8)
    at = ticks(*np.log10(picture.swept))
    if len(at) >= 2:
        axes.set_xticks(at, [format_lr(lr) for lr in at])
    axes.minorticks_off()
    axes.tick_params(colors=MUTED, labelsize=8)
    axes.grid(color=INK, alpha=GRID_OPACITY, lw=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(MUTED)
    _draw_marks(axes, picture)
    _draw_zones(axes, picture)


def _draw_earlier(axes: Any, picture: Picture, present: Any) -> None:
    """Draw the lines of earlier sweeps, and name them and the present one."""
    named = [(picture.name, present)]
    for line in picture.earlier:
        if line.shown:
            dash = (0, [length_px / 1.5 for length_px in line.dash_px])  # in widths of the line
            style = {"color": MUTED, "lw": 1.1, "ls": dash, "zorder": 1.9}
            named.append((line.name, *axes.plot(line.lrs, line.losses, **style)))
    if len(named) == 1:
        return
    lines = [line for _, line in named]
    words = {"fontsize": 8, "labelcolor": INK, "frameon": False, "handlelength": 3}
    legend = axes.legend(lines, ["."] * len(lines), loc="best", **words)
    for text, (name, _) in zip(legend.get_texts(), named, strict=True):
        text.set_parse_math(False)  # a name with a dollar is no formula
        text.set_text(name)


def _draw_zones(axes: Any, picture: Picture) -> None:
    across = axes.get_xaxis_transform()  # rates across, shares of the height
    for index, (name, lo, hi) in enumerate(picture.zones):
        line = {"color": MUTED, "lw": 2, "ls": DASHES[ZONE_PATTERNS[name]], "clip_on": False}
        axes.plot([lo, hi], [1, 1], transform=across, **line)
        if index:
            axes.axvline(lo, color=MUTED, lw=0.7, ls=":")
        words = zone_label(name, lo, hi, picture.swept)
        middle = float(np.sqrt(lo * hi))
        axes.text(middle, 1.02, words, transform=across, ha="center", color=MUTED, fontsize=8)


def _draw_marks(axes: Any, picture: Picture) -> None:
    high = picture.shown[1]
    if picture.pick is not None:
        axes.axvspan(*picture.pick, color=PICK, alpha=BAND_OPACITY, lw=0)
        for lr in picture.pick:
            axes.axvline(lr, color=PICK, lw=1.2)
    text = {"xytext": (5, -4), "textcoords": "offset points", "va": "top", "fontsize": 8}
    if picture.lowest is not None:
        axes.plot(*picture.lowest, "o", ms=6.5, mfc="white", mec=INK, mew=1.5)
        look = {**text, "xytext": (6, -8)}
        axes.annotate(picture.lowest_text, picture.lowest, color=INK, **look)
    if picture.beyond_lrs.size:
        tops = np.full(picture.beyond_lrs.size, picture.beyond_at)
        axes.plot(picture.beyond_lrs, tops, "^", ms=4, color=MUTED, mew=0, clip_on=False)
        axes.annotate(beyond_words(picture), (picture.beyond_lrs[-1], high), color=MUTED, **text)
    if picture.bad_lr is not None:
        axes.axvline(picture.bad_lr, color=ERROR, lw=1.2, ls="--")
        axes.annotate(picture.bad, (picture.bad_lr, high), color=INK, **text)
