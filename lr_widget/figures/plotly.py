"""The picture as a Plotly figure: `picker.figure`."""

from __future__ import annotations

import math
from html import escape
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

# Plotly has dashes for lines only: what stands for each pattern of the page.
DASHES = {"dots": "dot", "line": "solid", "hatching": "dash", "cross-hatching": "dashdot"}


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
        marker={"size": 4, "color": _faint(INK, POINTS_OPACITY)},
    )
    figure.add_scatter(
        x=picture.line_lrs,
        y=picture.line_losses,
        name=_plain(picture.name) if picture.earlier else "smooth",
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
    figure.update_traces(showlegend=False, selector={"mode": "markers"})
    figure.update_layout(_layout(picture))
    _add_earlier(figure, picture)
    _add_marks(figure, picture)
    _add_zones(figure, picture)
    return figure


def _faint(color: str, opacity: float) -> str:
    """Return a colour like "#1f1f1f" with an opacity, as Plotly takes it."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"


def _plain(name: str) -> str:
    """Return a name as Plotly shows it as it is: it reads tags."""
    return escape(name, quote=False)


def _add_earlier(figure: Any, picture: Picture) -> None:
    for line in picture.earlier:
        dash = ",".join(f"{length_px}px" for length_px in line.dash_px)
        figure.add_scatter(
            x=line.lrs,
            y=line.losses,
            name=_plain(line.name),
            mode="lines",
            hoverinfo="skip",
            visible=True if line.shown else "legendonly",
            line={"width": 1.5, "color": MUTED, "dash": dash},
        )


def _hover_text(lr: float, loss: float, batch: int) -> str:
    values = {"lr": format_lr(lr), "loss": f"{loss:.4g}", "batch": batch}
    return "<br>".join(say(f"hover.{name}", **{name: value}) for name, value in values.items())


def _layout(picture: Picture) -> dict[str, Any]:
    lowest, highest = (math.log10(lr) for lr in picture.swept)
    at = ticks(lowest, highest) if highest - lowest >= 2 else None
    line = {"gridcolor": _faint(INK, GRID_OPACITY), "zeroline": False}
    return {
        "template": "none",
        "height": 340,
        "showlegend": bool(picture.earlier),
        "legend": {"orientation": "h", "y": -0.22, "x": 0, "font": {"color": INK}},
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
        line = {"color": MUTED, "width": 3, "dash": DASHES[ZONE_PATTERNS[name]]}
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
        band = {"fillcolor": PICK, "opacity": BAND_OPACITY, "line_width": 0, "layer": "below"}
        figure.add_vrect(x0=lo, x1=hi, **band)
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
            text=[picture.lowest_text],
            textposition="bottom right",
            textfont={"color": INK},
            hoverinfo="skip",
            showlegend=False,
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
