"""When a range test has seen enough: the rule that calls a loss diverged.

The peers stop when a smoothed loss exceeds 4 or 5 times the best one. That is wrong for a loss
at or below zero (`-0.5 > 4 * -0.5` stops at the first batch), blind to NaN, and late, since the
running average lags by decades. Here the rise is measured in the sweep's own units instead:

- the level now is the median of the last 5 losses, so one wild batch never stops a sweep;
- the start is the median of the first 10 losses, or of the first tenth of a longer sweep;
  nothing is judged before that;
- the unit is the largest of: how far the loss has fallen below its start, the size of the
  start itself, and 6 times the noise of the first losses;
- the loss has diverged when the level is above the start by more than one unit.

For a cross-entropy that starts at 2.3 that is a level above 4.6. A trained model whose loss
starts at 0.05 with a noise of 0.02 is given up to 0.17. If the unit is zero (every loss so far
the same zero), nothing can be called a rise, and the sweep goes on to its end.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from statistics import median

from lr_widget.curves.smoothing import MAD_TO_STD

WINDOW = 5  # losses whose median is the level now
START_SHARE = 10  # the start is the first 1/10 of the sweep ...
START_STEPS = 10  # ... and at least so many steps
NOISES = 6.0  # a rise below so many times the noise is none


class Divergence:
    """Judges the losses of one sweep as they come.

    Args:
        num_it: planned number of steps.
        units: how far above the start the level has to be, in units. A range test is over with
            one; a training run may rise and come back when its rate falls.
        least_unit: what a unit is at least, in the loss's own scale.
        start: losses to take the start from, if it is not to be the first ones of these; NaN and
            infinities in it do not count.
    """

    def __init__(
        self,
        num_it: int,
        units: float = 1.0,
        least_unit: float = 0.0,
        start: Iterable[float] | None = None,
    ) -> None:
        self._least_unit = least_unit
        self._units = units
        self._start_steps = max(START_STEPS, num_it // START_SHARE)
        self._first: list[float] = []
        self._recent: deque[float] = deque(maxlen=WINDOW)
        self._start = self._noise = 0.0
        self._best = float("inf")
        known = [] if start is None else [loss for loss in start if math.isfinite(loss)]
        if len(known) >= self._start_steps:
            for loss in known[: self._start_steps]:
                self.add(loss)
            self._recent.clear()

    def add(self, loss: float) -> bool:
        """Take the next finite loss and tell whether the loss has diverged."""
        self._recent.append(loss)
        if len(self._first) < self._start_steps:
            self._first.append(loss)
            if len(self._first) == self._start_steps:
                self._start = median(self._first)
                deviations = [abs(first - self._start) for first in self._first]
                self._noise = MAD_TO_STD * median(deviations)
                self._best = self._start
            return False
        if len(self._recent) < WINDOW:
            return False
        level = sorted(self._recent)[WINDOW // 2]
        self._best = min(self._best, level)
        own = max(self._start - self._best, abs(self._start), NOISES * self._noise)
        unit = max(own, self._least_unit)
        return unit > 0 and level - self._start > self._units * unit
