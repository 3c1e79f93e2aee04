"""How slow this machine is now: one factor, measured when the suite starts, stretches every wait.

A wait ends when its condition holds, so a long one costs a quick machine nothing. It goes through
the environment to whatever the suite starts: other workers of pytest, kernels, scripts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median
from time import perf_counter

VARIABLE = "LR_WIDGET_TEST_PACE"

# What most of the suite's time goes to: starting Pythons, importing, loops, products of matrices.
WORK = """
import numpy
matrix = numpy.ones((300, 300))
for _ in range(20):
    matrix = numpy.tanh(matrix @ matrix)
sum(i * i for i in range(500_000))
"""
REFERENCE_S = 0.25  # an idle machine of two cores at 2.8 GHz
ROUNDS = 3


def measure() -> float:
    """How many times longer than on the machine of reference a piece of work takes, at least 1."""
    taken = []
    for _ in range(ROUNDS):
        start = perf_counter()
        subprocess.run([sys.executable, "-c", WORK], check=True)
        taken.append(perf_counter() - start)
    return max(1.0, median(taken) / REFERENCE_S)


def factor() -> float:
    """The factor of this run of the suite; measured by whoever asks first."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = f"{measure():.2f}"
    return float(os.environ[VARIABLE])


def patient(seconds: float) -> float:
    """How long to wait here for what takes at most so many seconds on an idle machine."""
    return seconds * factor()
