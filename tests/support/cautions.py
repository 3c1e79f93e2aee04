"""Sweeps that a reader should be warned of, each with the names of its cautions."""

import numpy as np

from lr_widget import Sweep
from tests.support.curves import LRS, X, losses, sweep

# A fall below the noise is only found in a long sweep: in 100 steps it is none.
LONG = np.linspace(-7, 1, 1000)
NOISY = np.interp(LONG, X, losses("usual")) + np.random.default_rng(3).normal(0, 2.0, LONG.size)
CASES = {
    "nothing": (sweep(losses("usual")), []),
    "flat": (sweep(losses("noise")), ["flat"]),
    "NaN at the end": (sweep(losses("ends in NaN")), ["nan"]),
    "infinite at the end": (sweep(losses("ends in inf")), ["nan"]),
    "few points": (Sweep(LRS[::6], losses("usual")[::6]), ["few_points"]),
    "only rises": (sweep(losses("only rises")), ["only_rises"]),
    "never worse": (sweep(losses("falls to the end")), ["never_worse"]),
    "one group": (
        sweep(losses("usual"), groups=["body", "head"], settings={"group": 0}),
        ["one_group"],
    ),
    "a constant in the loss": (sweep(losses("usual") + 1e3), ["high"]),
    "a negative one": (sweep(losses("usual") - 1e3), ["high"]),
    "a small one": (sweep(losses("usual") + 20.0), ["high"]),
    "cut in the middle": (sweep(losses("usual")[:70]), ["never_worse"]),
    "noisy": (Sweep(10**LONG, NOISY, settings={"num_it": 1000}), ["noisy"]),
    "a factor": (sweep(losses("usual"), optimizer="Prodigy"), ["factor"]),
    "its first step": (sweep(losses("usual"), optimizer="Rprop"), ["first_step"]),
    "the step before": (sweep(losses("usual"), optimizer="ASGD"), ["late_step"]),
    "attention": (sweep(losses("usual"), settings={"attention": True}), ["attention"]),
    "several": (
        Sweep(LRS[20:70:5], losses("usual")[20:70:5], settings={"attention": True}),
        ["few_points", "never_worse", "attention"],
    ),
}
