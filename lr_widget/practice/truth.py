"""What training came to at each of many rates: the truth that a pick is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lr_widget.common import checks
from lr_widget.common.numbers import format_lr
from lr_widget.records.arithmetic import quietly
from lr_widget.records.read_only import Floats, content, read_only

WORST = 2.0  # the regret of a training that failed, and the most that any other can have
GOOD = 0.05  # a regret up to which a rate is as good as the best one
SHRINK = 1e-12  # of a rate: the step by which a rounded edge comes back into the band


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Truth:
    """Validation losses of real trainings from the same start, each with another highest rate.

    Args:
        lrs: the highest learning rates of the trainings, rising, shape `(n,)`.
        valid_losses: the validation loss at the end of each, float64, shape `(n,)`; NaN or None
            where training failed (None or an infinite one becomes NaN).
        init_valid_loss: the validation loss before any training.

    Attributes:
        best_lr: the rate with the lowest validation loss.
        good: `(lo, hi)`, the rates around it at which the regret is at most 0.05.

    Raises:
        TypeError: a number is none.
        ValueError: the lengths differ, the rates do not rise, or no training has learned anything.
    """

    lrs: Floats
    valid_losses: Floats
    init_valid_loss: float
    best_lr: float
    good: tuple[float, float]

    def __init__(
        self,
        lrs: Sequence[float] | Floats,
        valid_losses: Sequence[float | None] | Floats,
        init_valid_loss: float,
    ) -> None:
        rates, losses = _column("lrs", lrs), _column("valid_losses", valid_losses)
        losses = read_only(np.where(np.isfinite(losses), losses, np.nan))
        start = checks.real("init_valid_loss", init_valid_loss)
        _check(rates, losses, start)
        best_lr = float(rates[int(np.nanargmin(losses))])
        held = {"lrs": rates, "valid_losses": losses, "init_valid_loss": start, "best_lr": best_lr}
        for name, value in held.items():
            object.__setattr__(self, name, value)  # frozen for everybody else
        object.__setattr__(self, "good", self._band())

    @property
    @quietly
    def regrets(self) -> Floats:
        """Regret of every training, float64, shape `(n,)`, from 0 to 2."""
        best = np.nanmin(self.valid_losses)
        shares = (self.valid_losses - best) / (self.init_valid_loss - best)
        return np.fmin(np.nan_to_num(shares, nan=WORST, posinf=WORST), WORST)

    @quietly
    def regret(self, lr: float) -> float:
        """Return what training with this highest rate gives up, as a share of what it gains.

        (validation loss - best) / (loss before training - best), linear between the trainings in
        the logarithm of the rate; at most 2, and 2 where training failed. 0 is perfect, 1 no better
        than untrained. Beyond the trainings the nearest one counts.

        Raises:
            TypeError, ValueError: `lr` is no number above 0.
        """
        log10_lr = np.log10(checks.positive("lr", lr))
        return float(np.interp(log10_lr, np.log10(self.lrs), self.regrets))

    def fails_at(self, lr: float) -> bool:
        """Tell whether the training whose rate is nearest (in decades) ended without a loss."""
        nearest = int(np.argmin(np.abs(np.log10(self.lrs) - np.log10(lr))))
        return bool(np.isnan(self.valid_losses[nearest]))

    def __repr__(self) -> str:
        best = format_lr(self.best_lr)
        return f"Truth({len(self.lrs)} trainings, best at lr {best})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Truth) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> tuple[object, ...]:  # so that a copy cannot be written to, either
        return Truth, (self.lrs.tolist(), self.valid_losses.tolist(), self.init_valid_loss)

    def _key(self) -> tuple[object, ...]:
        return content(self.lrs), content(self.valid_losses), self.init_valid_loss

    def _band(self) -> tuple[float, float]:
        """Return the contiguous rates around the best one whose regret is at most `GOOD`."""
        log10_lrs, regrets = np.log10(self.lrs), self.regrets
        best = int(np.nanargmin(self.valid_losses))
        edges = []
        for step, end in ((-1, 0), (1, len(regrets) - 1)):
            i = best
            while i != end and regrets[i + step] <= GOOD:
                i += step
            edge = float(self.lrs[i])
            if i != end:
                share = (GOOD - regrets[i]) / (regrets[i + step] - regrets[i])
                edge = float(10 ** (log10_lrs[i] + share * (log10_lrs[i + step] - log10_lrs[i])))
                while self.regret(edge) > GOOD:  # by rounding
                    edge *= 1 - step * SHRINK
            edges.append(edge)
        return edges[0], edges[1]


def _column(name: str, values: Sequence[float | None] | Floats) -> Floats:
    try:
        return read_only(values)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must hold numbers only, got {values!r:.200}") from error


def _check(lrs: Floats, losses: Floats, start: float) -> None:
    if lrs.ndim != 1 or lrs.shape != losses.shape or not lrs.size:
        raise ValueError(
            "lrs and valid_losses must have one dimension and the same length, at least 1, got "
            f"shapes {lrs.shape!r} and {losses.shape!r}"
        )
    if not (np.isfinite(lrs).all() and (lrs > 0).all() and (np.diff(lrs) > 0).all()):
        raise ValueError(f"lrs must be finite, above 0 and rise, got {lrs.tolist()!r:.200}")
    best = np.nanmin(losses) if np.isfinite(losses).any() else np.nan
    if not best < start:
        raise ValueError(
            "valid_losses must hold one below init_valid_loss, since otherwise no training has "
            f"learned anything, got {losses.tolist()!r:.200} and {start!r}"
        )
