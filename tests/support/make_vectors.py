"""Write `vectors.json`: what Python and TypeScript both compute, on the same inputs.

Run it after a deliberate change of a formula, and look at the difference before committing:

    python tests/support/make_vectors.py
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recorded import load
from lr_widget import Sweep
from lr_widget.common.numbers import format_lr
from lr_widget.curves.features import read
from lr_widget.curves.smoothing import (
    extended,
    line_places,
    line_points,
    running_median,
    smooth,
    y_range,
)
from lr_widget.loops.shown import fill_code, one_cycle
from lr_widget.records.pick import spread
from lr_widget.records.plan import Plan

LOWEST = ("cancer_mlp_drop_adam", "wine_distract_mlp_bn_rmsprop", "textsource_gru_sgdm")
VECTORS = Path(__file__).parents[1] / "data" / "vectors.json"


def curves() -> dict[str, np.ndarray]:
    """Losses of several shapes, one of each kind that a chart meets."""
    rng = np.random.default_rng(7)
    x = np.linspace(-7, 1, 60)
    descent = 2.5 - 1.6 / (1 + np.exp(-3 * (x + 3))) + np.exp(4 * (x + 0.6))
    noisy = descent + rng.normal(0, 0.08, x.size)
    spiky = noisy.copy()
    spiky[[0, 20]] = [50.0, 30.0]
    ends_in_nan = np.append(noisy[:40], math.nan)
    return {
        "none": np.array([]),
        "one": np.array([2.5]),
        "two": np.array([2.5, 2.25]),
        "all the same": np.full(12, 0.5),
        "all zero": np.zeros(6),
        "noisy descent, then divergence": noisy,
        "spikes": spiky,
        "below zero": noisy - 4.0,
        "only rising": 0.05 + 0.02 * np.arange(15.0) ** 2,
        "one low outlier": np.append(noisy[:30], -1000.0),
        "ends in NaN": ends_in_nan,
        "infinite": np.append(noisy[:20], [math.inf, -math.inf]),
        "nothing finite": np.array([math.nan, math.inf]),
    }


def lowest(sweep: Sweep) -> dict[str, Any]:
    """Return a recorded sweep and the rate at which Python reads its line as lowest."""
    reading = read(sweep.lrs, sweep.losses)
    out = None if reading is None else math.log10(reading.lowest)
    return {
        "name": sweep.label,
        "log10_lrs": np.log10(sweep.lrs),
        "losses": sweep.losses,
        "out": out,
    }


def plain(value: Any) -> Any:
    """Return `value` as JSON can hold it: what is not finite stands as a word."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else str(float(value))
    return int(value) if isinstance(value, np.integer) else value


def vectors() -> dict[str, list[dict[str, Any]]]:
    """Compute every vector anew."""
    out: dict[str, list[dict[str, Any]]] = {
        "spread": [
            {"lo": lo, "hi": hi, "n": n, "out": spread(lo, hi, n)}
            for lo, hi in ((1e-6, 1e-4), (2.4e-4, 2.4e-3), (0.01, 0.01), (3e-5, 0.7))
            for n in (0, 1, 2, 3, 7)
        ],
        "planned_lr": [
            {**plan._asdict(), "out": plan.lrs()}
            for plan in (
                Plan(1e-7, 10.0, 100, "exp"),
                Plan(3e-5, 0.7, 10, "exp"),
                Plan(1e-4, 1.0, 40, "linear"),
            )
        ],
        "running_median": [],
        "y_range": [],
        "extended": [
            {"shown": shown, "others": others, "out": extended(shown, others)}
            for shown in ((0.0, 1.0), (0.4, 1.1), (-3.0, -1.0))
            for others in ([], [(0.5, 0.75)], [(0.0, 2.9), (0.2, 1.25)], [(-8.0, 40.0)])
        ],
        "smooth": [],
        "line_points": [{"n": n, "out": line_points(n)} for n in (0, 1, 2, 399, 400, 401, 1000)],
        "line_places": [],
        "lowest": [lowest(each.sweep) for each in load() if each.task in LOWEST and each.seed],
        "format_lr": [
            {"lr": lr, "out": format_lr(lr)}
            for lr in (
                *(1e-7, 2.4e-3, 0.00012345, 0.1, 0.24, 0.125, 0.99, 0.995, 0.9999, 1.0, 1.25),
                *(2.45, 9.94, 9.96, 10.0, 10.5, 63.2, 99.4, 99.6, 100.0, 123.0, 4.56e7, 1.0e-300),
                *(0.000995, 0.00099499, -2.4e-3, 0.0),
            )
        ],
        "fill_code": [
            {"code": code, "pick": pick, "n_groups": n, "out": fill_code(code, pick, n)}
            for code in (
                "learn.fit_one_cycle(2, slice({lo}, {hi}))",
                "train({'lrs': {group_lrs}, 'hi': {hi}}, f'{lo!r} {epochs} {{hi}} {} {Lo} { lo }')",
                "learn.fit_one_cycle(2, picker.max_lr)",
                r"$& $1 \1 \g<0> {hi}",
            )
            for pick, n in (((2.4e-4, 0.0024), 0), ((1e-6, 1.0), 3), ((3e-3, 3e-3), 1), (None, 2))
        ],
        "one_cycle": [
            {"peak": peak, "start": start, "end": end, "out": one_cycle(peak, start, end)}
            for peak, start, end in ((0.25, 25, 1e5), (0.3, 25, 25e4))
        ],
    }
    for name, losses in curves().items():
        grid = np.linspace(-7, 1, 60)[: losses.size]
        at = np.linspace(-7.5, 1.5, 19)
        for key, value in (
            ("running_median", running_median(losses)),
            ("y_range", y_range(losses)),
            ("line_places", line_places(losses)),
        ):
            out[key].append({"name": name, "losses": losses, "out": value})
        smoothed = smooth(grid, losses, at)
        case = {"log10_lrs": grid, "losses": losses, "at": at, "out": smoothed}
        out["smooth"].append({"name": name, **case})
    linear = np.log10(np.linspace(1e-4, 1, 40))
    losses = curves()["noisy descent, then divergence"][:40]
    case = {
        "log10_lrs": linear,
        "losses": losses,
        "at": linear,
        "out": smooth(linear, losses, linear),
    }
    out["smooth"].append({"name": "linear schedule", **case})
    dense = np.linspace(-5, 0, 250)  # the median is that of many losses there
    losses = np.interp(dense, np.linspace(-7, 1, 60), curves()["spikes"])
    losses += np.random.default_rng(8).normal(0, 0.1, dense.size)
    losses[[3, 90, 91]] = [9.0, math.nan, -5.0]
    at = np.linspace(-5.5, 0.5, 23)
    case = {"log10_lrs": dense, "losses": losses, "at": at, "out": smooth(dense, losses, at)}
    out["smooth"].append({"name": "dense", **case})
    return {
        key: plain([{k: plain(v) for k, v in row.items()} for row in rows])
        for key, rows in out.items()
    }


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), indent=1, allow_nan=False) + "\n", encoding="utf-8")
