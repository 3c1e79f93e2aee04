"""A sweep in Lightning: the trainer's own fit, with a callback that asks the range test.

The fit is one epoch without an end, so that what goes by epochs (freezing, accumulation, metrics)
is as in the next epoch of training. The data are gone through again and again meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lr_widget.engine.range_test import RangeTest
from lr_widget.loops.callbacks import said_to_set_rates
from lr_widget.loops.lightning.between import (
    MODULE,
    OPTIMIZER,
    around_step,
    inside,
    setting_callbacks,
)
from lr_widget.loops.lightning.callbacks import runs_in_sweep
from lr_widget.loops.lightning.epoch import EndlessEpoch
from lr_widget.loops.lightning.fit import Fit, run_fit
from lr_widget.loops.lightning.step import StepGuest
from lr_widget.loops.meanwhile import Meanwhile
from lr_widget.loops.optimizers import PATIENCE, train_mode
from lr_widget.loops.rates import RateWatch
from lr_widget.loops.step_hooks import has_hooks


def sweep(fit: Fit, test: RangeTest) -> None:
    """Run a range test as a fit of a trainer.

    Args:
        fit: the call.
        test: the range test.

    Raises:
        TypeError, ValueError: the optimizer has stepped at another rate than was set, or nothing
            was trained.
    """
    train_mode(fit.module)
    with Meanwhile() as meanwhile:
        meanwhile.put(fit.trainer, "limit_val_batches", 0)  # no sanity check, either
        ask = _Ask(fit, test, meanwhile)
        run_fit(ask, runs_in_sweep)
    if not ask.has_left and not ask.has_stepped:
        raise ValueError(
            "trainer.fit must train on at least one batch, got none from "
            f"{fit.train_dataloaders or fit.datamodule or fit.module!r:.200}"
        )


class _Ask(StepGuest):
    """Asks the range test for the learning rate of each step and tells it the losses."""

    def __init__(self, fit: Fit, test: RangeTest, meanwhile: Meanwhile) -> None:
        super().__init__(fit)
        self.test, self.meanwhile = test, meanwhile
        self.rates: Any = None  # a `RateWatch`, once there is an optimizer
        self.epoch = EndlessEpoch(fit.trainer, meanwhile)
        self.lr = 0.0
        self.is_set = False  # for the step that is to be made
        self.moves: list[Any] = []  # where the schedulers stood then
        self.has_stepped = False
        self.failures = self.idle = 0  # in a row: attempts at a step, batches without one

    def on_fit_start(self, *_: Any) -> None:
        # not before: `configure_optimizers` may plan by the limits
        self.epoch.allow_one_more()

    def on_train_start(self, trainer: Any, _module: Any) -> None:
        for config in trainer.lr_scheduler_configs:
            config.frequency = 2**62  # never: the rates are ours
        self.epoch.begin(self.leave)
        self.meanwhile.wrap(trainer.fit_loop.epoch_loop, "advance", self._before_batch)
        warms_up = around_step(
            self.fit, self.meanwhile, lambda: self._check_kept(lambda: MODULE), self._unset
        )
        optimizer = trainer.optimizers[0]

        def at_last(*_: Any) -> None:
            if not warms_up:
                self._check_kept(lambda: OPTIMIZER)
            self.rates.set(self.lr)

        with self.leaving_at_errors():
            if has_hooks(optimizer):  # the last moment: after a warm-up in `optimizer_step`
                hook = optimizer.register_step_pre_hook(at_last)
                self.meanwhile.callback(hook.remove)
            rates = RateWatch(
                optimizer,
                self.test,
                name="module",
                cause=self._cause,
                inside=inside(self.fit),
            )
            self.rates = self.meanwhile.enter_context(rates)
        self._next_step()

    def _before_batch(self, advance: Callable[[Any], None]) -> Callable[[Any], None]:
        def advance_at_our_rate(fetcher: Any) -> None:
            if not self.is_set:  # here, so that it shows who sets another one
                self.rates.set(self.lr)
                self.is_set = True
                self.moves = self._moves()
            advance(fetcher)

        return advance_at_our_rate

    def on_train_batch_start(self, *_: Any) -> None:
        self.epoch.allow_one_more()
        self._check_kept(lambda: said_to_set_rates(setting_callbacks(self.fit)) or MODULE)

    def _check_kept(self, cause: Callable[[], str]) -> None:
        """Leave if somebody has set a rate before the step, other than the trainer's schedulers."""
        if self.is_set and self._moves() == self.moves:
            with self.leaving_at_errors():
                self.rates.check_kept(cause)

    def _moves(self) -> list[Any]:
        """Return where the trainer's schedulers stand, which a module may step by hand."""
        configs = self.fit.trainer.lr_scheduler_configs
        return [getattr(config.scheduler, "last_epoch", None) for config in configs]

    def _unset(self) -> None:
        self.is_set = False

    def on_train_batch_end(self, trainer: Any, _module: Any, outputs: Any, *_: Any) -> None:
        self.epoch.note_batch()
        is_attempted = self.take_batch(outputs)
        with self.leaving_at_errors():
            is_stepped = self._has_made_step(is_attempted)
        if is_stepped and self.loss.is_known:
            self._end_step()
        elif is_stepped or is_attempted:  # skipped by a scaler; or there was nothing to learn from
            self._try_again()
        else:
            self._wait(PATIENCE * trainer.accumulate_grad_batches)

    def _has_made_step(self, is_attempted: bool) -> bool:
        if self.rates.check():
            return True
        if is_attempted and not self.rates.can_see:
            self.rates.check_now()
            return True
        return False

    def _end_step(self) -> None:
        self.has_stepped = True
        self.failures = self.idle = 0
        self.test.end_step(self.loss.take())
        self._next_step()

    def _try_again(self) -> None:
        self.failures += 1
        self._unset()
        if self.failures < PATIENCE:
            self.loss.clear()
            self.test.skip_step()
        elif self.loss.is_known:  # the weights are not finite any more: it would go on for ever
            self._end_step()
        else:
            self.leave(
                ValueError(
                    f"training_step must return a loss, got none in {self.failures!r} steps in a "
                    "row"
                )
            )

    def _wait(self, most: int) -> None:
        self.idle += 1
        if self.idle > most:
            self.leave(
                ValueError(
                    "module must make a step of the optimizer that configure_optimizers has "
                    f"returned, got none in {self.idle!r} batches"
                )
            )

    def _next_step(self) -> None:
        lr = self.test.begin_step()
        if lr is None:
            self.leave()
        self.lr = lr  # set before its first batch: until then others see the last one
        self._unset()

    def _cause(self) -> str:
        """Say what may have set a rate after our hook has."""
        own = [each for each in self.fit.trainer.callbacks if each is not self]
        return ", or ".join(filter(None, (OPTIMIZER, said_to_set_rates(own))))
