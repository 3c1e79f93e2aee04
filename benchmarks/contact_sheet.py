"""Draws every recorded sweep with its zones, marks and reading, twelve to a sheet, to look at.

    python benchmarks/contact_sheet.py FOLDER

A green line stands at the rate that trained best; what the zones and the reading say can be
compared with it.
"""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
from recorded import Recorded, load

from lr_widget import LRPicker
from lr_widget.common.sentences import plain

ROWS, COLUMNS = 4, 3
COLOURS = {
    "too_slow": "#f2f2f2",
    "learning": "#d9efd9",
    "edge": "#fdf0d0",
    "diverging": "#f9d9d6",
    "flat": "#e6e6f5",
}


def main() -> None:
    """Draw the sheets."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    recorded = load()
    on_one = ROWS * COLUMNS
    for number, begin in enumerate(range(0, len(recorded), on_one)):
        figure = Figure(figsize=(18, 17), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(ROWS, COLUMNS).ravel()
        for ax, each in zip(axes, recorded[begin : begin + on_one], strict=False):
            draw(ax, each)
        figure.savefig(folder / f"sheet-{number + 1:02}.png", dpi=80)


def draw(ax: Any, each: Recorded) -> None:
    """Draw one sweep."""
    picker = LRPicker(each.sweep)
    picture = picker._picture()  # noqa: SLF001  the same as the widget's
    ax.plot(picture.lrs, picture.losses, ".", ms=3, color="#777777")
    ax.plot(picture.line_lrs, picture.line_losses, color="#111111", lw=1.2)
    ax.set(xscale="log", xlim=picture.swept, ylim=picture.shown)
    for zone in picker._zones:  # noqa: SLF001
        ax.axvspan(zone["lo"], zone["hi"], color=COLOURS[zone["name"]], lw=0)
    for mark in picker._marks:  # noqa: SLF001
        ours = mark["rule"] == "ours"
        ax.axvline(mark["lr"], color="#1976d2" if ours else "#aaaaaa", lw=2 if ours else 0.8)
    best = each.grid_lrs[int(np.nanargmin(each.grid_val_loss))]
    ax.axvline(best, color="#2e7d32", lw=2, ls="--")
    regret = each.regret(picker.suggestions["ours"].lr)
    title = f"{each.task} s{each.seed} n{each.num_it} {each.sweep.optimizer} regret {regret:.2f}"
    reading = textwrap.fill(plain(picker._reading), 82)  # noqa: SLF001
    ax.set_title(f"{title}\n{reading}", fontsize=8, loc="left")
    ax.tick_params(labelsize=7)


if __name__ == "__main__":
    main()
