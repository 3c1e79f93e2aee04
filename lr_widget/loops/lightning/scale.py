"""Lightning: the rates of a trial are those of the user's schedule, scaled to the pick."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lr_widget.loops.lightning.between import MODULE, OPTIMIZER, around_step, inside, said_to_set
from lr_widget.loops.lightning.fit import Guest
from lr_widget.loops.meanwhile import Meanwhile
from lr_widget.loops.optimizers import set_group_lrs
from lr_widget.loops.rates import LEAVE_OUT, ScheduledRates

UNSCALED = f"before the rates are scaled to the pick; {LEAVE_OUT}"


class Scale:
    """Scales each group's scheduled rate so that its peak is the pick's.

    Set just before a step and undone just after it: schedulers that compute a rate from the one
    before must see their own. If anybody else sets a rate, within the step or between two, the run
    trains at other rates than the pick's, and is left.

    Args:
        guest: leaves the fit.
        optimizer: the optimizer.
        rates: that each group is to have at its peak.
        peaks: that each has by its own schedule.
    """

    def __init__(
        self, guest: Guest, optimizer: Any, rates: list[float], peaks: list[float]
    ) -> None:
        self._guest, self._optimizer = guest, optimizer
        self._rates, self._peaks = rates, peaks
        self._own: list[float] = []
        self._scaled: list[float] = []
        self._warms_up = False
        self._used = ScheduledRates(
            optimizer,
            name="module",
            cause=lambda: f"{OPTIMIZER}; {LEAVE_OUT}",
            inside=inside(guest.fit) + f"; {LEAVE_OUT}",
        )

    def begin(self, meanwhile: Meanwhile) -> None:
        """Scale the rates of each step until the end of a block."""
        fit, optimizer = self._guest.fit, self._optimizer
        self._used.note()
        self._warms_up = around_step(
            fit, meanwhile, lambda: self.check_kept(MODULE), self._used.note
        )
        meanwhile.wrap(fit.trainer.fit_loop.epoch_loop, "update_lr_schedulers", self._scheduled)
        for hook in (
            optimizer.register_step_pre_hook(self._before),
            optimizer.register_step_post_hook(self._after),
        ):
            meanwhile.callback(hook.remove)
        meanwhile.enter_context(self._used)  # whose hooks are the nearest to the step

    def check_kept(self, cause: str = "") -> None:
        """Leave if a rate is another one than the trainer's schedulers have set.

        Args:
            cause: who has set it; "" for whoever may do so between two steps.
        """

        def said() -> str:
            return f"{cause or said_to_set(self._guest.fit)}, {UNSCALED}"

        with self._guest.leaving_at_errors():
            self._used.check_kept(said, len(self._peaks))

    def _scheduled(self, update: Callable[..., None]) -> Callable[..., None]:
        """Return the trainer's method that steps its schedulers: what that sets is no fault."""

        def update_lr_schedulers(*args: Any, **kwargs: Any) -> None:
            self.check_kept()
            update(*args, **kwargs)
            self._used.note()

        return update_lr_schedulers

    def _before(self, *_: Any) -> None:
        """Scale them."""
        if not self._warms_up:
            self.check_kept(OPTIMIZER)
        self._own = _lrs(self._optimizer)
        triples = zip(self._own, self._rates, self._peaks, strict=False)  # groups may be added
        scaled = [_share(own, peak) * rate for own, rate, peak in triples]
        set_group_lrs(self._optimizer, [*scaled, *self._own[len(scaled) :]])
        self._scaled = _lrs(self._optimizer)  # as they are: a tensor may be of another precision
        self._used.note()

    def _after(self, *_: Any) -> None:
        """Put back those that nobody has set meanwhile."""
        with self._guest.leaving_at_errors():
            self._used.check()
            self._used.check_kept(lambda: f"{OPTIMIZER}; {LEAVE_OUT}", len(self._peaks))
        now = _lrs(self._optimizer)
        triples = zip(now, self._own, self._scaled, strict=True)
        put_back = [own if math.isclose(lr, scaled) else lr for lr, own, scaled in triples]
        set_group_lrs(self._optimizer, put_back)
        self._used.note()


def _share(own: float, peak: float) -> float:
    return own / peak if peak else 0.0


def _lrs(optimizer: Any) -> list[float]:
    return [float(group["lr"]) for group in optimizer.param_groups]
