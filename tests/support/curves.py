"""Curves to read, and every way in which a record can be odd."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from lr_widget import Sweep

X = np.linspace(-7, 1, 100)
LRS = 10.0**X
S_SHAPE = 1 / (1 + np.exp(-4 * (X + 3)))
EXPLOSION = np.expm1(6 * np.maximum(X + 0.5, 0))

KINDS = [
    *("usual", "below zero", "falls to the end", "only rises", "noise", "constant", "zero"),
    *("spikes at the start", "one outlier", "ends in NaN", "ends in inf", "falls slowly"),
]
ODD = {
    "no point": np.empty(0),
    **{f"{n} points": np.linspace(2.3, 2.0, n) for n in range(1, 6)},
    "all NaN": np.full(30, np.nan),
    "all infinite": np.full(30, np.inf),
    "both infinities": np.array([np.inf, -np.inf] * 20),
    "mostly NaN": np.where(np.arange(100) % 7 == 0, 2.3, np.nan),
    "huge": np.geomspace(1, 1e100, 100),
}


def losses(kind: str, seed: int = 0) -> Any:
    noise = np.random.default_rng(seed).normal(0, 0.03, X.size)
    usual = 2.3 - 1.5 * S_SHAPE + EXPLOSION + noise
    at = np.arange(X.size)
    return {
        "usual": usual,
        "below zero": usual - 6.3,
        "falls to the end": 2.3 - 0.2 * (X + 7) + noise,
        "falls slowly": 2.3 - 0.05 * S_SHAPE + EXPLOSION + noise,  # by less than two noises
        "only rises": 0.1 * 1.2**at,
        "noise": 2.3 + 10 * noise,
        "constant": np.full(100, 2.3),
        "zero": np.zeros(100),
        "spikes at the start": np.where(at < 3, 1e3, usual),
        "one outlier": np.where(at == 60, 1e6, usual),
        "ends in NaN": np.where(at == 90, np.nan, usual)[:91],
        "ends in inf": np.where(at == 90, np.inf, usual)[:91],
    }[kind]


def sweep(values: Any, optimizer: str | None = None, **more: Any) -> Sweep:
    """A sweep of 100 planned steps over 8 decades, as far as it came."""
    settings = {"num_it": 100, "start_lr": 1e-7, "end_lr": 10.0, **more.pop("settings", {})}
    return Sweep(LRS[: len(values)], values, optimizer, settings=settings, **more)


_loss = st.floats(-1e30, 1e30) | st.floats(-3, 3) | st.sampled_from([np.nan, np.inf, -np.inf, 0.0])


@st.composite
def sweeps(draw: Any) -> Sweep:
    """Any record: of any losses at any rates, or of a learning curve with something odd."""
    optimizer = draw(st.sampled_from([None, "Adam", "SGD", "RMSprop", "Lion"]))
    groups = draw(st.sampled_from([[], ["all"], ["body", "head"]]))
    settings = draw(st.sampled_from([{}, {"earlier_lr": 1e-3}, {"frozen": [True, False]}]))
    if draw(st.booleans()):
        values = losses(draw(st.sampled_from(KINDS)), draw(st.integers(0, 99)))
        values = np.array(values[: draw(st.integers(0, 100))])
        for place in draw(st.lists(st.integers(0, 99), max_size=5)):
            if place < values.size:
                values[place] = draw(_loss)
        return sweep(values, optimizer, groups=groups, settings=settings)
    values = draw(st.lists(_loss, max_size=60))
    log10_lrs = draw(st.lists(st.floats(-9, 2), min_size=len(values), max_size=len(values)))
    lrs = 10.0 ** np.sort(log10_lrs)
    return Sweep(lrs, values, optimizer, groups=groups, settings=settings)
