"""One description of the picture: what a sweep looks like, for whoever draws it.

The page draws the same (`js/src/chart.ts`); `tests/browser/test_figure.py` compares the two.
`picker.figure` and the picture in a saved notebook come from here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lr_widget.pick import Pick, format_lr
from lr_widget.sentences import say
from lr_widget.smoothing import line_points, smooth, y_range
from lr_widget.sweep import Sweep

Floats = npt.NDArray[np.float64]

PLOT_PX, LETTER_PX = 740, 7
# The pattern of each zone, as dashes: told apart without colours.
DASHES = {"too_slow": "dot", "learning": "solid", "edge": "dash", "diverging": "dashdot"}
CARET_SHARE = 0.016  # of the plot, below its top edge
INK, MUTED, GRID, PICK, ERROR = "#1f1f1f", "#757575", "#ececec", "#1976d2", "#d32f2f"


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


def picture_of(
    sweep: Sweep,
    swept: tuple[float, float],
    pick: Pick | None,
    lowest_lr: float | None,
    zones: Sequence[tuple[str, float, float]] = (),
) -> Picture:
    """Return the picture of a sweep.

    Args:
        sweep: the record.
        swept: the planned range of learning rates; the record may end before.
        pick: the two rates between the handles, or None.
        lowest_lr: the rate of the lowest point, or None.
        zones: name (a key of the sentences) and borders of each zone, from the left.
    """
    lrs, losses = sweep.lrs, sweep.losses
    log10_lrs = np.log10(lrs)
    at = line_points(len(lrs))
    shown = y_range(losses)
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
    )


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


def plotly_figure(picture: Picture) -> Any:
    """Return the picture as a `plotly.graph_objects.Figure`.

    Traces: the raw points, the smooth line, the points above the axis (named "raw", "smooth",
    "beyond", and "lowest" where there is one). The band of the pick and its edges are shapes; on a
    log axis those take rates.
    """
    import plotly.graph_objects as go

    points = [
        _hover_text(lr, loss, i)
        for i, (lr, loss) in enumerate(zip(picture.lrs, picture.losses, strict=True), 1)
    ]
    figure = go.Figure()
    figure.add_scatter(
        x=picture.lrs,
        y=picture.losses,
        text=points,
        name="raw",
        mode="markers",
        hoverinfo="text",
        marker={"size": 4, "color": "rgba(31, 31, 31, 0.5)"},
    )
    figure.add_scatter(
        x=picture.line_lrs,
        y=picture.line_losses,
        name="smooth",
        mode="lines",
        hoverinfo="skip",
        line={"width": 2.25, "color": INK},
    )
    top = picture.beyond_at
    figure.add_scatter(
        x=picture.beyond_lrs,
        y=np.full(picture.beyond_lrs.size, top),
        name="beyond",
        mode="markers",
        hoverinfo="skip",
        cliponaxis=False,
        marker={"size": 6, "color": MUTED, "symbol": "triangle-up"},
    )
    figure.update_layout(_layout(picture))
    _add_marks(figure, picture)
    _add_zones(figure, picture)
    return figure


def beyond_words(picture: Picture) -> str:
    """Return what is said of the points above the axis: the highest of them, in two digits."""
    highest = picture.highest
    loss = f"{highest:.0f}" if 10 <= highest < 1e5 else format_lr(highest)
    return say("chart.beyond", loss=loss)


def _hover_text(lr: float, loss: float, batch: int) -> str:
    values = {"lr": format_lr(lr), "loss": f"{loss:.4g}", "batch": batch}
    return "<br>".join(say(f"hover.{name}", **{name: value}) for name, value in values.items())


def _layout(picture: Picture) -> dict[str, Any]:
    lowest, highest = (math.log10(lr) for lr in picture.swept)
    at = ticks(lowest, highest) if highest - lowest >= 2 else None
    line = {"gridcolor": GRID, "zeroline": False}
    return {
        "template": "none",
        "height": 340,
        "showlegend": False,
        "margin": {"l": 64, "r": 32, "t": 28, "b": 48},
        "font": {"color": MUTED, "size": 11},
        "hovermode": "closest",
        "xaxis": {
            **line,
            "type": "log",
            "range": [lowest, highest],
            "tickvals": at,
            "ticktext": None if at is None else [format_lr(lr) for lr in at],
            "title": {"text": say("rows.lr")},
            "linecolor": MUTED,
            "ticks": "outside",
        },
        "yaxis": {
            **line,
            "range": list(picture.shown),
            "nticks": 5,
            "title": {"text": say("rows.loss")},
        },
    }


def _add_zones(figure: Any, picture: Picture) -> None:
    for index, (name, lo, hi) in enumerate(picture.zones):
        line = {"color": MUTED, "width": 3, "dash": DASHES.get(name, "dot")}
        figure.add_shape(type="line", x0=lo, x1=hi, y0=1, y1=1, yref="paper", line=line)
        if index:
            figure.add_vline(x=lo, line={"color": MUTED, "width": 1, "dash": "dot"})
        figure.add_annotation(
            x=(math.log10(lo) + math.log10(hi)) / 2,
            y=1,
            yref="paper",
            yanchor="bottom",
            text=zone_label(name, lo, hi, picture.swept),
            showarrow=False,
        )


def _add_marks(figure: Any, picture: Picture) -> None:
    if picture.pick is not None:
        lo, hi = picture.pick
        figure.add_vrect(x0=lo, x1=hi, fillcolor=PICK, opacity=0.12, line_width=0, layer="below")
        for lr in (lo, hi):
            figure.add_vline(x=lr, line={"color": PICK, "width": 1.5})
    if picture.lowest is not None:
        lr, loss = picture.lowest
        ring = {"size": 9, "color": "white", "line": {"color": INK, "width": 2}}
        figure.add_scatter(
            x=[lr],
            y=[loss],
            name="lowest",
            mode="markers+text",
            text=[say("chart.lowest")],
            textposition="bottom right",
            textfont={"color": INK},
            hoverinfo="skip",
            marker=ring,
        )
    if picture.beyond_lrs.size:
        figure.add_annotation(
            x=math.log10(picture.beyond_lrs[-1]),  # an annotation takes the exponent
            y=picture.shown[1],
            text=beyond_words(picture),
            showarrow=False,
            xanchor="left",
            xshift=8,
        )
    if picture.bad_lr is not None:
        figure.add_vline(x=picture.bad_lr, line={"color": ERROR, "width": 1.5, "dash": "dash"})
        figure.add_annotation(
            x=math.log10(picture.bad_lr),
            y=1,
            yref="paper",
            text=picture.bad,
            showarrow=False,
            xanchor="left",
            xshift=8,
            font={"color": INK},
        )
