"""Our own rule: three votes on the learning rate, and how sure they are.

    divergence  a twentieth of the rate from which the loss gets worse   how high is possible
    descent     the rate at which half of the descent is done            where learning happens
    usual       what this optimizer usually takes                        what is common

The answer is their geometric mean: votes with different errors, each of which is a rule that beats
or meets every public one alone. A curve that does not fall beyond its noise has no descent, and the
divergence then counts twice. The usual rate counts as at most a decade away from the mean of the
other two, so that it moves the answer by a factor of 2.2 at most; an optimizer without a usual rate
has no third vote. A sweep that has never got worse is taken to do so just beyond its end.

The weights are equal and the constants round on purpose: fitted ones did worse on tasks that were
left out. `benchmarks/suggestions.py` prints the table.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lr_widget.curves.features import Reading, read
from lr_widget.records.read_only import Floats

BELOW_DIVERGENCE = 20.0
BEYOND_END = 10**0.1
USUAL_REACH = 10.0
BELOW_RISE = 10.0
# For Adam's family, SGD and RMSprop the best constant over the recorded tasks, rounded. The last
# three are taken to be like Adam: no task used them.
ADAM, SGD, RMSPROP = 0.005, 0.1, 0.001
# By lower case: fastai has an RMSProp, PyTorch an RMSprop.
USUAL = {
    "sgd": SGD,
    "rmsprop": RMSPROP,
    "adam": ADAM,
    "adamw": ADAM,
    "nadam": ADAM,
    "radam": ADAM,
    "adamax": ADAM,
}

FOLDS = 5  # of the jackknife: each leaves out every fifth loss
# Decades. However little noise a curve has, the best rate of half of the recorded tasks lies
# further from the answer than this; a factor of three either way cost them little.
LEAST_HALF_WIDTH = 0.5


class Votes(NamedTuple):
    """The three votes as they were counted, as rates; None for one that was not cast."""

    divergence: float
    descent: float | None
    usual: float | None

    @property
    def lr(self) -> float:
        """Their geometric mean, the first counting for two where there is no descent."""
        own = np.log10([self.divergence, self.descent or self.divergence]).mean()
        if self.usual is None:
            return float(10**own)
        return float(10 ** ((2 * own + np.log10(self.usual)) / 3))


def votes(reading: Reading, optimizer: str | None) -> Votes | None:
    """Return the votes, or None where the curve shows neither learning nor harm.

    Args:
        reading: what the curve says.
        optimizer: class name of the optimizer, or None.
    """
    if not reading.falls and reading.worse_from is None:
        return None
    worse_from = reading.worse_from or reading.last * BEYOND_END
    own = Votes(worse_from / BELOW_DIVERGENCE, reading.half_way, None)
    usual = USUAL.get((optimizer or "").lower())
    if usual is None:
        return own
    return own._replace(usual=min(max(usual, own.lr / USUAL_REACH), own.lr * USUAL_REACH))


def answer(lrs: Floats, losses: Floats, optimizer: str | None) -> float | None:
    """Return the rate for a curve, within the swept range, or None."""
    reading = read(lrs, losses)
    cast = votes(reading, optimizer) if reading else None
    return None if cast is None or reading is None else within(cast.lr, reading, lrs)


def within(lr: float, reading: Reading, lrs: Floats) -> float:
    """Return a rate within the sweep; of a curve that only rises, at most a tenth of the rise."""
    if not reading.falls and reading.worse_from is not None:
        lr = min(lr, reading.worse_from / BELOW_RISE)
    return float(np.clip(lr, lrs[0], lrs[-1]))


def half_width(lrs: Floats, losses: Floats, optimizer: str | None) -> float:
    """Return how far from the answer the best rate may well lie, in decades; inf if nobody knows.

    The noise's part is a jackknife over the losses: every fifth is left out in turn.
    """
    answers = []
    for fold in range(FOLDS):
        kept = np.arange(lrs.size) % FOLDS != fold
        found = answer(lrs[kept], losses[kept], optimizer)
        if found is None:
            return float("inf")
        answers.append(np.log10(found))
    deviations = np.array(answers) - np.mean(answers)
    std = float(np.sqrt((FOLDS - 1) / FOLDS * np.sum(deviations**2)))
    return float(np.hypot(LEAST_HALF_WIDTH, 2 * std))
